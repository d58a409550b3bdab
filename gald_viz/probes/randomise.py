"""Shuffle a network's weights layer by layer, the last first, and put them back.

Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018, arXiv:1810.03292, section 3.1. A layer keeps the values
of its weights in another order, so that what comes out of it keeps its range.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.overrides import TorchFunctionMode

from gald_viz.probes.lock import exclusive
from models.network import LoadedNetwork


def layers_from_last(loaded: LoadedNetwork, image: NDArray[np.uint8]) -> tuple[str, ...]:
    """Names of the modules whose own weights lead to the answer on the (H, W, 3) image, the last used first."""
    model = loaded.model
    owners = {id(p): name for name, module in model.named_modules() for p in _own(module)}
    parameters = list(model.parameters())
    asked = [parameter.requires_grad for parameter in parameters]
    with exclusive(model), _Use(owners) as use:
        try:
            model.requires_grad_(True)
            logits = model.predict_logits(model.preprocess(image))
            found = torch.autograd.grad(logits.sum(), parameters, allow_unused=True)
        finally:
            for parameter, before in zip(parameters, asked, strict=True):
                parameter.requires_grad_(before)
    leads = {owners[id(p)] for p, gradient in zip(parameters, found, strict=True) if gradient is not None}
    return tuple(name for name in use.order if name in leads)[::-1]


def depths(count: int, points: int) -> list[int]:
    """How many layers to shuffle at each of at most `points` places: none, one, and evenly on to all of `count`."""
    return sorted({0, *np.linspace(1, count, points - 1).round().astype(int).tolist()})


@contextmanager
def randomised(loaded: LoadedNetwork, layers: Sequence[str], seed: int = 0) -> Generator[None]:
    """The weights of these layers are shuffled while the block runs, each within itself; nobody else sees it."""
    generator = torch.Generator().manual_seed(seed)
    with exclusive(loaded.model):
        kept = [(p, p.detach().clone()) for name in layers for p in _own(loaded.model.get_submodule(name))]
        try:
            for parameter, before in kept:
                order = torch.randperm(before.numel(), generator=generator).to(before.device)
                parameter.data.copy_(before.flatten()[order].view_as(before))
            yield
        finally:
            for parameter, before in kept:
                parameter.data.copy_(before)


def _own(module: nn.Module) -> list[nn.Parameter]:
    return list(module.parameters(recurse=False))


class _Use(TorchFunctionMode):
    """Notes the owners of parameters in the order of their first use, also where no module is called for it."""

    def __init__(self, owners: Mapping[int, str]) -> None:
        super().__init__()
        self.owners = owners
        self.order: dict[str, None] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        for value in (*args, *(kwargs or {}).values()):
            if id(value) in self.owners:
                self.order[self.owners[id(value)]] = None
        return func(*args, **(kwargs or {}))
