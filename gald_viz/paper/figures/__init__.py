"""The figures of the papers: every module of this room without an underscore holds one, in FIGURES."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from gald_viz.paper.figure import PaperFigure

_PAPERS = ("GALD TIP", "GALD BMVC", "ANN", "HFGD", "DeepLabv3")


@cache
def figures() -> dict[str, PaperFigure]:
    """Name -> figure, in the order of the papers.

    Raises:
        ValueError: if two have one name.
    """
    modules = [
        importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
        if module.name[0] != "_"
    ]
    found = [figure for module in modules for figure in module.FIGURES]
    names = [figure.name for figure in found]
    if len(set(names)) != len(names):
        raise ValueError(f"two figures have one name among {sorted(names)}; rename one.")
    return {figure.name: figure for figure in sorted(found, key=_place)}


def figure(name: str) -> PaperFigure:
    """The figure of this name.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if name not in figures():
        raise ValueError(f"figure is {name!r}, must be one of {list(figures())}.")
    return figures()[name]


@cache
def stages_read() -> dict[str, tuple[str, ...]]:
    """Default network of a role -> stages that the figures read of it."""
    read: dict[str, set[str]] = {}
    for role in (role for entry in figures().values() for role in entry.roles):
        read.setdefault(role.checkpoint, set()).update(role.stages)
    return {name: tuple(sorted(stages)) for name, stages in read.items() if name}


def _place(entry: PaperFigure) -> tuple[int, int]:
    return _PAPERS.index(entry.paper), int(entry.number.removeprefix("Fig. "))
