from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class _Watch(TorchDispatchMode):
    largest = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        results = result if isinstance(result, tuple | list) else (result,)
        self.largest = max(self.largest, *(value.numel() for value in results if isinstance(value, Tensor)), 0)
        return result


@pytest.fixture
def largest_result() -> Callable[[Callable[[], object]], int]:
    """Run something and return how many numbers the largest tensor has that any operator in it returned."""

    def run(work: Callable[[], object]) -> int:
        with _Watch() as watch:
            work()
        return watch.largest

    return run
