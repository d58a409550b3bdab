"""A network follows its own tensors; its backbone is exchanged; its operations are timed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from gald_viz.analysis.graph import merged
from gald_viz.probes.operations import BLOCKS, OPERATIONS, operation_seconds
from gald_viz.probes.trace import trace, trace_config
from gald_viz.probes.untrained import untrained
from models.checkpoint import load_checkpoint
from models.presets import preset
from models.stages import Stage


class Forked(nn.Module):
    """Two branches of one map, added; the second one passes a stage."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv2d(3, 4, 3, dilation=2, padding=2)
        self.right = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU())
        self.stage = Stage("fcn.features", "features")
        self.last = nn.Conv2d(4, 2, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.last(self.left(image) + self.stage(self.right(image)).relu())


def test_arrows_follow_the_tensors_through_sums():
    found = trace(Forked(), torch.zeros(1, 3, 8, 8))

    names = [box.name for box in found.boxes]
    assert sorted(names) == ["fcn.features", "image", "last", "left", "right"]
    edges = {(names[a], names[b]) for a, b in found.edges}
    expected = {("image", "left"), ("image", "right"), ("right", "fcn.features"), ("left", "last")}
    assert edges == expected | {("fcn.features", "last")}
    assert found.boxes[names.index("left")].kind == "3×3, rate 2"
    assert found.boxes[names.index("last")].shape == (2, 8, 8)


def test_a_preset_is_traced_without_weights_and_the_affinity_is_read():
    found = merged(trace_config(preset("tiny-aspp-ldv2").model, (64, 96), 5))

    names = [box.name for box in found.boxes]
    shapes = {box.name: box.shape for box in found.boxes}
    edges = {(names[a], names[b]) for a, b in found.edges}
    assert shapes["gald.logits"] == (5, 8, 12) and shapes["ld.affinity"][1:] == (8, 12)
    assert ("ld.query", "ld.affinity") in edges and ("ld.affinity", "gald.features") in edges
    assert {("fcn.features", "classifier.features"), ("tokens", "gald.logits")} <= edges
    assert "backbone.c3" not in names


def test_the_backbone_before_training_is_another_one_and_the_network_stays():
    loaded = load_checkpoint("scenes-fcn")
    before = loaded.model.backbone.state_dict()

    first, again, other = untrained(loaded), untrained(loaded), untrained(loaded, seed=1)

    weight = [next(one.model.backbone.parameters()) for one in (first, again, other)]
    assert torch.equal(weight[0], weight[1]) and not torch.equal(weight[0], weight[2])
    assert all(torch.equal(value, before[key]) for key, value in loaded.model.backbone.state_dict().items())
    assert first.name == "scenes-fcn (random weights, seed 0)"
    with pytest.raises(ValueError, match="does not exist"):
        untrained(loaded, Path("none.safetensors"))


def test_every_operation_of_both_blocks_is_timed():
    found = operation_seconds((8, 8), channels=16, inner=8, repeats=1, device="cpu")

    assert list(found) == list(BLOCKS)
    assert all(set(seconds) == set(OPERATIONS) and min(seconds.values()) > 0 for seconds in found.values())
    with pytest.raises(ValueError, match="repeats is 0"):
        operation_seconds((8, 8), repeats=0)
