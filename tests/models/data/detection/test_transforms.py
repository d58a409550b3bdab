from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.config import DataConfig
from models.data.detection import open_detection
from models.data.detection.sample import DetectionSample
from models.data.detection.transforms import Objects, augment_objects, cropped, mirrored

PLAIN = DataConfig(scales=(1.0, 1.0), flip=False)


def rectangle() -> DetectionSample:
    """20x40 pixels: a bright rectangle, an ignored one, on black."""
    masks = np.zeros((2, 20, 40), bool)
    masks[0, 4:12, 10:20] = True
    masks[1, 0:4, 0:4] = True
    boxes = np.array([[10, 4, 20, 12], [0, 0, 4, 4]], np.float32)
    image = np.where(masks[0][..., None], 255, 0).astype(np.uint8).repeat(3, axis=2)
    return DetectionSample(image, boxes, np.array([2, 1]), masks, np.array([False, True]), "a")


def enclosing(mask: torch.Tensor) -> list[int]:
    rows, columns = (torch.nonzero(mask.any(dim=dim))[:, 0] for dim in (1, 0))
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def test_fitted_into_a_frame_of_twice_the_size_everything_doubles():
    image, target = augment_objects(rectangle(), PLAIN, (40, 90), (0, 0, 0))

    assert image.shape == (3, 40, 80)
    assert target["boxes"].tolist() == [[20, 8, 40, 24]]
    assert target["labels"].tolist() == [3], "the background is class 0"
    assert enclosing(target["masks"][0]) == [20, 8, 40, 24]
    assert target["masks"].sum() == 4 * 80
    assert image[0, 10:22, 22:38].min() == 255


def test_mirrored_boxes_lie_on_the_mirrored_pixels():
    sample = rectangle()
    planes = torch.from_numpy(sample.image.transpose(2, 0, 1).copy())
    objects = Objects(torch.from_numpy(sample.boxes), torch.from_numpy(sample.labels), torch.from_numpy(sample.masks))

    image, turned = mirrored(planes, objects)
    _, back = mirrored(image, turned)

    assert turned.masks is not None
    assert turned.boxes.tolist() == [[20, 4, 30, 12], [36, 0, 40, 4]]
    assert [enclosing(mask) for mask in turned.masks] == turned.boxes.tolist()
    assert enclosing(image[0] > 0) == [20, 4, 30, 12]
    assert back.boxes.tolist() == sample.boxes.tolist()


def test_half_of_the_samples_are_mirrored():
    flips = DataConfig(scales=(1.0, 1.0))
    lefts = [
        augment_objects(rectangle(), flips, (20, 40), (0, epoch, 0))[1]["boxes"][0, 0].item() for epoch in range(60)
    ]

    assert set(lefts) == {10, 20}
    assert 18 < lefts.count(20) < 42


@pytest.mark.parametrize("with_masks", [True, False])
def test_a_window_cuts_boxes_and_leaves_out_what_is_outside(with_masks):
    boxes = torch.tensor([[10.0, 4, 20, 12], [0, 0, 4, 4]])
    masks = torch.zeros(2, 20, 40, dtype=torch.bool)
    # The first object is its box's left column and lowest row: a window that cuts it leaves a narrower box.
    masks[0, 4:12, 10] = masks[0, 11, 10:20] = True
    masks[1, :4, :4] = True
    objects = Objects(boxes, torch.tensor([0, 1]), masks if with_masks else None)

    class Corner:
        def integers(self, most: int) -> int:
            return min(6, most - 1)

    image, kept = cropped(torch.zeros(3, 20, 40), objects, (10, 12), Corner())  # ty: ignore[invalid-argument-type]

    assert image.shape == (3, 10, 12)
    # Shifted by (6, 6): the box starts above the window and ends beyond its right side.
    assert kept.boxes.tolist() == [[4, 0, 12, 6]]
    assert kept.labels.tolist() == [0]
    if with_masks:
        assert enclosing(kept.masks[0]) == [4, 0, 12, 6]


def test_boxes_stay_around_their_masks_at_every_scale():
    data = open_detection("scenes", None, "train", count=2, size=(96, 192))
    config = DataConfig(scales=(0.6, 1.7))
    sizes = set()
    for epoch in range(12):
        image, target = augment_objects(data[epoch % 2], config, (96, 192), (1, epoch, 0))
        sizes.add(tuple(image.shape[1:]))
        assert image.shape[1] <= 96
        assert len(target["boxes"]) == len(target["labels"]) == len(target["masks"])
        for box, mask in zip(target["boxes"], target["masks"], strict=True):
            # A pixel of a mask is taken where its centre falls, a box is scaled exactly.
            np.testing.assert_allclose(box.numpy(), enclosing(mask), atol=1.5)

    assert len(sizes) > 4


def test_the_same_seed_gives_the_same_sample_and_another_one_another():
    config = replace(PLAIN, scales=(0.5, 2.0), photometric=0.3)
    first, again, other = (augment_objects(rectangle(), config, (40, 80), (0, epoch, 5))[0] for epoch in (1, 1, 2))

    assert torch.equal(first, again)
    assert first.shape != other.shape or not torch.equal(first, other)


def test_boxes_alone_have_no_masks():
    _, target = augment_objects(replace(rectangle(), masks=None), PLAIN, (20, 40), (0, 0, 0))

    assert set(target) == {"boxes", "labels"}
