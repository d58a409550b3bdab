"""Shuffle a network's weights layer by layer, the last first, and put them back.

Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018, arXiv:1810.03292, section 3.1. A layer keeps the values
of its weights in another order, so that what comes out of it keeps its range.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gald_viz.probes.capture import answer_of
from gald_viz.probes.lock import exclusive
from models.network import LoadedNetwork


def layers_from_last(loaded: LoadedNetwork, image: NDArray[np.uint8]) -> tuple[str, ...]:
    """Names of the modules with weights of their own that look at the (H, W, 3) image, the last first."""
    names = {module: name for name, module in loaded.model.named_modules() if list(module.parameters(recurse=False))}
    order: dict[str, None] = {}

    def note(module: nn.Module, *_: object) -> None:
        order[names[module]] = None

    with exclusive(loaded.model), torch.inference_mode():
        handles = [module.register_forward_hook(note) for module in names]
        try:
            answer_of(loaded.model, image)
        finally:
            for handle in handles:
                handle.remove()
    return tuple(order)[::-1]


def depths(count: int, points: int) -> list[int]:
    """How many layers to shuffle at each of at most `points` places, evenly from none to all of `count`."""
    return sorted(set(np.linspace(0, count, points).round().astype(int).tolist()))


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
