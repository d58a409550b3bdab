"""Decoders that upsample with finer levels of the pyramid, and how the context guides them."""

from __future__ import annotations

from dataclasses import dataclass

from models.config.checks import check_choice, check_range


@dataclass(frozen=True)
class UpsamplingConfig:
    """An upsampler, its guidance by high-level features (HFGM) and the probe of its backbone.

    Huang et al., HFGD, sections 3.1, 3.3 and 5.1.

    Attributes:
        channels: of the upsampler, of the class tokens and of what the classifier sees.
        stride: image pixels per cell of the logits, 4, or 2 for ``u_sfpn``.
        guidance: a guiding branch on the context shares its class tokens with the upsampler (HFG).
        stop_tokens: with guidance, the upsampler's loss does not train the class tokens.
        stop_features: with guidance, the upsampler's loss trains neither backbone nor head.
        axial: axial attention behind the upsampler: ``none``, ``separate`` or ``shared`` projections of the two axes.
        heads: of the axial attention.
        probe: a classifier of its own on c5: ``none``, ``trained`` with the backbone, or ``detached`` from it.
    """

    channels: int = 256
    stride: int = 4
    guidance: bool = False
    stop_tokens: bool = True
    stop_features: bool = True
    axial: str = "none"
    heads: int = 4
    probe: str = "none"

    def __post_init__(self) -> None:
        check_range("channels", self.channels, 8, 8192)
        check_choice("stride", self.stride, (2, 4))
        check_choice("axial", self.axial, ("none", "separate", "shared"))
        check_choice("probe", self.probe, ("none", "trained", "detached"))
        check_range("heads", self.heads, 1, 64)
        if self.channels % self.heads:
            raise ValueError(
                f"channels is {self.channels} and heads {self.heads}; channels must be a multiple of heads."
            )
