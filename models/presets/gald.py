"""Systems and baselines of the GALD papers at their widths: Li et al., BMVC 2019 and TIP 2021."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import AggregationConfig, BackboneConfig, DistributionConfig, ModelConfig
from models.presets.kind import Preset

AGGREGATION_LABELS = {"psp": "PSP", "aspp": "ASPP", "nonlocal": "NL", "cgnl": "CGNL"}
_NO_CODE = "no public code; the layout is described in models.heads.gald"
_WIDE = "; this GA returns 2048 channels, so LDv2 adds 3.7 M parameters instead of 2.3 M"
_KEEPS_CHANNELS = ("cgnl", "nonlocal")
_NO_LD = DistributionConfig(name="none")
_MASK = DistributionConfig(name="depthwise")
_AFFINITY = DistributionConfig(name="affinity")


def family() -> Iterator[tuple[str, Preset]]:
    """The paper's tables and the published networks."""
    yield from _table_one()
    yield from _arrangements()


def _table_one() -> Iterator[tuple[str, Preset]]:
    """Table I (a, b, d) of the TIP paper: every GA alone, with LDv1, with LDv2; ResNet-50 at output stride 8."""
    base = ModelConfig(backbone=BackboneConfig("resnet50"))
    yield "fcn", Preset("FCN", replace(base, head="fcn"), "GALD TIP Table I")
    for name, label in AGGREGATION_LABELS.items():
        v1_ga = _aggregation(name, 512)
        v2_ga = _aggregation(name, 256)
        ga_only = replace(base, arrangement="ga", distribution=_NO_LD)
        v2 = replace(base, variant="paper")
        yield name, Preset(label, replace(ga_only, aggregation=v1_ga), "GALD TIP Table I (a)")
        yield f"{name}-ldv1", Preset(f"{label} + LDv1", replace(base, aggregation=v1_ga), "GALD TIP Table I (b)")
        yield (
            f"{name}-concat",
            Preset(
                f"{label}, eq. 3 layout", replace(ga_only, variant="paper", aggregation=v2_ga), "GALD TIP Table I (a)"
            ),
        )
        yield (
            f"{name}-ldv2",
            Preset(
                f"{label} + LDv2",
                replace(v2, aggregation=v2_ga, distribution=_AFFINITY),
                "GALD TIP Table I (d)",
                _NO_CODE + (_WIDE if name in _KEEPS_CHANNELS else ""),
            ),
        )


def _arrangements() -> Iterator[tuple[str, Preset]]:
    """Table I (b, c, d), II (a) and the published networks."""
    base = ModelConfig(backbone=BackboneConfig("resnet50"), aggregation=_aggregation("cgnl", 512))
    v2 = replace(base, variant="paper", aggregation=AggregationConfig("none"), distribution=_AFFINITY)
    yield "ldv1", Preset("LDv1 alone", replace(base, arrangement="ld", distribution=_MASK), "GALD TIP Table I (b)")
    yield "ldv2", Preset("LDv2 alone", replace(v2, arrangement="ld"), "GALD TIP Table I (d)")
    yield "ldga", Preset("LDGA", replace(base, arrangement="ldga"), "GALD TIP Table I (c)")
    yield "parallel", Preset("Parallel GA and LD", replace(base, arrangement="parallel"), "GALD TIP Table I (c)")
    for shrink in ("average", "bilinear"):
        variant = replace(base, distribution=DistributionConfig(name=shrink))
        yield f"cgnl-ldv1-{shrink}", Preset(f"CGNL + LDv1, {shrink}", variant, "GALD TIP Table II (a)")
    yield "cgnl-ldv1-paper", Preset("CGNL + LDv1, eq. 1 to 3", replace(base, variant="paper"), "GALD TIP eq. 1-3")
    deep = BackboneConfig("resnet50", deep_stem=True, multi_grid=(1, 2, 4))
    yield "galdnet-r50", Preset("GALDNet, published code", replace(base, backbone=deep), "GALD BMVC Table 2 (a)")
    r101 = replace(base, backbone=replace(deep, name="resnet101"))
    yield "galdnet-r101", Preset("GALDNet, published code", r101, "GALD BMVC Table 2 (a)")


def _aggregation(name: str, channels: int) -> AggregationConfig:
    # The published code runs CGNL and non-local on a map of half the size; ASPP and PSP reduce by themselves.
    half = name in _KEEPS_CHANNELS
    inner = 512 if name == "psp" else 256
    dropout = 0.1 if name == "aspp" else 0.0
    return AggregationConfig(name, channels=channels, inner=inner, half_size=half, dropout=dropout)
