"""Self-attention on the backbone's last feature, as HFGD's encoders have it."""

from __future__ import annotations

from dataclasses import dataclass

from models.config.checks import check_range


@dataclass(frozen=True)
class AttentionConfig:
    """Full self-attention behind a reduction of channels (Huang et al., HFGD, section 3.2).

    Attributes:
        wide: channels of the first 1x1 of ``cae``.
        width: channels that enter the attention, of its value and of its output; a multiple of key.
        key: channels of query and key.
        car: a 1x1 behind the attention whose output has the class-aware regularisations (CAR) while training.
    """

    wide: int = 2048
    width: int = 512
    key: int = 64
    car: bool = True

    def __post_init__(self) -> None:
        for name in ("wide", "width", "key"):
            check_range(name, getattr(self, name), 1, 8192)
        if self.width % self.key:
            raise ValueError(f"width is {self.width} and key {self.key}; width must be a multiple of key.")
