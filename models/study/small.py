"""A paper's network at a size that two cores train: MobileNetV2, a quarter of the channels, half the reach."""

from __future__ import annotations

from dataclasses import replace

from models.config import AggregationConfig, DistributionConfig, ModelConfig, UpsamplingConfig

BACKBONE = "mobilenetv2_100"
# Width of GA and upsamplers at the paper's size -> ours: of two encoders the narrower one stays so.
_WIDTHS = {512: 128, 256: 96}


def small(model: ModelConfig) -> ModelConfig:
    """The same network with a small backbone and narrow parts; rows that differ in depth alone become the same.

    Rates of ASPP and of LDv2 are halved, rounded up: crops are half as large. Dropout is off and scores are scaled
    (an unscaled one on the linear bottleneck of MobileNetV2 made the loss NaN), so ``paper`` variants, whose bare 1x1
    meets that bottleneck too, become ``reference``.
    """
    backbone = replace(model.backbone, name=BACKBONE, deep_stem=False, dilate_first=False)
    # Without an upsampler the context is what the classifier sees, and as wide as the rest of the head.
    alone = model.decoder == "linear" and model.head != "encoder"
    return replace(
        model,
        backbone=backbone,
        width=model.width // 4,
        variant="reference" if model.head == "gald" else model.variant,
        aggregation=_aggregation(model.aggregation, _WIDTHS[512] if alone else None),
        distribution=_distribution(model.distribution),
        upsampling=_upsampling(model.upsampling),
        fusion=replace(model.fusion, inner=model.fusion.inner // 4, dropout=0.0),
    )


def _aggregation(part: AggregationConfig, channels: int | None) -> AggregationConfig:
    attention = part.attention
    narrow = replace(attention, wide=attention.wide // 8, width=attention.width // 4, key=attention.key // 2)
    return replace(
        part,
        channels=channels or _WIDTHS.get(part.channels, part.channels),
        inner=part.inner // 4,
        rates=tuple(-(-rate // 2) for rate in part.rates),
        scale=True,
        dropout=0.0,
        attention=narrow,
    )


def _distribution(part: DistributionConfig) -> DistributionConfig:
    return replace(part, channels=part.channels // 4, dilation=-(-part.dilation // 2), scale=True)


def _upsampling(part: UpsamplingConfig) -> UpsamplingConfig:
    return replace(part, channels=_WIDTHS.get(part.channels, part.channels))
