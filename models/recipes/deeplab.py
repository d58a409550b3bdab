"""DeepLabv3 (Chen et al., arXiv:1706.05587): two phases on VOC, the start from COCO, Cityscapes.

SGD with momentum 0.9, poly with power 0.9, scales 0.5 to 2, flip: section 4.1. The weight decay is not printed; 1e-4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import DataConfig, TrainConfig
from models.evaluation.inference import InferenceOptions
from models.recipes.kind import Recipe

HARD = ("bicycle", "chair", "diningtable", "pottedplant", "sofa")
SCALES = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
_COARSE, _DENSE = "deeplabv3-r101", "deeplabv3-r101-os8"
_TEST = InferenceOptions(SCALES, flip=True)
_FIRST = TrainConfig(
    iterations=30_000, batch=16, lr=0.007, weight_decay=1e-4, loss="cross_entropy", aux_weight=0.0, bn_decay=0.9997
)
_SECOND = replace(_FIRST, lr=0.001, freeze_bn=True, bn_decay=0.0, start_head=True)
_VOC = DataConfig("voc", split="trainaug", crop=(513, 513))
_OFFICIAL = replace(_VOC, split="trainval")
_TRAINED_ON_VAL = "val is trained on, so its numbers mean nothing"


def family() -> Iterator[tuple[str, Recipe]]:
    """VOC, VOC from COCO, Cityscapes, and the cascade."""
    yield from _voc()
    yield from _coco()
    yield from _cityscapes()
    best = "cascade-r101-block7-mg121"
    yield "cascade-voc", Recipe(best, _VOC, _FIRST, "DeepLabv3 section 4.2, Table 4", test=_TEST, test_stride=8)


def _voc() -> Iterator[tuple[str, Recipe]]:
    source = "DeepLabv3 section 4.1"
    yield "deeplabv3-voc", Recipe(_COARSE, _VOC, _FIRST, source, test=_TEST, test_stride=8)
    second = Recipe(_DENSE, _OFFICIAL, _SECOND, source, "deeplabv3-voc", _TEST, note=_TRAINED_ON_VAL)
    yield "deeplabv3-voc-trainval", second
    # Section 4.3: the same, for the test server, with the images of hard classes twice.
    hard = replace(_OFFICIAL, hard_classes=HARD)
    yield "deeplabv3-voc-test", replace(second, data=hard, source="DeepLabv3 section 4.3")


def _coco() -> Iterator[tuple[str, Recipe]]:
    """About 60 thousand images of COCO first; VOC has the same classes, so that the whole network goes on."""
    source = "DeepLabv3 section 4.3"
    coco = replace(_VOC, name="coco_voc", split="train")
    note = "the schedule on COCO is not printed: that of section 4.1"
    yield "deeplabv3-coco", Recipe(_COARSE, coco, _FIRST, source, test=_TEST, test_stride=8, note=note)
    tuned = replace(_FIRST, lr=0.0001, start_head=True)
    yield "deeplabv3-coco-voc", Recipe(_COARSE, _VOC, tuned, source, "deeplabv3-coco", _TEST, 8)
    hard = replace(_OFFICIAL, hard_classes=HARD)
    last = replace(_SECOND, lr=0.0001)
    note = f"rate 0.0001 as in the phase before; {_TRAINED_ON_VAL}"
    yield "deeplabv3-coco-voc-test", Recipe(_DENSE, hard, last, source, "deeplabv3-coco-voc", _TEST, note=note)


def _cityscapes() -> Iterator[tuple[str, Recipe]]:
    source = "DeepLabv3 appendix C"
    train = replace(_FIRST, iterations=90_000)
    fine = DataConfig("cityscapes", crop=(769, 769))
    three = InferenceOptions((0.75, 1.0, 1.25), flip=True)
    yield "deeplabv3-cityscapes", Recipe(_COARSE, fine, train, source, test=three, test_stride=8)
    joint = replace(fine, name="cityscapes_coarse", split="trainval_coarse")
    six = InferenceOptions((0.75, 1.0, 1.25, 1.5, 1.75, 2.0), flip=True)
    note = f"iterations as with fine labels alone; {_TRAINED_ON_VAL}"
    yield "deeplabv3-cityscapes-test", Recipe(_COARSE, joint, train, source, test=six, test_stride=4, note=note)
