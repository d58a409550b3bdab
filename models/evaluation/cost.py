"""What a network costs: parameters and multiply-accumulates, counted without computing or allocating anything.

The papers' "GFLOPs" are multiply-accumulates (MACs) of convolutions and matrix products; normalisation, activations and
interpolation are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import torch
import torchvision.ops  # noqa: F401 - registers the deformable convolution
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models.aggregation.attention import FullAttention
from models.config import DistributionConfig, ModelConfig
from models.data.classes import ClassSet
from models.distribution.affinity import AffinityDistribution
from models.evaluation.activations import watch_activations
from models.segmenter import Segmenter

# Part of a network -> the modules it is made of; ``head`` is what remains.
_PARTS = {
    "backbone": ("backbone",),
    "ga": ("head.fusion", "head.aggregation", "head.aspp"),
    "ld": ("head.distribution",),
    "decoder": ("decoder",),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters and MACs of a network.

    Attributes:
        params: parameters of the network as it is used, without the auxiliary head.
        params_aux: with the auxiliary head, as it is trained.
        macs: multiply-accumulates for one image, without upsampling the logits.
        size: height and width of that image, pixels.
        parts: MACs of ``backbone``, ``ga``, ``ld``, ``decoder``, and of the ``head`` beside GA and LD.
        activations: bytes of activations at the busiest moment, as models.evaluation.activations estimates them.
    """

    params: int
    params_aux: int
    macs: int
    size: tuple[int, int]
    parts: Mapping[str, int] = field(default_factory=dict)
    activations: int = 0


@lru_cache(maxsize=256)
def cost(config: ModelConfig, size: tuple[int, int] = (769, 769), num_classes: int = 19) -> Cost:
    """Count a network for an image of this size.

    The local attention is counted as eq. 8 has it, k*k*C' each for the scores and for the weighted sum at every
    position, and the scores of full self-attention once; what our operators compute beyond that, to stay in matrix
    products or for every group of channels of the value, is not.

    Raises:
        ValueError: if the image is too small for the network.
    """
    with torch.device("meta"):
        model = Segmenter(config, _classes(num_classes)).eval().requires_grad_(False)
        cells, again = watch_local_attention(model), _scores_computed_again(model)
        image = torch.zeros(1, 3, *size)
        also = {torch.ops.torchvision.deform_conv2d: _deformable_flops}
        counting = FlopCounterMode(display=False, custom_mapping=also)
        with counting as counter, watch_activations() as memory:
            model(image)
    macs, parts = counter.get_total_flops() // 2, _parts(model, counter)
    beyond = attention_beyond_equation(model, counter, config.distribution, cells)
    macs, parts["ld"] = macs - beyond, parts["ld"] - beyond
    macs, parts["ga"] = macs - sum(again), parts["ga"] - sum(again)
    parts["head"] = macs - sum(parts.values())
    params = sum(value.numel() for value in model.parameters())
    auxiliary = 0 if model.auxiliary is None else sum(value.numel() for value in model.auxiliary.parameters())
    return Cost(params - auxiliary, params, macs, size, parts, memory.peak)


def block_macs(make: Callable[[], nn.Module], *shapes: tuple[int, ...]) -> int:
    """Multiply-accumulates of one block for inputs of these shapes, such as (1, 2048, 96, 96)."""
    with torch.device("meta"):
        block = make().eval().requires_grad_(False)
        inputs = [torch.zeros(shape) for shape in shapes]
        with FlopCounterMode(display=False) as counter:
            block(*inputs)
    return counter.get_total_flops() // 2


def watch_local_attention(model: nn.Module) -> list[int]:
    """Gets the number of positions of every local attention in the forward pass that follows."""
    cells: list[int] = []
    for part in model.modules():
        if isinstance(part, AffinityDistribution):
            part.register_forward_hook(lambda _part, _inputs, output: cells.append(output.shape[-2:].numel()))
    return cells


def attention_beyond_equation(
    model: nn.Module, counter: FlopCounterMode, config: DistributionConfig, cells: Sequence[int]
) -> int:
    """MACs of our local attention that eq. 8 does not have, at the positions that were watched.

    Args:
        model: that ran.
        counter: that watched it.
        config: width and window of the attention.
        cells: positions of each map that was watched.
    """
    if not cells:
        return 0
    return _operator_macs(model, counter) - 2 * config.channels * config.kernel**2 * sum(cells)


def _scores_computed_again(model: Segmenter) -> list[int]:
    """Gets the MACs of every full self-attention's scores beyond the first group of its value."""
    macs: list[int] = []

    def add(part: FullAttention, _inputs: tuple, output: Tensor) -> None:
        macs.append((part.groups - 1) * part.key.out_channels * math.prod(output.shape[-2:]) ** 2)

    for part in model.modules():
        if isinstance(part, FullAttention):
            part.register_forward_hook(add)
    return macs


def _parts(model: Segmenter, counter: FlopCounterMode) -> dict[str, int]:
    counts, root = counter.get_flop_counts(), type(model).__name__
    return {
        part: sum(sum(counts.get(f"{root}.{module}", {}).values()) // 2 for module in modules)
        for part, modules in _PARTS.items()
    }


def _operator_macs(model: nn.Module, counter: FlopCounterMode) -> int:
    """MACs of the batched products inside the local attention; everything else there is a convolution."""
    counts = counter.get_flop_counts()
    parts = [name for name, part in model.named_modules() if isinstance(part, AffinityDistribution)]
    return sum(counts[f"{type(model).__name__}.{name}"].get(torch.ops.aten.bmm, 0) for name in parts) // 2


def _deformable_flops(_input: list[int], weight: list[int], *_rest: object, out_shape: list[int], **_: object) -> int:
    """As a plain convolution; where it samples is interpolation."""
    return 2 * math.prod(out_shape) * math.prod(weight[1:])


def _classes(count: int) -> ClassSet:
    return ClassSet(tuple(f"class {k}" for k in range(count)), ((0, 0, 0),) * count)
