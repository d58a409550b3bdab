"""What a network costs: parameters and multiply-accumulates, counted without computing or allocating anything.

The papers' "GFLOPs" are multiply-accumulates (MACs) of convolutions and matrix products; normalisation, activations and
interpolation are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
import torchvision.ops  # noqa: F401 - registers the deformable convolution
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from models.config import ModelConfig
from models.data.classes import ClassSet
from models.distribution.affinity import AffinityDistribution
from models.segmenter import Segmenter
from models.stages import record, stages_of

_AFFINITY = "ld.affinity"


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters and MACs of a network.

    Attributes:
        params: parameters of the network as it is used, without the auxiliary head.
        params_aux: with the auxiliary head, as it is trained.
        macs: multiply-accumulates for one image, without upsampling the logits.
        size: height and width of that image, pixels.
    """

    params: int
    params_aux: int
    macs: int
    size: tuple[int, int]


def cost(config: ModelConfig, size: tuple[int, int] = (769, 769), num_classes: int = 19) -> Cost:
    """Count a network for an image of this size.

    The local attention is counted as eq. 8 has it, k*k*C' each for the scores and for the weighted sum at every
    position; what our operator computes beyond that to stay in matrix products is not.

    Raises:
        ValueError: if the image is too small for the network.
    """
    with _unallocated(config):
        model = Segmenter(config, _classes(num_classes)).eval().requires_grad_(False)
        image = torch.zeros(1, 3, *size)
        also = {torch.ops.torchvision.deform_conv2d: _deformable_flops}
        counting = FlopCounterMode(display=False, custom_mapping=also)
        with record(model, _affinity_stage(model)) as seen, counting as counter:
            model(image)
    macs = counter.get_total_flops() // 2
    if seen:
        macs += 2 * config.distribution.channels * seen[_AFFINITY].numel() - _operator_macs(model, counter)
    params = sum(value.numel() for value in model.parameters())
    auxiliary = 0 if model.auxiliary is None else sum(value.numel() for value in model.auxiliary.parameters())
    return Cost(params - auxiliary, params, macs, size)


def block_macs(make: Callable[[], nn.Module], *shapes: tuple[int, ...]) -> int:
    """Multiply-accumulates of one block for inputs of these shapes, such as (1, 2048, 96, 96)."""
    with torch.device("meta"):
        block = make().eval().requires_grad_(False)
        inputs = [torch.zeros(shape) for shape in shapes]
        with FlopCounterMode(display=False) as counter:
            block(*inputs)
    return counter.get_total_flops() // 2


def _unallocated(config: ModelConfig) -> AbstractContextManager:
    """A block in which tensors have a shape and no memory."""
    # Autocast, which the local attention switches off, does not know the meta device. Fake tensors claim to be on the
    # CPU, and take three times as long.
    return FakeTensorMode() if config.distribution.name == "affinity" else torch.device("meta")


def _affinity_stage(model: Segmenter) -> list[str]:
    return [_AFFINITY] if _AFFINITY in stages_of(model) else []


def _operator_macs(model: Segmenter, counter: FlopCounterMode) -> int:
    """MACs of the batched products inside the local attention; everything else there is a convolution."""
    counts = counter.get_flop_counts()
    parts = [name for name, part in model.named_modules() if isinstance(part, AffinityDistribution)]
    return sum(counts[f"{type(model).__name__}.{name}"].get(torch.ops.aten.bmm, 0) for name in parts) // 2


def _deformable_flops(_input: list[int], weight: list[int], *_rest: object, out_shape: list[int], **_: object) -> int:
    """As a plain convolution; where it samples is interpolation."""
    return 2 * math.prod(out_shape) * math.prod(weight[1:])


def _classes(count: int) -> ClassSet:
    return ClassSet(tuple(f"class {k}" for k in range(count)), ((0, 0, 0),) * count)
