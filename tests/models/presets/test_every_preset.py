"""Every network and every detector at a small size: a step of training, and the same answer from its checkpoint."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from models.checkpoint import load_checkpoint, save_checkpoint
from models.config import DetectorConfig, ModelConfig, TrainConfig
from models.data.classes import ClassSet
from models.detection.checkpoint import load_detector
from models.detection.detector import Detector
from models.presets import DETECTORS, PRESETS
from models.segmenter import Segmenter
from models.training.recipe import Objective, make_optimizer

CLASSES = ClassSet(("sky", "road", "pole"), ((0, 0, 255), (128, 64, 128), (200, 200, 0)))
RECIPE = TrainConfig(loss="cross_entropy")


def shrunk(model: ModelConfig) -> ModelConfig:
    """The same parts on the tiny backbone, with few channels; strides, rates, grids and arrangement stay."""
    sizes = replace(model.aggregation.attention, wide=16, width=16, key=4)
    return replace(
        model,
        backbone=replace(model.backbone, name="tiny"),
        aggregation=replace(model.aggregation, channels=16, inner=4, attention=sizes),
        distribution=replace(model.distribution, channels=4),
        fusion=replace(model.fusion, inner=4),
        upsampling=replace(model.upsampling, channels=8),
        width=16,
    )


def shrunk_detector(model: DetectorConfig) -> DetectorConfig:
    """The same block, pyramid and heads on the tiny backbone and small images."""
    return replace(
        model,
        backbone=replace(model.backbone, name="tiny"),
        aggregation=replace(model.aggregation, inner=8),
        distribution=replace(model.distribution, channels=8, depth=1),
        pyramid_width=16,
        sides=(64, 96),
        rcnn=replace(model.rcnn, anchors=(12, 24, 48, 96, 192), proposals=20, hidden=16, most=5),
    )


def take_step(model: Segmenter | Detector, loss: torch.Tensor) -> None:
    """One step of the optimizer, which has to reach every weight."""
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    optimizer = make_optimizer(model, RECIPE)
    loss.backward()
    optimizer.step()
    assert loss.isfinite()
    without = [
        name for name, value in model.named_parameters() if value.grad is None or not value.grad.isfinite().all()
    ]
    assert without == []
    assert any(not torch.equal(value, before[name]) for name, value in model.named_parameters())


@pytest.mark.parametrize("name", PRESETS)
def test_a_network_takes_a_step_and_predicts_the_same_from_its_checkpoint(name, tmp_path):
    model = Segmenter(shrunk(PRESETS[name].model), CLASSES).train()
    # Two cells a side at the least: BatchNorm over one cell of two images gives gradients beyond float32.
    side = max(64, model.min_size, 2 * model.config.backbone.output_stride)
    images, labels = torch.randn(2, 3, side, side + 7), torch.randint(3, (2, side, side + 7))
    take_step(model, Objective(RECIPE, CLASSES.ignore_id)(model(images), labels))
    save_checkpoint(model, tmp_path / "x.safetensors", {}, half=False)
    again = load_checkpoint(tmp_path / "x.safetensors").model

    with torch.no_grad():
        found, expected = (network.eval().predict_logits(images[:1]) for network in (again, model))
    assert torch.equal(found, expected)
    assert found.shape == (1, 3, side, side + 7)
    assert again.config == model.config


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_takes_a_step_and_finds_the_same_from_its_checkpoint(name, tmp_path):
    model = Detector(shrunk_detector(DETECTORS[name].model), CLASSES).train()
    image = torch.randint(256, (3, 64, 96), dtype=torch.uint8)
    mask = torch.zeros(1, 64, 96, dtype=torch.uint8)
    mask[0, 10:40, 20:60] = 1
    target: dict[str, Any] = {"boxes": torch.tensor([[20.0, 10.0, 60.0, 40.0]]), "labels": torch.tensor([2])}
    losses, _ = model([image] * 2, [target | {"masks": mask}] * 2)
    take_step(model, torch.stack(list(losses.values())).sum())
    save_checkpoint(model, tmp_path / "x.safetensors", {}, half=False)
    again = load_detector(tmp_path / "x.safetensors").model

    found, expected = (network.eval().predict(image.permute(1, 2, 0).numpy()) for network in (again, model))
    assert len(expected.boxes) > 0
    assert (found.boxes == expected.boxes).all()
    assert (found.scores == expected.scores).all()
    assert again.config == model.config
