"""From an image to a label map: single or multi-scale, mirrored, whole or in sliding tiles, for every stage.

Tiles overlap by a third and average logits as in the code of GALD (Li et al., BMVC 2019); averaging
probabilities over scales and mirroring is DeepLabv3's way (Chen et al., arXiv:1706.05587).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from models.config.checks import check_choice
from models.network import evaluating
from models.stages import record, stages_of

if TYPE_CHECKING:
    from models.network import Network

AVERAGES = ("probabilities", "logits")
STAGES = ("fcn", "ga", "gald")
# The network's own answer, beside the names of stages.
OUTPUT = "output"


@dataclass(frozen=True)
class InferenceOptions:
    """How often and in which pieces an image is shown to the network.

    Attributes:
        scales: factors on the image size; the results are averaged at the size of the image.
        flip: average with the mirrored image at every scale.
        tile: side in pixels of square tiles that overlap by a third, None for the whole image; a side of the
            scaled image that is shorter is taken whole.
        average: what is averaged over scales and mirroring, ``probabilities`` or ``logits``; tiles always
            average logits.
    """

    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    tile: int | None = None
    average: str = "probabilities"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scales", tuple(float(scale) for scale in self.scales))
        check_choice("average", self.average, AVERAGES)
        if not self.scales or not all(0 < scale < math.inf for scale in self.scales):
            raise ValueError(
                f"scales are {self.scales}; give one or more positive numbers, (1.0,) for the image as it is."
            )
        if self.tile is not None and self.tile < 1:
            raise ValueError(f"tile is {self.tile}, must be >= 1 pixel; for the whole image use tile=None.")


@dataclass(frozen=True, slots=True)
class Prediction:
    """Answer for one image.

    Attributes:
        label: (H, W) int64 class ids 0..K-1.
        probabilities: (K, H, W) float32 in 0..1, the sum over K is 1.
    """

    label: NDArray[np.int64]
    probabilities: NDArray[np.float32]


def predict(model: Network, image: NDArray[np.uint8], options: InferenceOptions | None = None) -> Prediction:
    """Answer of the network for one image; the model is in evaluation mode meanwhile.

    Shape:
        image: (H, W, 3), RGB

    Raises:
        ValueError: if the image, a scaled image or a tile is smaller than the network's minimum.
    """
    return predict_stages(model, image, options, (OUTPUT,))[OUTPUT]


def predict_stages(
    model: Network,
    image: NDArray[np.uint8],
    options: InferenceOptions | None = None,
    stages: Sequence[str] = STAGES,
) -> dict[str, Prediction]:
    """Answers of several stage classifiers from the same forward passes.

    Args:
        model: network with a stage NAME.logits for each name.
        image: RGB.
        options: scales, mirroring, tiles; the plain image when None.
        stages: names out of stage_names(), and OUTPUT for the network's own answer.

    Shape:
        image: (H, W, 3)

    Stages:
        NAME.logits: (B, K, h, w), upsampled bilinearly (align_corners=False).

    Raises:
        ValueError: if the network lacks a stage, or as predict().
    """
    options = options or InferenceOptions()
    views = list(itertools.product(options.scales, (False, True) if options.flip else (False,)))
    # One view has nothing to average: its logits keep the order that a softmax in float32 may round away.
    by_logits = options.average == "logits" or len(views) == 1
    with evaluating(model), torch.inference_mode():
        pixels = model.preprocess(image)
        size = (pixels.shape[-2], pixels.shape[-1])
        _check_minimum(model, size, options)
        mean: dict[str, Tensor] = {}
        for scale, mirror in views:
            for name, logits in _view_logits(model, pixels, (scale, mirror), options.tile, stages).items():
                score = logits if by_logits else logits.softmax(dim=1)
                mean[name] = mean.get(name, 0) + score / len(views)
        return {name: _prediction(mean[name], by_logits) for name in stages}


def stage_names(model: nn.Module) -> tuple[str, ...]:
    """Those of STAGES for which the network has logits, then its other ones, such as HFGD's guiding branch."""
    known = [name.removesuffix(".logits") for name, stage in stages_of(model).items() if stage.kind == "logits"]
    return (*(name for name in STAGES if name in known), *(name for name in known if name not in STAGES))


def forward_logits(model: Network, x: Tensor, stages: Sequence[str]) -> Iterator[tuple[str, Tensor]]:
    """Logits (B, K, H, W) of each stage at the size of the normalised image x, one after the other, from one pass.

    The stage that gives the answer and OUTPUT are one tensor, where the network says which stage that is.
    """
    wanted = {name: f"{name}.logits" for name in stages if name != OUTPUT}
    own = [stage for stage in wanted.values() if stage != model.answer_stage]
    with record(model, own) as seen:
        output = model.predict_logits(x)
    size = (x.shape[-2], x.shape[-1])
    for name in stages:
        stage = wanted.get(name)
        yield name, _resize(seen[stage].to(x.device), size) if stage in seen else output


def best_classes(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Largest score and its class, both (B, H, W), of scores (B, K, H, W); the first class of those that tie."""
    # On a CPU several times faster than argmax() over the same axis.
    best, ids = scores.max(dim=1)
    return best, ids


def _check_minimum(model: Network, size: tuple[int, int], options: InferenceOptions) -> None:
    shorter = min(min(_scaled(size, scale)) for scale in options.scales)
    seen = shorter if options.tile is None else min(shorter, options.tile)
    if seen < model.min_size:
        raise ValueError(
            f"the network would see {seen} pixels on the shorter side (image {size[0]}x{size[1]}, "
            f"scales {options.scales}, tile {options.tile}), it needs at least {model.min_size}; "
            "use a larger image, scale or tile."
        )


def _view_logits(
    model: Network, pixels: Tensor, view: tuple[float, bool], tile: int | None, stages: Sequence[str]
) -> dict[str, Tensor]:
    scale, mirror = view
    size = (pixels.shape[-2], pixels.shape[-1])
    seen = _resize(pixels, _scaled(size, scale))
    logits = _tiled_logits(model, seen.flip(-1) if mirror else seen, tile, stages)
    return {name: _resize(value.flip(-1) if mirror else value, size) for name, value in logits.items()}


def _tiled_logits(model: Network, x: Tensor, tile: int | None, stages: Sequence[str]) -> dict[str, Tensor]:
    height, width = x.shape[-2:]
    total: dict[str, Tensor] = {}
    count = x.new_zeros(1, 1, height, width)
    for rows in _spans(height, tile):
        for columns in _spans(width, tile):
            for name, logits in forward_logits(model, x[..., rows, columns], stages):
                if name not in total:
                    total[name] = logits.new_zeros(*logits.shape[:2], height, width)
                total[name][..., rows, columns] += logits
            count[..., rows, columns] += 1
    return {name: value / count for name, value in total.items()}


def _spans(length: int, tile: int | None) -> list[slice]:
    """Cut a side into tiles; the last one is moved inwards so that all are equally long."""
    if tile is None or tile >= length:
        return [slice(0, length)]
    step = math.ceil(tile * 2 / 3)
    count = math.ceil((length - tile) / step) + 1
    starts = [min(index * step, length - tile) for index in range(count)]
    return [slice(start, start + tile) for start in starts]


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    if x.shape[-2:] == size:
        return x
    return F.interpolate(x, size, mode="bilinear", align_corners=False)


def _prediction(score: Tensor, by_logits: bool) -> Prediction:
    probabilities = score.softmax(dim=1) if by_logits else score
    return Prediction(best_classes(score)[1][0].cpu().numpy(), probabilities[0].float().cpu().numpy())
