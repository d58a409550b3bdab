"""Named configurations: the systems and baselines of the papers at their widths, and small ones for two cores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.config import AggregationConfig, BackboneConfig, DistributionConfig, ModelConfig

AGGREGATION_LABELS = {"psp": "PSP", "aspp": "ASPP", "nonlocal": "NL", "cgnl": "CGNL"}


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


_NO_CODE = "no public code; the layout is described in models.heads.gald"
_WIDE = "; this GA returns 2048 channels, so LDv2 adds 3.7 M parameters instead of 2.3 M"
_KEEPS_CHANNELS = ("cgnl", "nonlocal")
_NO_LD = DistributionConfig(name="none")
_MASK = DistributionConfig(name="depthwise")
_AFFINITY = DistributionConfig(name="affinity")
_SMALL_LDV2 = "; k = 5, r = 3, C' = 64, scores / sqrt(C'), 3x3 convolutions around the block as in the GALDv1 code"


def preset(name: str) -> Preset:
    """The preset of this name.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if name not in PRESETS:
        raise ValueError(f"preset is {name!r}, must be one of {sorted(PRESETS)}.")
    return PRESETS[name]


def _paper_family() -> Iterator[tuple[str, Preset]]:
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
    yield "galdnet-r50", Preset("GALDNet, published code", replace(base, backbone=deep), "GALD BMVC Table 1")
    r101 = replace(base, backbone=replace(deep, name="resnet101"))
    yield "galdnet-r101", Preset("GALDNet, published code", r101, "GALD BMVC Table 4")


def _small_family() -> Iterator[tuple[str, Preset]]:
    """The papers' pairs on MobileNetV2: each LD with its own GA-only baseline."""
    width = 128
    # Off, the weights of ImageNet and of a coarser stride stay exact: these networks train for minutes, not for days.
    base = ModelConfig(backbone=BackboneConfig("mobilenetv2_100", dilate_first=False), width=width)
    cgnl = AggregationConfig("cgnl", channels=width, half_size=True, scale=True)
    aspp = AggregationConfig("aspp", channels=width, inner=64, rates=(6, 12, 18))
    # c5 of MobileNetV2 is a linear bottleneck: unscaled scores of it and a bare 1x1 on it (eq. 3) made the loss NaN.
    affinity = DistributionConfig("affinity", dilation=3, channels=64, scale=True)
    note = "MobileNetV2 instead of ResNet-50, narrower head"
    ga_only = replace(base, arrangement="ga", distribution=_NO_LD)
    aspp_only = replace(ga_only, aggregation=aspp)
    yield "small-fcn", Preset("FCN", replace(base, head="fcn"), "GALD TIP Table I", note)
    yield "small-cgnl", Preset("CGNL", replace(ga_only, aggregation=cgnl), "GALD TIP Table I (a)", note)
    yield "small-cgnl-ldv1", Preset("CGNL + LDv1", replace(base, aggregation=cgnl), "GALD TIP Table I (b)", note)
    yield "small-aspp", Preset("ASPP", aspp_only, "GALD TIP Table I (a)", note)
    ldv2 = replace(aspp_only, arrangement="gald", distribution=affinity)
    yield "small-aspp-ldv2", Preset("ASPP + LDv2", ldv2, "GALD TIP Table I (d)", note + _SMALL_LDV2)
    tiny = replace(base, backbone=BackboneConfig("tiny"), width=32, aggregation=replace(cgnl, channels=32))
    yield "tiny-cgnl-ldv1", Preset("CGNL + LDv1", tiny, "", "for tests and demonstrations")
    small_affinity = replace(affinity, channels=16)
    tiny_v2 = replace(ldv2, backbone=tiny.backbone, width=32, distribution=small_affinity)
    yield "tiny-aspp-ldv2", Preset("ASPP + LDv2", tiny_v2, "", "for tests and demonstrations")
    yield "tiny-fcn", Preset("FCN", replace(tiny, head="fcn"), "", "for tests and demonstrations")


def _aggregation(name: str, channels: int) -> AggregationConfig:
    # The published code runs CGNL and non-local on a map of half the size; ASPP and PSP reduce by themselves.
    half = name in _KEEPS_CHANNELS
    inner = 512 if name == "psp" else 256
    dropout = 0.1 if name == "aspp" else 0.0
    return AggregationConfig(name, channels=channels, inner=inner, half_size=half, dropout=dropout)


PRESETS: dict[str, Preset] = dict([*_paper_family(), *_arrangements(), *_small_family()])
