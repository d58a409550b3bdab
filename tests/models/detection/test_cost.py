"""Counts of a detector beside those of its layers, one by one."""

from __future__ import annotations

import pytest

from models.detection.cost import detector_cost, detector_input
from models.presets import detector_preset


def test_the_parts_of_a_faster_rcnn_by_hand():
    config = detector_preset("faster-rcnn-cgnl").model
    found = detector_cost(config, (256, 512), 20)
    cells = [64 * 128, 32 * 64, 16 * 32, 8 * 16, 4 * 8]
    channels = (256, 512, 1024, 2048)

    laterals = sum(n * c * 256 for n, c in zip(cells, channels, strict=False))
    assert found.parts["decoder"] == laterals + sum(cells[:4]) * 9 * 256 * 256
    # CGNL: three 1x1 to C / 2, a grouped one back, and one product over all channels and positions.
    assert found.parts["ga"] == pytest.approx(cells[3] * (3 * 2048 * 1024 + 1024 * 2048 / 8), rel=1e-3)
    assert found.parts["ld"] == 0
    heads = 1000 * (256 * 49 * 1024 + 1024 * 1024 + 1024 * 21 * 5)
    proposals = sum(cells) * (9 * 256 * 256 + 256 * 3 * 5)
    assert found.parts["head"] == pytest.approx(heads + proposals, rel=1e-9)
    assert found.macs == sum(found.parts.values())


def test_masks_add_their_head_alone():
    boxes, masks = (detector_cost(detector_preset(f"{kind}-rcnn").model, (64, 64), 20) for kind in ("faster", "mask"))

    layers = 4 * 9 * 256 * 256 * 14 * 14 + 4 * 256 * 256 * 14 * 14 + 256 * 21 * 28 * 28
    assert masks.macs - boxes.macs == 100 * layers
    assert masks.params - boxes.params == 4 * (9 * 256 + 1) * 256 + (4 * 256 + 1) * 256 + (256 + 1) * 21


def test_the_local_attention_is_counted_as_its_equation():
    config = detector_preset("mask-rcnn-galdv2").model
    found = detector_cost(config, (256, 256), 80)
    cells, both = 64, 2 * 2048

    assert config.distribution.kernel == 5
    assert found.parts["ld"] == cells * (3 * both * 256 + 256 * 2048 + 2 * 25 * 256)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("faster-rcnn", ((800, 1344), 20)),
        ("mask-rcnn-r101-gald", ((800, 1344), 80)),
        ("small-mask-rcnn", ((256, 512), 5)),
    ],
)
def test_a_detector_is_counted_at_its_own_frame(name, expected):
    assert detector_input(name, detector_preset(name).model) == expected


def test_a_small_frame_is_filled_up_to_what_the_block_needs():
    config = detector_preset("tiny-mask-rcnn-gald").model

    small, filled = (detector_cost(config, size, 5) for size in ((64, 96), (96, 96)))

    assert small.macs == filled.macs
    assert (small.size, small.params) == ((64, 96), filled.params)
