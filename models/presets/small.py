"""The papers' pairs at a size that two cores train, and tiny ones for tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import AggregationConfig, BackboneConfig, DistributionConfig, ModelConfig
from models.presets.kind import Preset

_SMALL_LDV2 = "; k = 5, r = 3, C' = 64, scores / sqrt(C'), 3x3 convolutions around the block as in the GALDv1 code"


def family() -> Iterator[tuple[str, Preset]]:
    """The papers' pairs on MobileNetV2: each LD with its own GA-only baseline."""
    width = 128
    # Off, the weights of ImageNet and of a coarser stride stay exact: these networks train for minutes, not for days.
    base = ModelConfig(backbone=BackboneConfig("mobilenetv2_100", dilate_first=False), width=width)
    cgnl = AggregationConfig("cgnl", channels=width, half_size=True, scale=True)
    aspp = AggregationConfig("aspp", channels=width, inner=64, rates=(6, 12, 18))
    # c5 of MobileNetV2 is a linear bottleneck: unscaled scores of it and a bare 1x1 on it (eq. 3) made the loss NaN.
    affinity = DistributionConfig("affinity", dilation=3, channels=64, scale=True)
    note = "MobileNetV2 instead of ResNet-50, narrower head"
    ga_only = replace(base, arrangement="ga", distribution=DistributionConfig("none"))
    aspp_only = replace(ga_only, aggregation=aspp)
    yield "small-fcn", Preset("FCN", replace(base, head="fcn"), "GALD TIP Table I", note, "fcn")
    yield "small-cgnl", Preset("CGNL", replace(ga_only, aggregation=cgnl), "GALD TIP Table I (a)", note, "cgnl")
    ldv1 = replace(base, aggregation=cgnl)
    yield "small-cgnl-ldv1", Preset("CGNL + LDv1", ldv1, "GALD TIP Table I (b)", note, "cgnl-ldv1")
    ldga = replace(ldv1, arrangement="ldga")
    yield "small-ldga", Preset("LDGA", ldga, "GALD TIP Table I (c)", note, "ldga")
    yield "small-aspp", Preset("ASPP", aspp_only, "GALD TIP Table I (a)", note, "aspp")
    ldv2 = replace(aspp_only, arrangement="gald", distribution=affinity)
    yield "small-aspp-ldv2", Preset("ASPP + LDv2", ldv2, "GALD TIP Table I (d)", note + _SMALL_LDV2, "aspp-ldv2")
    tiny = replace(base, backbone=BackboneConfig("tiny"), width=32, aggregation=replace(cgnl, channels=32))
    yield "tiny-cgnl-ldv1", Preset("CGNL + LDv1", tiny, "", "for tests and demonstrations")
    small_affinity = replace(affinity, channels=16)
    tiny_v2 = replace(ldv2, backbone=tiny.backbone, width=32, distribution=small_affinity)
    yield "tiny-aspp-ldv2", Preset("ASPP + LDv2", tiny_v2, "", "for tests and demonstrations")
    yield "tiny-fcn", Preset("FCN", replace(tiny, head="fcn"), "", "for tests and demonstrations")
