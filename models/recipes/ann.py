"""ANN (Zhu et al., ICCV 2019, arXiv:1908.07678): Cityscapes, ADE20K and Pascal Context.

SGD with momentum 0.9, poly with power 0.9, OHEM, auxiliary loss 0.4, scales 0.5 to 2, flip, random brightness: section
4.2. Weight decay and the brightness of +-10 are those of the published code. COCO-Stuff and NYUD-V2 (appendix A) follow
the protocols of other papers and have no numbers of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import DataConfig, TrainConfig
from models.evaluation.inference import InferenceOptions
from models.recipes.kind import Recipe

_PRESET, _SOURCE = "ann-r101", "ANN section 4.2"
_STEPS = TrainConfig(iterations=60_000, batch=8, lr=0.01, weight_decay=5e-4, loss="ohem")
_LARGE = replace(_STEPS, batch=16, weight_decay=1e-4)
_MULTI_SCALE = InferenceOptions((0.5, 0.75, 1.0, 1.25, 1.5, 1.75), flip=True)
_NOTE = "the scales of the test are not printed"


def family() -> Iterator[tuple[str, Recipe]]:
    """The ablations, the test server, and the other data sets."""
    city = DataConfig("cityscapes", crop=(769, 769), brightness=10.0)
    yield "ann-cityscapes", Recipe(_PRESET, city, _STEPS, _SOURCE)
    note = f"val is trained on, so its numbers mean nothing; {_NOTE}"
    both, longer = replace(city, split="trainval"), replace(_STEPS, iterations=120_000)
    tiles = replace(_MULTI_SCALE, tile=769, average="logits")
    yield "ann-cityscapes-test", Recipe(_PRESET, both, longer, "ANN section 4.3.2", test=tiles, note=note)
    scene = replace(city, name="ade20k", crop=(520, 520))
    many = replace(_LARGE, iterations=150_000, lr=0.02)
    yield "ann-ade20k", Recipe(_PRESET, scene, many, _SOURCE, test=_MULTI_SCALE, note=_NOTE)
    context = replace(city, name="pascal_context_60", crop=(480, 480))
    few = replace(_LARGE, iterations=28_000)
    yield "ann-pascal-context", Recipe(_PRESET, context, few, _SOURCE, test=_MULTI_SCALE, note=_NOTE)
