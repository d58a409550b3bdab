"""Named configurations: the systems and baselines of the papers at their widths, and small ones for two cores.

A module of this room with a function ``family`` brings a family of presets.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from models.presets.kind import Preset

__all__ = ["PRESETS", "Preset", "preset"]


def preset(name: str) -> Preset:
    """The preset of this name.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if name not in PRESETS:
        raise ValueError(f"preset is {name!r}, must be one of {sorted(PRESETS)}.")
    return PRESETS[name]


def _families() -> Iterator[tuple[str, Preset]]:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "family"):
            yield from module.family()


PRESETS: dict[str, Preset] = dict(_families())
