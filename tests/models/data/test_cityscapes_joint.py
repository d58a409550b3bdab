import pytest

from models.data import open_data


def test_trainval_coarse_has_the_fine_labels_first_and_coarse_ones_for_the_extra_images(tree, builders):
    builders["cityscapes"](tree)
    builders["cityscapes_coarse"](tree)
    # Fine labels say road where the coarse ones of the same images are left to say sky.
    tree.ids([[7, 7, 7], [7, 7, 7]], "gtFine/val/frankfurt/frankfurt_000000_000019_gtFine_labelIds.png")

    fine = open_data("cityscapes", tree.root, "trainval")
    joint = open_data("cityscapes_coarse", tree.root, "trainval_coarse")

    assert joint.ids == [*fine.ids, *open_data("cityscapes_coarse", tree.root, "train_extra").ids]
    assert set(joint[len(fine) - 1].label.flat) == {0}
    assert 255 in set(joint[len(fine)].label.flat)


def test_without_fine_labels_the_missing_folder_is_named(tree, builders):
    builders["cityscapes_coarse"](tree)

    with pytest.raises(ValueError, match="gtFine does not exist"):
        open_data("cityscapes_coarse", tree.root, "trainval_coarse")
