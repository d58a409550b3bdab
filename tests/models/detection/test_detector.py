from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torchvision.models.detection import fasterrcnn_resnet50_fpn, maskrcnn_resnet50_fpn

from models.config import BackboneConfig
from models.data.classes import ClassSet
from models.detection.detector import Detector
from models.presets import DETECTORS, detector_preset
from models.stages import record, stages_of

CLASSES = ClassSet(("car", "sign", "person"), ((0, 0, 255), (255, 255, 0), (255, 0, 0)))
MANY = ClassSet(tuple(f"class {k}" for k in range(20)), ((0, 0, 0),) * 20)


def on_meta(name: str, **changes: object) -> Detector:
    with torch.device("meta"):
        return Detector(replace(detector_preset(name).model, **changes), MANY)


def count(model: torch.nn.Module) -> int:
    return sum(value.numel() for value in model.parameters())


@pytest.mark.parametrize(
    ("name", "make"), [("faster-rcnn", fasterrcnn_resnet50_fpn), ("mask-rcnn", maskrcnn_resnet50_fpn)]
)
def test_without_a_block_it_has_the_parameters_of_torchvisions_own(name, make):
    with torch.device("meta"):
        theirs = make(weights=None, weights_backbone=None, num_classes=21, norm_layer=torch.nn.BatchNorm2d)

    # The same network but for timm's backbone, which has torchvision's layers.
    assert count(on_meta(name)) == count(theirs)


@pytest.mark.parametrize(("kind", "level", "channels"), [("faster", "c5", 2048), ("mask", "c4", 1024)])
def test_the_blocks_add_their_own_parameters_to_one_level(kind, level, channels):
    base = count(on_meta(f"{kind}-rcnn", level=level))
    added = {block: count(on_meta(f"{kind}-rcnn-{block}", level=level)) - base for block in ("nl", "cgnl", "gald")}
    inner = channels // 2

    assert added["cgnl"] == 3 * channels * inner + inner * channels // 8 + 2 * channels
    # Three depthwise 3x3 with bias and BatchNorm.
    assert added["gald"] - added["cgnl"] == 3 * channels * (9 + 1 + 2)
    assert added["nl"] == 3 * (channels * 1024 + 1024) + 1024 * channels + 2 * channels


@pytest.mark.parametrize("name", DETECTORS)
def test_every_preset_builds_and_names_its_stages(name):
    config = DETECTORS[name].model
    names = set(stages_of(on_meta(name, backbone=BackboneConfig("tiny", output_stride=32))))

    assert {"backbone.c2", "backbone.c5"} <= names
    assert ("ld.mask" in names) == (config.distribution.name == "depthwise")
    assert ("ld.affinity" in names) == (config.distribution.name == "affinity")
    assert ({"ga.context", "gald.features"} <= names) == config.has_block
    assert DETECTORS[name].system


def test_the_block_stands_between_its_level_and_the_pyramid(detector):
    inputs = []
    detector.neck.pyramid.register_forward_pre_hook(lambda _module, given: inputs.append(given[0]))
    with torch.inference_mode(), record(detector) as seen:
        detector([torch.zeros(3, 64, 96, dtype=torch.uint8)])

    torch.testing.assert_close(inputs[0]["3"], seen["gald.features"])
    torch.testing.assert_close(inputs[0]["2"], seen["backbone.c4"])
    # LDv1 of the published code: (M + 2) X_g.
    torch.testing.assert_close(seen["gald.features"], (seen["ld.mask"] + 2) * seen["ga.context"])
    assert seen["ld.mask"].shape == (1, 64, 3, 3)


def test_on_c4_the_block_leaves_c5_alone(detector):
    model = Detector(replace(detector.config, level="c4"), CLASSES).eval()
    inputs = []
    model.neck.pyramid.register_forward_pre_hook(lambda _module, given: inputs.append(given[0]))
    with torch.inference_mode(), record(model) as seen:
        model([torch.zeros(3, 64, 96, dtype=torch.uint8)])

    torch.testing.assert_close(inputs[0]["2"], seen["gald.features"])
    torch.testing.assert_close(inputs[0]["3"], seen["backbone.c5"])
    assert model.neck.min_size == 3 * 16


@pytest.mark.parametrize("size", [(37, 91), (120, 64), (16, 200)])
def test_predictions_lie_in_the_image_the_surest_first(detector, size):
    random = np.random.default_rng(0)
    found = detector.predict(random.integers(0, 255, (*size, 3)).astype(np.uint8))

    assert len(found.boxes) > 0
    assert (found.boxes >= 0).all()
    assert (found.boxes <= [size[1], size[0], size[1], size[0]]).all()
    assert (np.diff(found.scores) <= 0).all()
    assert set(found.labels.tolist()) <= {0, 1, 2}
    assert found.masks.shape == (len(found.labels), *size)
    assert found.masks.dtype == bool


def test_every_part_learns_from_boxes_and_masks(detector):
    detector.train()
    mask = torch.zeros(1, 64, 96, dtype=torch.uint8)
    mask[0, 10:40, 20:60] = 1
    target = {"boxes": torch.tensor([[20.0, 10.0, 60.0, 40.0]]), "labels": torch.tensor([2]), "masks": mask}
    none = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64), "masks": mask[:0, :48]}
    losses, found = detector(
        [torch.full((3, 64, 96), 90, dtype=torch.uint8), torch.zeros(3, 48, 96, dtype=torch.uint8)], [target, none]
    )
    torch.stack(list(losses.values())).sum().backward()

    assert set(losses) == {"loss_classifier", "loss_box_reg", "loss_mask", "loss_objectness", "loss_rpn_box_reg"}
    assert found == []
    assert [name for name, value in detector.named_parameters() if value.grad is None] == []


def test_what_cannot_be_is_refused_in_words(detector):
    with pytest.raises(ValueError, match=r"image is float64 of shape \(8, 8, 3\), must be uint8"):
        detector.predict(np.zeros((8, 8, 3)))
    detector.train()
    with pytest.raises(ValueError, match=r"in training mode; call eval\(\) first"):
        detector.predict(np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(ValueError, match="in training mode needs targets"):
        detector([torch.zeros(3, 64, 64, dtype=torch.uint8)])
