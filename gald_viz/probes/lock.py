"""One reader at a time on a network that several share."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from torch import nn

# Hooks of two callers on one network would hand each the other's activations.
_LOCKS: WeakKeyDictionary[nn.Module, threading.RLock] = WeakKeyDictionary()
_GUARD = threading.Lock()


@contextmanager
def exclusive(model: nn.Module) -> Generator[None]:
    """Nobody else looks through the network while the block runs; who holds it may ask again."""
    with _GUARD:
        lock = _LOCKS.setdefault(model, threading.RLock())
    with lock:
        yield
