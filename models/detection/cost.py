"""What a detector costs: parameters and multiply-accumulates, from shapes alone.

Counted are every layer on the whole image, the box head on as many regions as are proposed at test, and the mask head
on as many objects as are reported at most. Choosing among regions (sorting, non-maximum suppression) is not counted.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from models.config import DetectorConfig
from models.data.classes import ClassSet
from models.detection.detector import Detector
from models.detection.frame import DIVISOR, filled_size
from models.detection.parts import BOX_CELLS, MASK_CELLS
from models.evaluation.activations import watch_activations
from models.evaluation.cost import Cost, attention_beyond_equation, watch_local_attention

# Part of a detector -> the modules it is made of; ``head`` is what remains.
_PARTS = {
    "backbone": ("backbone",),
    "ga": ("neck.context.aggregation",),
    "ld": ("neck.context.distribution",),
    "decoder": ("neck.pyramid",),
}
# Data set of the paper's table -> its number of classes.
_CLASSES = {"faster": 20, "mask": 80}
_SCENE_CLASSES = 5


def detector_input(name: str, config: DetectorConfig) -> tuple[tuple[int, int], int]:
    """Size, filled up to whole cells, and number of classes at which a detector of the presets is counted."""
    height, width = (-(-side // DIVISOR) * DIVISOR for side in config.sides)
    return (height, width), _CLASSES.get(name.partition("-")[0], _SCENE_CLASSES)


@lru_cache(maxsize=64)
def detector_cost(config: DetectorConfig, size: tuple[int, int], num_classes: int) -> Cost:
    """Count a detector for one image that is looked at in this size, in a batch filled up as its block needs it."""
    classes = ClassSet(tuple(f"class {k}" for k in range(num_classes)), ((0, 0, 0),) * num_classes)
    with torch.device("meta"):
        model = _Whole(Detector(config, classes)).eval().requires_grad_(False)
        cells = watch_local_attention(model)
        image = torch.zeros(1, 3, *filled_size([size], model.detector.neck.min_size))
        with FlopCounterMode(display=False) as counter, watch_activations() as memory:
            model(image)
    counts, parts = counter.get_flop_counts(), {}
    for part, modules in _PARTS.items():
        names = [f"{type(model).__name__}.detector.{module}" for module in modules]
        parts[part] = sum(sum(counts.get(name, {}).values()) // 2 for name in names)
    beyond = attention_beyond_equation(model, counter, config.distribution, cells)
    macs, parts["ld"] = counter.get_total_flops() // 2 - beyond, parts["ld"] - beyond
    parts["head"] = macs - sum(parts.values())
    params = sum(value.numel() for value in model.parameters())
    return Cost(params, params, macs, size, parts, memory.peak)


class _Whole(nn.Module):
    """Every layer of a detector once, with the largest number of regions, which no data decide."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, image: torch.Tensor) -> None:
        detector, config = self.detector, self.detector.config
        levels = detector.features(image)
        detector.rpn.head(list(levels.values()))
        heads, width = detector.roi_heads, config.pyramid_width
        regions = image.new_zeros(config.rcnn.proposals, width, BOX_CELLS, BOX_CELLS)
        heads.box_predictor(heads.box_head(regions))
        if heads.mask_head is not None and heads.mask_predictor is not None:
            objects = image.new_zeros(config.rcnn.most, width, MASK_CELLS, MASK_CELLS)
            heads.mask_predictor(heads.mask_head(objects))
