"""HFGD (Huang et al., High-level Feature Guided Decoding): the plain setting of its ablations, the advanced one.

Section 4: plain is SGD 0.01 with weight decay 1e-4, advanced AdamW 4e-5 with weight decay 0.05 and photometric
distortion; both batch 16, poly, synchronised BatchNorm, no hard sample mining. Crops of 513 and random scales of 0.5 to
2 are those of the CAR paper, which it follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import DataConfig, TrainConfig
from models.evaluation.inference import InferenceOptions
from models.recipes.kind import Recipe

_PLAIN = TrainConfig(iterations=30_000, batch=16, lr=0.01, weight_decay=1e-4, loss="cross_entropy")
_ADVANCED = replace(_PLAIN, iterations=40_000, optimizer="adamw", lr=4e-5, weight_decay=0.05)
_CONTEXT = DataConfig("pascal_context", crop=(513, 513))
_CITY = DataConfig("cityscapes", crop=(513, 1025))
_MULTI_SCALE = InferenceOptions((0.5, 0.75, 1.0, 1.25, 1.5, 1.75), flip=True)
_LARGE, _FINE = "hfgd-convnext-l", "hfgd-os2-convnext-l"
_NOTE = "the scales of the test are not printed"


def family() -> Iterator[tuple[str, Recipe]]:
    """The ablations with ResNet-50 and Swin-L, then ConvNeXt-L on each data set."""
    yield "hfgd-pascal-context", Recipe("hfgd", _CONTEXT, _PLAIN, "HFGD section 5")
    swin = "the ablations are plain; 40K iterations for Swin-L"
    longer = replace(_PLAIN, iterations=40_000)
    yield "hfgd-swin-l-pascal-context", Recipe("hfgd-swin-l", _CONTEXT, longer, "HFGD section 5", note=swin)
    crop = "the crop of section 7.2"
    for name in ("hfgd", "hfgd-os2"):
        yield f"{name}-cityscapes", Recipe(name, _CITY, _PLAIN, "HFGD section 7.1", note=crop)
    yield from _compared()


def _compared() -> Iterator[tuple[str, Recipe]]:
    """The comparisons with others, in the advanced setting."""
    for name, data, source in (
        ("pascal-context", _CONTEXT, "HFGD section 5.4"),
        ("coco-stuff-164k", replace(_CONTEXT, name="coco_stuff"), "HFGD section 6"),
        ("coco-stuff-10k", replace(_CONTEXT, name="coco_stuff_10k", val_split="test"), "HFGD appendix B.2"),
        ("ade20k", replace(_CONTEXT, name="ade20k", crop=(641, 641)), "HFGD appendix B.1"),
    ):
        distorted = replace(data, distortion=True)
        yield f"{_LARGE}-{name}", Recipe(_LARGE, distorted, _ADVANCED, source, test=_MULTI_SCALE, note=_NOTE)
    city = replace(_CITY, distortion=True)
    source = "HFGD section 7.2"
    for preset, iterations in ((_LARGE, 60_000), (_FINE, 80_000)):
        longer = replace(_ADVANCED, iterations=iterations)
        yield f"{preset}-cityscapes", Recipe(preset, city, longer, source, test=_MULTI_SCALE, note=_NOTE)
    server = replace(_ADVANCED, iterations=80_000, batch=32)
    note = f"the paper does not say that val is trained on; {_NOTE}"
    yield f"{_FINE}-cityscapes-test", Recipe(_FINE, city, server, source, test=_MULTI_SCALE, note=note)
