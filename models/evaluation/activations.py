"""Memory that activations need at the busiest moment of a forward pass, from shapes alone.

Estimate: bytes of all tensors that operators have returned and something still holds, taken after every operator, one
image in float32 without gradients. Not counted: parameters, the image, and what an operator needs only inside, such as
workspaces of convolutions.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class ActivationPeak(TorchDispatchMode):
    """Follows the storages that are made while the block runs; views and results in place have no own.

    Attributes:
        held: bytes of those that still exist.
        peak: the most there were at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.held = self.peak = 0
        self._known: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for value in tree_leaves(result):
            if isinstance(value, Tensor):
                self._keep(value.untyped_storage())
        return result

    def _keep(self, storage: torch.UntypedStorage) -> None:
        # Its address is its own for as long as it exists.
        key = storage._cdata
        if key in self._known:
            return
        self._known[key] = storage.nbytes()
        self.held += self._known[key]
        self.peak = max(self.peak, self.held)
        weakref.finalize(storage, self._release, key)

    def _release(self, key: int) -> None:
        self.held -= self._known.pop(key)


class _FusedAttention(TorchFunctionMode):
    """Lets tensors without memory take the kernel that real ones take, which forms no N x N map.

    PyTorch has it for values as wide as the queries; for others it forms the map on every device.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        attention = func is F.scaled_dot_product_attention and len(args) == 3 and set(options) <= {"scale"}
        if attention and args[0].is_meta and args[0].shape[-1] == args[2].shape[-1]:
            return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(*args, **options)[0]
        return func(*args, **options)


@contextmanager
def watch_activations() -> Generator[ActivationPeak]:
    """Measure the peak of what the block computes."""
    with ActivationPeak() as peak, _FusedAttention():
        yield peak
