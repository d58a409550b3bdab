"""BatchNorm over the batches of all processes, on CPUs as on GPUs.

"Synchronised BatchNorm" of the papers (Li et al., arXiv:2107.13154, section IV.B). PyTorch's own runs on GPUs alone and
is no BatchNorm2d, which timm's norms with an activation are.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from timm.layers.norm_act import BatchNormAct2d
from torch import Tensor, nn


def synchronise(model: nn.Module) -> int:
    """Let every BatchNorm2d of the network that learns see the whole batch; returns how many there are.

    The norms stay what they are, with their parameters, statistics, hooks and names. Those that are held still need no
    other process.
    """
    norms = [module for module in model.modules() if type(module) in _SYNCHRONISED and module.training]
    for norm in norms:
        # A new module in its place would lose the hooks and the settings that each kind of norm has of its own.
        norm.__class__ = _SYNCHRONISED[type(norm)]
    return len(norms)


class SynchronisedNorm(nn.BatchNorm2d):
    """BatchNorm2d whose mean and variance are those of all processes' batches together.

    Shape:
        (B, C, H, W) -> (B, C, H, W)
    """

    def forward(self, input: Tensor) -> Tensor:
        return _normalised(self, input) if self.training else super().forward(input)


class SynchronisedNormAct(BatchNormAct2d):
    """The same for timm's BatchNorm with an activation.

    Shape:
        (B, C, H, W) -> (B, C, H, W)
    """

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.drop(_normalised(self, x))) if self.training else super().forward(x)


_SYNCHRONISED: dict[type, type] = {nn.BatchNorm2d: SynchronisedNorm, BatchNormAct2d: SynchronisedNormAct}


def _normalised(norm: nn.BatchNorm2d, batch: Tensor) -> Tensor:
    # Mean first, then squares of what is left: their difference in one pass would cancel.
    values = batch.to(torch.promote_types(batch.dtype, torch.float32))
    own = values.new_full((1,), values.numel() / values.shape[1])
    totals = _SumOverProcesses.apply(torch.cat((values.sum(dim=(0, 2, 3)), own)))
    count = totals[-1].detach()
    mean = totals[:-1] / count
    centred = values - mean[:, None, None]
    variance = _SumOverProcesses.apply(centred.square().sum(dim=(0, 2, 3))) / count
    _remember(norm, mean.detach(), variance.detach() * count / (count - 1).clamp(min=1))
    scaled = centred * (variance + norm.eps).rsqrt()[:, None, None]
    if norm.affine:
        scaled = scaled * norm.weight[:, None, None] + norm.bias[:, None, None]
    return scaled.to(batch.dtype)


@torch.no_grad()
def _remember(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    norm.num_batches_tracked += 1
    share = 1 / norm.num_batches_tracked if norm.momentum is None else norm.momentum
    norm.running_mean.lerp_(mean, share)
    norm.running_var.lerp_(variance, share)


class _SumOverProcesses(torch.autograd.Function):
    """Sum of the processes' values; the gradient is the sum of the gradients that they have of it."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        return _summed(value)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Tensor:
        return _summed(grad_outputs[0])


def _summed(value: Tensor) -> Tensor:
    total = value.clone(memory_format=torch.contiguous_format)
    if dist.is_available() and dist.is_initialized():
        dist.all_reduce(total)
    return total
