"""What a preset is."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import ModelConfig


@dataclass(frozen=True)
class Preset:
    """A configuration with its place in the papers.

    Attributes:
        system: short description.
        model: the configuration.
        paper: where the paper reports it.
        deviation: how ours differs, empty if it does not.
    """

    system: str
    model: ModelConfig
    paper: str
    deviation: str = ""
