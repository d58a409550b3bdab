"""Name -> part. A part is found by being a file in its room."""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterable
from typing import Any


class Registry:
    """The parts of one room, registered by a decorator, imported on first use.

    Args:
        what: word for error messages, such as ``distribution``.
        room: dotted package whose modules register the parts.
    """

    def __init__(self, what: str, room: str) -> None:
        self.what = what
        self.room = room
        self._parts: dict[str, Any] = {}
        self._loaded = False
        # The explorer's sessions are threads; none may see a room that another is still filling.
        self._lock = threading.RLock()

    def register(self, name: str) -> Callable[[Any], Any]:
        """Class or function decorator that gives the part its name.

        Raises:
            ValueError: while decorating, if another part has the name.
        """

        def add(part: Any) -> Any:
            if name in self._parts and self._parts[name] is not part:
                raise ValueError(f"{self.what} {name!r} is registered twice; choose another name.")
            self._parts[name] = part
            return part

        return add

    def names(self) -> list[str]:
        """All names, sorted."""
        self._load()
        return sorted(self._parts)

    def get(self, name: str) -> Any:
        """The part with this name.

        Raises:
            ValueError: naming what exists, if there is none.
        """
        self._load()
        if name not in self._parts:
            raise ValueError(f"{self.what} is {name!r}, must be one of {self.names()}.")
        return self._parts[name]

    def _load(self) -> None:
        with self._lock:
            if self._loaded:
                return
            package = importlib.import_module(self.room)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self.room}.{module.name}")
            self._loaded = True


def families(package: str, path: Iterable[str], function: str = "family") -> dict[str, Any]:
    """Name -> entry, of all that the modules of a package bring with a function of this name."""
    modules = [importlib.import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(path)]
    return {
        name: entry for module in modules if hasattr(module, function) for name, entry in getattr(module, function)()
    }
