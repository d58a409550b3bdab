"""A cache that is bounded by the bytes that it holds; the values are shared by all sessions, none is copied."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class Shelf:
    """Values by key; the one that was not asked for longest goes first.

    Args:
        most_bytes: of all values together. A single value that is larger is kept, alone.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most, self._held = most_bytes, 0
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    @property
    def held(self) -> int:
        """Bytes of all values."""
        return self._held

    def get(self, key: Hashable, compute: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        """The value of the key; two sessions that ask at the same moment both compute, and get the first one's.

        Args:
            key: what the value follows from.
            compute: makes it, where it is not there.
            size: of a value, bytes.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]
        # Not under the lock: it may take a minute, and another session asks for something else.
        found = compute()
        with self._lock:
            if key not in self._values:
                self._values[key] = (found, size(found))
                self._held += self._values[key][1]
            while self._held > self._most and len(self._values) > 1:
                _, (_, freed) = self._values.popitem(last=False)
                self._held -= freed
            return self._values[key][0] if key in self._values else found
