from __future__ import annotations

import colorsys

import numpy as np
import pytest
import torch
from torch import Tensor

from models.config import DataConfig
from models.data.photometric import recoloured

GREY = torch.full((3, 4, 5), 100, dtype=torch.uint8)
COLOUR = torch.tensor([200, 80, 40], dtype=torch.uint8)[:, None, None].expand(3, 4, 5).contiguous()


def changed(image: Tensor, config: DataConfig, count: int) -> list[Tensor]:
    return [recoloured(image, config, np.random.default_rng(seed)) for seed in range(count)]


def test_nothing_is_drawn_and_nothing_changes_when_all_is_off():
    generator = np.random.default_rng(3)
    before = generator.bit_generator.state

    assert torch.equal(recoloured(COLOUR, DataConfig(), generator), COLOUR)
    assert generator.bit_generator.state == before


def test_a_shift_of_brightness_moves_every_channel_alike_and_covers_its_range():
    shifts = [(image.int() - COLOUR.int()).unique() for image in changed(COLOUR, DataConfig(brightness=10), 200)]

    assert all(len(shift) == 1 for shift in shifts)
    values = [int(shift) for shift in shifts]
    assert (min(values), max(values)) == (-10, 10)
    assert abs(np.mean(values)) < 1.5


def test_a_shift_stays_within_a_byte():
    white = torch.full((3, 4, 5), 250, dtype=torch.uint8)

    assert max(int(image.max()) for image in changed(white, DataConfig(brightness=100), 40)) == 255
    assert min(int(image.min()) for image in changed(white, DataConfig(brightness=100), 40)) >= 150


def test_distortion_leaves_an_image_alone_once_in_sixteen():
    same = sum(torch.equal(image, COLOUR) for image in changed(COLOUR, DataConfig(distortion=True), 800))

    # Four changes, each half of the time: 50 +- 4 standard deviations of 6.8.
    assert 22 <= same <= 78


def test_distortion_of_a_grey_image_is_shift_and_contrast_within_the_bounds_of_ssd():
    values = [image.float().unique() for image in changed(GREY, DataConfig(distortion=True), 400)]

    assert all(len(value) == 1 for value in values)
    # (100 - 32) / 2 and (100 + 32) * 3 / 2.
    assert 34 <= min(float(value) for value in values) < 50
    assert 180 < max(float(value) for value in values) <= 198


def test_distortion_turns_the_hue_by_a_tenth_of_the_circle_at_most():
    # Of images that do not clip: hue, which neither factors nor the luma's grey change.
    dull = torch.tensor([120, 100, 90], dtype=torch.uint8)[:, None, None].expand(3, 4, 5).contiguous()
    start = colorsys.rgb_to_hsv(120, 100, 90)[0]
    turns = []
    for image in changed(dull, DataConfig(distortion=True), 300):
        hue = colorsys.rgb_to_hsv(*(float(channel.unique()) for channel in image))[0]
        turns.append((hue - start + 0.5) % 1 - 0.5)

    # Rounding to bytes blurs the hue of a dull colour by a hundredth and more.
    still = sum(abs(turn) < 0.02 for turn in turns) / len(turns)
    assert 0.5 < still < 0.75
    assert max(abs(turn) for turn in turns) < 0.13
    assert max(turns) > 0.08
    assert min(turns) < -0.08


@pytest.mark.parametrize("brightness", [-1.0, 256.0])
def test_a_shift_beyond_a_byte_is_refused(brightness: float):
    with pytest.raises(ValueError, match=r"brightness is .*, must lie in 0\.0\.\.255\.0"):
        DataConfig(brightness=brightness)
