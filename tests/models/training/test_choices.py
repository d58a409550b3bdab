from __future__ import annotations

import pytest

from models.data.scenes import CLASSES
from models.presets import PRESETS, preset
from models.segmenter import Segmenter
from models.training.choices import check_network, has_free_parts, parts_of, with_parts


@pytest.mark.parametrize(
    ("ga", "ld", "head", "arrangement"),
    [
        ("none", "none", "fcn", ""),
        ("psp", "none", "gald", "ga"),
        ("none", "affinity", "gald", "ld"),
        ("cgnl", "depthwise", "gald", "gald"),
    ],
)
@pytest.mark.parametrize("name", ["tiny-fcn", "tiny-aspp-ldv2", "small-aspp"])
def test_chosen_parts_are_used(name, ga, ld, head, arrangement):
    model = with_parts(preset(name).model, "tiny", ga, ld)

    assert (model.backbone.name, model.head) == ("tiny", head)
    assert parts_of(model) == (ga, ld)
    if arrangement:
        assert model.arrangement == arrangement


def test_a_preset_with_its_own_parts_stays_as_it_is():
    for name in ("tiny-fcn", "small-cgnl-ldv1", "small-aspp"):
        model = preset(name).model
        assert with_parts(model, model.backbone.name, *parts_of(model)) == model


def test_a_system_of_its_own_keeps_its_parts():
    model = next(entry.model for entry in PRESETS.values() if entry.model.head == "ann")

    assert not has_free_parts(model)
    with pytest.raises(ValueError, match="decides over GA and LD; choose a preset with the head fcn or gald"):
        with_parts(model, model.backbone.name, "psp", "affinity")


def test_a_network_is_checked_without_building_it():
    model = preset("tiny-fcn").model

    assert check_network(model, CLASSES, (64, 64)) == sum(p.numel() for p in Segmenter(model, CLASSES).parameters())
    with pytest.raises(ValueError, match=r"crop is \(64, 240\), the network needs sides of at least"):
        check_network(preset("tiny-cgnl-ldv1").model, CLASSES, (64, 240))
    with pytest.raises(ValueError, match="backbone"):
        check_network(with_parts(model, "no such network", "none", "none"), CLASSES, (64, 64))
