"""Named configurations: the systems and baselines of the papers at their widths, and small ones for two cores.

A module of this room with a function ``family`` brings a family of presets, one with ``detectors`` detectors.
"""

from __future__ import annotations

from models.presets.kind import DetectorPreset, Preset
from models.registry import families

__all__ = ["DETECTORS", "PRESETS", "DetectorPreset", "Preset", "any_preset", "detector_preset", "preset"]


def preset(name: str) -> Preset:
    """The preset of this name.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if name not in PRESETS:
        raise ValueError(f"preset is {name!r}, must be one of {sorted(PRESETS)}, or a detector: {sorted(DETECTORS)}.")
    return PRESETS[name]


def detector_preset(name: str) -> DetectorPreset:
    """The detector of this name.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if name not in DETECTORS:
        raise ValueError(f"detector is {name!r}, must be one of {sorted(DETECTORS)}.")
    return DETECTORS[name]


def any_preset(name: str) -> Preset | DetectorPreset:
    """The preset or detector of this name.

    Raises:
        ValueError: listing the names, if there is none.
    """
    return DETECTORS[name] if name in DETECTORS else preset(name)


PRESETS: dict[str, Preset] = families(__name__, __path__)
DETECTORS: dict[str, DetectorPreset] = families(__name__, __path__, "detectors")
