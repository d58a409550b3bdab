from __future__ import annotations

from models.evaluation.cost import cost
from models.presets import preset


def test_the_parts_are_those_of_the_modules_and_add_up():
    # 128x160 pixels are 16x20 cells; the head is 32 wide.
    found = cost(preset("tiny-cgnl-ldv1").model, (128, 160), 5)

    cells, channels = 16 * 20, 32
    assert sum(found.parts.values()) == found.macs
    assert found.parts["decoder"] == cells * channels * 5
    # Three halvings without padding: 16x20 -> 7x9 -> 3x4 -> 1x1, depthwise 3x3.
    assert found.parts["ld"] == (7 * 9 + 3 * 4 + 1) * 9 * channels
    # A halving; theta, phi and g to half the channels, a grouped way back; <phi, g> is a product by element, uncounted.
    half = 7 * 9
    assert found.parts["ga"] == half * (9 * channels + 3 * channels * 16 + 16 * channels // 8)
    assert cost(preset("tiny-fcn").model, (64, 80), 5).parts["ga"] == 0
