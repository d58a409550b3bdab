from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.config import DataConfig
from models.data.classes import Sample
from models.data.transforms import augment

PLAIN = DataConfig(crop=(32, 40), scales=(1.0, 1.0), flip=False)


def ramp(height: int = 50, width: int = 60) -> Sample:
    """Red and label are the column, green is the row, blue nothing."""
    rows, columns = np.mgrid[:height, :width]
    image = np.stack([columns, rows, 0 * rows], axis=-1).astype(np.uint8)
    return Sample(image, columns.astype(np.int64), "ramp")


@given(
    seed=st.integers(0, 10_000),
    scales=st.sampled_from([(1.0, 1.0), (0.5, 0.8), (1.3, 2.1), (0.9, 1.1)]),
    flip=st.booleans(),
)
def test_image_and_label_show_the_same_place(seed, scales, flip):
    config = replace(PLAIN, scales=scales, flip=flip)

    image, label = augment(ramp(), config, 255, (0, 0, seed))

    seen = label != 255
    red = image[0].double()
    # The column by area or between two pixels, and the nearest one: half a column and the rounding apart, more only
    # where the picture ends and nothing can be averaged on the other side.
    inside = seen & (red > 2) & (red < 57)
    assert inside.sum() > 100
    assert (red - label)[inside].abs().max() <= 1.0 + 0.5 / min(1.0, scales[0])
    assert (red - label)[inside].mean().abs() < 0.3


def test_without_scale_flip_and_jitter_the_crop_is_a_window():
    image, label = augment(ramp(), PLAIN, 255, (0, 0, 5))
    left, top = int(image[0, 0, 0]), int(image[1, 0, 0])

    whole = ramp()
    np.testing.assert_array_equal(image.permute(1, 2, 0), whole.image[top : top + 32, left : left + 40])
    np.testing.assert_array_equal(label, whole.image[top : top + 32, left : left + 40, 0])
    assert (image.dtype, label.dtype) == (torch.uint8, torch.int64)
    assert image.is_contiguous()
    assert label.is_contiguous()


def test_every_window_can_come():
    corners = {tuple(augment(ramp(34, 43), PLAIN, 255, (0, 0, n))[0][:2, 0, 0].tolist()) for n in range(150)}

    assert corners == {(left, top) for left in range(4) for top in range(3)}


def test_a_flip_mirrors_both_and_comes_half_of_the_time():
    config = replace(PLAIN, flip=True)
    flipped = 0
    for n in range(300):
        image, label = augment(ramp(), config, 255, (0, 0, n))
        columns = label[0]
        assert torch.equal(image[0, 0].long(), columns)
        flipped += bool(columns[0] > columns[1])

    # 150 +- 4 standard deviations of 8.7.
    assert 115 <= flipped <= 185


def test_outside_the_image_is_ignored_and_black_and_nothing_inside_is():
    image, label = augment(ramp(20, 30), PLAIN, 255, (0, 0, 0))

    assert (label[:20, :30] == torch.arange(30)).all()
    assert (label[20:] == 255).all()
    assert (label[:, 30:] == 255).all()
    assert not image[:, 20:].any()
    assert not image[:, :, 30:].any()


@given(seed=st.integers(0, 10_000), ignore_id=st.sampled_from([255, -1]))
def test_the_ignore_id_is_never_made_inside(seed, ignore_id):
    label = np.zeros((60, 70), np.int64)
    label[:, 30:] = 200
    sample = Sample(np.full((60, 70, 3), 9, np.uint8), label, "two classes")
    config = DataConfig(crop=(32, 32), scales=(1.0, 2.0))

    _, crop = augment(sample, config, ignore_id, (0, 0, seed))

    assert set(crop.unique().tolist()) <= {0, 200}


def test_the_scale_covers_its_range():
    config = DataConfig(crop=(64, 64), scales=(0.5, 1.5), flip=False)
    sample = Sample(np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.int64), "square")

    sides = [int((augment(sample, config, 255, (0, 0, n))[1][0] == 0).sum()) for n in range(200)]

    assert min(sides) >= 20
    assert max(sides) <= 60
    assert min(sides) <= 22
    assert max(sides) >= 58
    assert np.mean(sides) == pytest.approx(40, abs=3)


def test_jitter_of_a_grey_image_is_brightness_alone_and_bounded():
    sample = Sample(np.full((32, 40, 3), 100, np.uint8), np.zeros((32, 40), np.int64), "grey")
    config = replace(PLAIN, photometric=0.25)

    values = [augment(sample, config, 255, (0, 0, n))[0].unique() for n in range(80)]

    # A constant grey has neither contrast nor saturation; brightness is 100 * (0.75 .. 1.25).
    assert all(len(value) <= 2 for value in values)
    assert min(int(value.min()) for value in values) in range(75, 80)
    assert max(int(value.max()) for value in values) in range(121, 126)


def test_jitter_stays_within_a_byte_and_leaves_the_label():
    image = np.zeros((32, 40, 3), np.uint8)
    image[:, 20:] = (255, 0, 255)
    sample = Sample(image, np.arange(40)[None].repeat(32, 0), "extreme")

    for n in range(20):
        crop, label = augment(sample, replace(PLAIN, photometric=1.0), 255, (0, 0, n))
        assert crop.dtype == torch.uint8
        np.testing.assert_array_equal(label, sample.label)
        # Wrapping around would turn the bright side dark.
        assert crop[0, :, 20:].float().mean() >= crop[0, :, :20].float().mean() - 1


def test_the_same_seed_gives_the_same_crop_and_each_part_of_it_counts():
    config = DataConfig(crop=(32, 32), scales=(0.5, 2.0), photometric=0.5)
    state = torch.get_rng_state()
    first = augment(ramp(), config, 255, (1, 2, 3))
    np.random.random()
    torch.rand(1)
    again = augment(ramp(), config, 255, (1, 2, 3))

    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    for other in ((2, 2, 3), (1, 3, 3), (1, 2, 4)):
        assert not torch.equal(first[0], augment(ramp(), config, 255, other)[0])
    torch.set_rng_state(state)
    augment(ramp(), config, 255, (1, 2, 3))
    assert torch.equal(torch.get_rng_state(), state)


def test_the_sample_itself_is_left_alone():
    sample, untouched = ramp(), ramp()

    image, label = augment(sample, replace(PLAIN, crop=(50, 60)), 255, (0, 0, 0))
    image.fill_(7)
    label.fill_(7)

    np.testing.assert_array_equal(sample.image, untouched.image)
    np.testing.assert_array_equal(sample.label, untouched.label)


def test_a_sample_without_a_label_is_refused():
    with pytest.raises(ValueError, match="sample lonely has no label; training needs one for every image"):
        augment(Sample(np.zeros((40, 40, 3), np.uint8), None, "lonely"), PLAIN, 255, (0, 0, 0))
