import numpy as np
import pytest

from models.data.classes import Sample
from models.evaluation.index_images import count_images, index_stages
from models.evaluation.iou import confusion
from models.evaluation.segments import BANDS, SIZES

STAGES = ("fcn", "gald", "output")


@pytest.fixture
def street(painter, pictures, paint):
    """Network, and data of 40 x 60 pixels: road, a block of sky, a pole; the network answers what was painted."""
    label = np.zeros((40, 60), int)
    label[10:30, 10:30] = 1
    label[:, 50:52] = 2
    said = label.copy()
    said[20:24, 20:24] = 2
    said[0:9, 50:52] = 0
    label[38:, :] = 255
    samples = [Sample(paint(said), label, "a"), Sample(paint(said), None, "b")]
    network = painter(gain=100)
    return network, pictures(samples, network.classes), said, label


def rows(columns, **chosen):
    """Sum of the last column over the rows in which the named columns hold these values."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_the_confusion_of_a_stage_is_that_of_its_answer(street):
    network, data, said, label = street
    counts = next(count_images(network, data, [0]))

    assert index_stages(network) == STAGES
    found = np.zeros((3, 3, 3), int)
    np.add.at(found, tuple(counts.confusion[k] for k in ("stage", "label", "predicted")), counts.confusion["pixels"])
    np.testing.assert_array_equal(found[2], confusion(said, label, 3, 255))
    np.testing.assert_array_equal(found[1], found[2])
    assert counts.labelled == 38 * 60 == found[0].sum()


def test_bins_are_counted_by_hand(street):
    network, data, _, _ = street
    counts = next(count_images(network, data, [0]))

    found = {
        (row["class"], SIZES[row["size_bin"]], BANDS[row["boundary_bin"]]): row
        for row in rows(counts.bins)
        if row["stage"] == 2
    }
    # The block of sky has 400 px; rings of 3, 3 and 4 px from outside: 20^2 - 14^2, 14^2 - 8^2, 8^2.
    assert [found[1, "<32²", band]["pixels"] for band in BANDS[:3]] == [204, 132, 64]
    # The wrong 4 x 4 pixels lie in its innermost 8 x 8; there the network says pole.
    assert [found[1, "<32²", band]["correct"] for band in BANDS[:3]] == [204, 132, 48]
    assert found[2, "<32²", "6-11"]["predicted"] == 16
    assert found[2, "<32²", "6-11"]["pixels"] == 0
    # The pole: 2 x 38 labelled px, all at a boundary; 9 rows of it are called road.
    assert (found[2, "<32²", "0-2"]["pixels"], found[2, "<32²", "0-2"]["correct"]) == (76, 58)
    pixels = sum(row["pixels"] for row in found.values())
    assert pixels == sum(row["predicted"] for row in found.values()) == counts.labelled


def test_moves_are_what_two_stages_do_differently(street):
    network, data, said, label = street
    counts = next(count_images(network, data, [0]))

    coarse = confusion_at(network, data)
    fixed = ((coarse != label) & (said == label) & (label != 255)).sum()
    broken = ((coarse == label) & (said != label) & (label != 255)).sum()
    found = [row for row in rows(counts.moves) if (row["before"], row["after"]) == (0, 2)]
    assert fixed > 0
    assert sum(row["fixed"] for row in found) == fixed
    assert sum(row["broken"] for row in found) == broken
    assert not [row for row in rows(counts.moves) if (row["before"], row["after"]) == (1, 2)]


def confusion_at(network, data):
    """What the stage fcn answers."""
    from models.evaluation.inference import predict_stages

    return predict_stages(network, data[0].image, stages=("fcn",))["fcn"].label


def test_a_sure_network_that_disagrees_inside_a_segment_is_a_suspect(street):
    network, data, _, _ = street
    counts = next(count_images(network, data, [0]))

    (row,) = rows(counts.suspects)
    assert (row["label"], row["predicted"], row["pixels"]) == (1, 2, 16)
    assert (row["x0"], row["y0"], row["x1"], row["y1"]) == (20, 20, 24, 24)
    assert row["confidence"] == pytest.approx(1)
    unsure = type(network)(gain=1)
    assert rows(next(count_images(unsure, data, [0])).suspects) == []


def test_one_pass_serves_all_stages_of_all_images_of_one_size(street):
    network, data, _, _ = street

    counted = list(count_images(network, data, [0, 1, 0], batch=2))

    assert len(network.seen) == 2
    assert [counts.labelled for counts in counted] == [2280, 0, 2280]
    assert np.isnan(counted[1].confidence)
    assert not any(len(values) for values in counted[1].bins.values())
    for name, values in counted[0].bins.items():
        np.testing.assert_array_equal(values, counted[2].bins[name])


def test_images_of_other_sizes_begin_another_batch(painter, pictures, paint):
    network = painter()
    sizes = [(8, 8), (8, 8), (6, 8), (8, 8)]
    samples = [Sample(paint(np.zeros(size, int)), np.zeros(size, int), str(n)) for n, size in enumerate(sizes)]

    counted = list(count_images(network, pictures(samples, network.classes), range(4), batch=4))

    assert [counts.size for counts in counted] == sizes
    assert len(network.seen) == 3


def test_a_second_network_is_one_more_stage(street):
    network, data, said, label = street
    other = type(network)(gain=100, per_column=1e6)

    counts = next(count_images(network, data, [0], against=("other", other)))

    found = [row for row in rows(counts.moves) if (row["before"], row["after"]) == (2, 3)]
    # In all columns but the first the other one says road.
    assert sum(row["broken"] for row in found) == ((said == label) & (label != 0) & (label != 255)).sum()
    assert sum(row["fixed"] for row in found) == ((said != label) & (label == 0)).sum()


def test_what_does_not_fit_is_refused_with_the_samples_name(street, pictures):
    network, data, _, _ = street
    broken = pictures([Sample(data[0].image, np.full((40, 60), 9), "a")], network.classes)

    with pytest.raises(ValueError, match="sample a: label has id 9"):
        next(count_images(network, broken, [0]))
    with pytest.raises(ValueError, match="sample a: prediction is"):
        wrong = Sample(data[0].image, np.zeros((4, 4), int), "a")
        next(count_images(network, pictures([wrong], network.classes), [0]))
    with pytest.raises(ValueError, match="batch is 0"):
        next(count_images(network, data, [0], batch=0))
