"""GALDv1 and GALDv2 (Li et al., BMVC 2019 and TIP 2021), and its detectors.

SGD with momentum 0.9, poly with power 0.9, OHEM, auxiliary loss 0.4, synchronised BatchNorm: BMVC section 4.2, TIP
section IV.B. Weight decay and the range of random scales on Cityscapes are those of the published code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import DataConfig, DetectorConfig, TrainConfig
from models.evaluation.inference import InferenceOptions
from models.presets import detector_preset
from models.recipes.kind import Recipe

# Name -> preset, crop on Cityscapes and the section that says so.
VERSIONS = {
    "galdv1": ("galdnet-r101", 769, "GALD BMVC section 4.2"),
    "galdv2": ("galdv2-r101", 832, "GALD TIP section IV.B"),
}
SCALES = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
_SOURCE = "GALD TIP section IV.E"
_STEPS = TrainConfig(iterations=50_000, batch=8, lr=0.01, weight_decay=5e-4, loss="ohem")
_EPOCHS = replace(_STEPS, iterations=1000)
_SMALL_RATE = replace(_EPOCHS, batch=16, lr=0.001)
_TEST = InferenceOptions(SCALES, flip=True, average="logits")
_TILES = replace(_TEST, tile=832)
_SCALES_NOTE = "the scales of the test are printed for ADE20K alone"
_SERVER = f"val is trained on, so its numbers mean nothing; {_SCALES_NOTE}"
_CLASSES = 60


def family() -> Iterator[tuple[str, Recipe]]:
    """Each data set with both versions, then the detectors."""
    for name in VERSIONS:
        yield from _cityscapes(name)
        yield from _camvid(name)
        yield from _others(name)
    yield from _detectors()


def _cityscapes(name: str) -> Iterator[tuple[str, Recipe]]:
    """Ablations on train; the test server: train and val, then coarse, then fine labels again."""
    preset, crop, source = VERSIONS[name]
    fine = DataConfig("cityscapes", crop=(crop, crop), scales=(0.7, 2.1))
    yield f"{name}-cityscapes", Recipe(preset, fine, _STEPS, source, note="tested at a single scale")
    both = replace(fine, split="trainval", crop=(832, 832))
    test = f"{name}-cityscapes-test"
    yield test, Recipe(preset, both, replace(_EPOCHS, epochs=300), _SOURCE, test=_TILES, note=_SERVER)
    yield from _coarse_then_fine(f"{name}-cityscapes", test, preset, both)
    if name == "galdv1":
        first = replace(fine, name="mapillary")
        mapillary = f"{name}-mapillary"
        note = "the paper prints no schedule and no order: that of section 4.2, before the phases with coarse labels"
        yield mapillary, Recipe(preset, first, _STEPS, "GALD BMVC Table 2 (b)", note=note)
        yield from _coarse_then_fine(mapillary, mapillary, preset, both)


def _coarse_then_fine(name: str, before: str, preset: str, both: DataConfig) -> Iterator[tuple[str, Recipe]]:
    """Two more phases after the recipe ``before``; ``both`` is train and val with fine labels."""
    still = replace(_SMALL_RATE, freeze_bn=True, start_head=True)
    coarse = replace(both, name="cityscapes_coarse", split="train_extra")
    joint = "the paper trains on fine and coarse data jointly and prints this order of phases"
    yield f"{name}-coarse", Recipe(preset, coarse, replace(still, epochs=40), _SOURCE, before, note=joint)
    again = f"batch 16 and BatchNorm held still as in the phase before; {_SERVER}"
    last = replace(still, epochs=20)
    yield f"{name}-coarse-fine", Recipe(preset, both, last, _SOURCE, f"{name}-coarse", _TILES, note=again)


def _camvid(name: str) -> Iterator[tuple[str, Recipe]]:
    """From ImageNet, and from Cityscapes with the classifier replaced."""
    preset = VERSIONS[name][0]
    crop = (640, 640)
    camvid = DataConfig("camvid", crop=crop)
    first = replace(_EPOCHS, batch=16, epochs=180)
    note = "the paper prints the schedule of the start from Cityscapes; its first phase is taken here"
    yield f"{name}-camvid", Recipe(preset, camvid, first, _SOURCE, note=note)
    before = f"{name}-cityscapes-camvid-start"
    yield before, Recipe(preset, DataConfig("cityscapes", crop=crop, scales=(0.7, 2.1)), first, _SOURCE)
    second = replace(_SMALL_RATE, epochs=90, start_head=True, new_classes=True)
    yield f"{name}-cityscapes-camvid", Recipe(preset, camvid, second, _SOURCE, before)


def _others(name: str) -> Iterator[tuple[str, Recipe]]:
    preset = VERSIONS[name][0]
    scene = DataConfig("ade20k", crop=(512, 512), scales=(SCALES[0], SCALES[-1]))
    many = replace(_EPOCHS, batch=16, epochs=240)
    yield f"{name}-ade20k", Recipe(preset, scene, many, _SOURCE, test=_TEST)
    context = DataConfig(f"pascal_context_{_CLASSES}", crop=(532, 532))
    note = f"59 classes and background, as those it compares with; {_SCALES_NOTE}"
    yield (
        f"{name}-pascal-context",
        Recipe(preset, context, replace(_SMALL_RATE, epochs=180), _SOURCE, test=_TEST, note=note),
    )
    stuff = DataConfig("coco_stuff_10k", val_split="test", crop=(532, 532))
    yield (
        f"{name}-coco-stuff",
        Recipe(preset, stuff, replace(_SMALL_RATE, epochs=240), _SOURCE, test=_TEST, note=_SCALES_NOTE),
    )


def _detectors() -> Iterator[tuple[str, Recipe]]:
    """BMVC section 4.4; the other detectors of Table 3 train the same way: gald train PRESET --recipe NAME."""
    source = "GALD BMVC section 4.4"
    # Learning rate, batch, warm-up, frozen stages and sizes of images are those of mmdetection.
    train = TrainConfig(epochs=14, batch=16, lr=0.02, weight_decay=1e-4, warmup=500, freeze_bn=True)
    left_open = (
        "learning rate, batch, warm-up and image size are those of mmdetection; poly schedule instead of its steps"
    )
    voc = DataConfig("voc_detection", split="trainval", val_split="test", scales=(1.0, 1.0))
    faster = _frozen(detector_preset("faster-rcnn-gald").model, (600, 1000))
    yield "faster-rcnn-voc", Recipe("faster-rcnn-gald", voc, train, source, note=left_open, model=faster)
    coco = replace(voc, name="coco", split="train", val_split="val")
    mask = _frozen(detector_preset("mask-rcnn-gald").model, (800, 1333))
    note = f"the paper prints no schedule: 12 epochs; {left_open}"
    yield "mask-rcnn-coco", Recipe("mask-rcnn-gald", coco, replace(train, epochs=12), source, note=note, model=mask)


def _frozen(model: DetectorConfig, sides: tuple[int, int]) -> DetectorConfig:
    return replace(model, sides=sides, backbone=replace(model.backbone, frozen_stages=1))
