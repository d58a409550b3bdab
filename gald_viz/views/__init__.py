"""The views: every module of this room that does not start with an underscore holds one, named VIEW."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from gald_viz.types import View, ViewResult

__all__ = ["VIEWS", "View", "ViewRegistry", "ViewResult"]


class ViewRegistry(Mapping[str, View]):
    """Name -> View in the order that a reader meets them; the modules are imported on first use."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}

    def __getitem__(self, name: str) -> View:
        views = self._load()
        if name not in views:
            raise KeyError(f"view is {name!r}, must be one of {list(views)}.")
        return views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())

    def _load(self) -> dict[str, View]:
        if not self._views:
            names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
            found = [importlib.import_module(f"{__name__}.{name}").VIEW for name in names]
            self._views = {view.name: view for view in sorted(found, key=lambda view: view.order)}
        return self._views


VIEWS = ViewRegistry()
