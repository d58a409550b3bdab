"""What a preset is."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import DetectorConfig, ModelConfig


@dataclass(frozen=True)
class Preset:
    """A configuration with its place in the papers.

    Attributes:
        system: short description.
        model: the configuration.
        paper: where the paper reports it.
        deviation: how ours differs, empty if it does not.
        smaller: the papers' preset that this is a small one of, empty if it is none.
    """

    system: str
    model: ModelConfig
    paper: str
    deviation: str = ""
    smaller: str = ""


@dataclass(frozen=True)
class DetectorPreset:
    """A detector with its place in the papers.

    Attributes:
        system: short description.
        model: the configuration.
        paper: where the paper reports it, empty for what no paper has.
        deviation: how ours differs, empty if it does not.
        smaller: the paper's preset that this is a small one of, empty if it is none.
    """

    system: str
    model: DetectorConfig
    paper: str
    deviation: str = ""
    smaller: str = ""
