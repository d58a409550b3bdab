"""Attention to sampled anchors, and the fusion of levels: Zhu et al., ICCV 2019, arXiv:1908.07678 (ANN)."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.config.checks import VARIANTS, check_choice, check_range

SAMPLINGS = ("average", "max", "random", "none")
NORMALISATIONS = ("softmax", "rescale", "none")


@dataclass(frozen=True)
class AsymmetricConfig:
    """How APNB and AFNB compare positions with anchors.

    Attributes:
        variant: ``reference`` is the published code: query and key share a convolution (APNB), both have BatchNorm and
            ReLU, scores are divided by sqrt(C'), a 1x1 convolution follows the concatenation. ``paper`` is eq. 8 to 17:
            key and value share (APNB), no normalisation, no scale, nothing behind the concatenation.
        sampling: ``average`` or ``max`` pooling of key and value, ``random`` positions, or ``none``: every position is
            an anchor, which is the non-local block (NB) and the fusion non-local block (FNB) of the paper.
        anchors: widths n of the pooled grids, n * n anchors each; one width is plain sampling, several are a pyramid.
        normalisation: of the scores: ``softmax``, ``rescale`` (divide by the number of anchors) or ``none`` (eq. 3).
        output: ``concat`` of context and input, or their ``sum`` (eq. 5).
    """

    variant: str = "reference"
    sampling: str = "average"
    anchors: tuple[int, ...] = (1, 3, 6, 8)
    normalisation: str = "softmax"
    output: str = "concat"

    def __post_init__(self) -> None:
        check_choice("variant", self.variant, VARIANTS)
        check_choice("sampling", self.sampling, SAMPLINGS)
        check_choice("normalisation", self.normalisation, NORMALISATIONS)
        check_choice("output", self.output, ("concat", "sum"))
        if not self.anchors or not all(1 <= width <= 64 for width in self.anchors):
            raise ValueError(f"anchors are {self.anchors}; give widths of grids in 1..64, such as (1, 3, 6, 8).")


@dataclass(frozen=True)
class FusionConfig:
    """Fusion of finer levels into c5.

    Attributes:
        name: ``none``, ``common`` or ``afnb``.
        levels: what is fused with c5: 4 is c4, 3 is c3, 2 is c2 (Table 9).
        inner: C' of query, key and value (afnb).
        dropout: of whole channels behind the concatenation (afnb, reference); the published code uses 0.05.
        asymmetric: sampling of afnb; ``none`` makes it the fusion non-local block.
    """

    name: str = "afnb"
    levels: tuple[int, ...] = (4,)
    inner: int = 256
    dropout: float = 0.0
    asymmetric: AsymmetricConfig = field(default_factory=AsymmetricConfig)

    def __post_init__(self) -> None:
        check_range("inner", self.inner, 1, 8192)
        check_range("dropout", self.dropout, 0.0, 0.9)
        if not self.levels or len(set(self.levels)) < len(self.levels) or not set(self.levels) <= {2, 3, 4}:
            raise ValueError(f"levels are {self.levels}; give some of 2, 3 and 4, each once.")
