"""ANN at the widths of its paper: Zhu et al., ICCV 2019, arXiv:1908.07678."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import (
    AggregationConfig,
    AsymmetricConfig,
    BackboneConfig,
    DistributionConfig,
    FusionConfig,
    ModelConfig,
)
from models.presets.kind import Preset

_DROPOUT = 0.05
# The first block of a dilated stage keeps the rate of the stage before it; the code's multi-grid is (1, 1, 1), so none.
_BACKBONE = BackboneConfig("resnet101", deep_stem=True, dilate_first=False)
_APNB = AggregationConfig("apnb", dropout=_DROPOUT)
_AFNB = FusionConfig("afnb", dropout=_DROPOUT)
_NO_GA = AggregationConfig("none")
_NO_FUSION = FusionConfig("none")
_COMMON = FusionConfig("common")
_EVERY = AsymmetricConfig(sampling="none")
_FULL = ModelConfig(
    backbone=_BACKBONE,
    head="ann",
    aggregation=_APNB,
    distribution=DistributionConfig(name="none"),
    dropout=_DROPOUT,
    fusion=_AFNB,
)
_KERNEL = "the paper does not name the kernel of the common fusion; 1x1 here"
_OWN_QUERY = "each level has its own query; the paper says only that responses are summed"
_APNB_ALONE = "AFNB keeps its pyramid average, of which the table says nothing"
_AT_TEST = "; the same positions at every test, and for a pyramid just as many positions"


def family() -> Iterator[tuple[str, Preset]]:
    """The published network, the rows of its ablations, and small ones."""
    paper = AsymmetricConfig(variant="paper")
    printed = replace(_FULL, aggregation=replace(_APNB, asymmetric=paper), fusion=replace(_AFNB, asymmetric=paper))
    yield "ann-r101", Preset("ANN, published code", _FULL, "ANN Table 2 to 9")
    smaller = replace(_FULL, backbone=replace(_BACKBONE, name="resnet50"))
    yield "ann-r50", Preset("ANN, published code", smaller, "ANN Fig. 3", "ResNet-50 instead of ResNet-101")
    yield "ann-r101-paper", Preset("ANN, eq. 8 to 17", printed, "ANN eq. 8-17")
    yield from _blocks()
    yield from _samplings()
    yield from _levels()
    yield from _small()


def _blocks() -> Iterator[tuple[str, Preset]]:
    """Table 6; its last row is ann-r101."""
    nb, fnb = replace(_APNB, asymmetric=_EVERY), replace(_AFNB, asymmetric=_EVERY)
    rows = {
        "baseline": ("Baseline", _NO_FUSION, _NO_GA),
        "nb": ("NB", _NO_FUSION, nb),
        "apnb": ("APNB", _NO_FUSION, _APNB),
        "common": ("Common fusion", _COMMON, _NO_GA),
        "fnb": ("FNB", fnb, _NO_GA),
        "afnb": ("AFNB", _AFNB, _NO_GA),
        "common-nb": ("Common fusion + NB", _COMMON, nb),
        "fnb-nb": ("FNB + NB", fnb, nb),
    }
    for name, (system, fusion, aggregation) in rows.items():
        model = replace(_FULL, fusion=fusion, aggregation=aggregation)
        deviation = _KERNEL if fusion is _COMMON else ""
        yield f"ann-{name}", Preset(f"ANN: {system}", model, "ANN Table 6", deviation)


def _samplings() -> Iterator[tuple[str, Preset]]:
    """Table 7; its row (1, 3, 6, 8) is ann-r101."""
    grids: tuple[tuple[int, ...], ...] = ((15,), (1, 2, 3, 6))
    rows = [(sampling, widths) for widths in grids for sampling in ("random", "max", "average")]
    for sampling, widths in (*rows, ("average", (1, 4, 8, 12))):
        options = AsymmetricConfig(sampling=sampling, anchors=widths)
        model = replace(_FULL, aggregation=replace(_APNB, asymmetric=options))
        kind = f"pyramid-{sampling}" if len(widths) > 1 else sampling
        count = sum(width**2 for width in widths)
        system = f"ANN, {kind.replace('-', ' ')}, S = {count}"
        deviation = _APNB_ALONE + (_AT_TEST if sampling == "random" else "")
        yield f"ann-{kind}-{count}", Preset(system, model, "ANN Table 7", deviation)


def _levels() -> Iterator[tuple[str, Preset]]:
    """Table 9; its first row of AFNB is ann-afnb."""
    for levels in ((3, 4), (2, 3, 4)):
        model = replace(_FULL, fusion=replace(_AFNB, levels=levels), aggregation=_NO_GA)
        shown = ", ".join(f"{level} & 5" for level in levels)
        name = "".join(map(str, levels))
        yield f"ann-afnb-{name}", Preset(f"ANN: AFNB {shown}", model, "ANN Table 9", _OWN_QUERY)


def _small() -> Iterator[tuple[str, Preset]]:
    small = replace(
        _FULL,
        backbone=BackboneConfig("mobilenetv2_100", dilate_first=False),
        width=128,
        aggregation=replace(_APNB, inner=64),
        fusion=replace(_AFNB, inner=64),
    )
    note = "MobileNetV2 instead of ResNet-101, narrower head, C' = 64"
    yield "small-ann", Preset("ANN", small, "ANN Fig. 3", note, "ann-r101")
    tiny = replace(
        small,
        backbone=BackboneConfig("tiny"),
        width=32,
        aggregation=replace(_APNB, inner=16),
        fusion=replace(_AFNB, inner=16),
    )
    yield "tiny-ann", Preset("ANN", tiny, "", "for tests and demonstrations")
