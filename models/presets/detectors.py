"""Faster and Mask R-CNN without and with NL, CGNL or GALD: Li et al., BMVC 2019, section 4.4, and small ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import AggregationConfig, BackboneConfig, DetectorConfig, DistributionConfig, RcnnConfig
from models.presets.kind import DetectorPreset

_SYSTEMS = {"faster": "Faster R-CNN", "mask": "Mask R-CNN"}
_TABLES = {"faster": "GALD BMVC Table 3 (a)", "mask": "GALD BMVC Table 3 (b)"}
_NETWORKS = {"": "resnet50", "-r101": "resnet101"}
_NO_CODE = "no public code: the block stands on c5, at its own size, and the FPN reads its output"
_INNER = "; C' = C / 2 for NL, as in its paper"
# What stands on c5 -> name for people, GA, LD.
_BLOCKS = {
    "": ("", AggregationConfig("none"), DistributionConfig("none")),
    "-nl": (" + NL", AggregationConfig("nonlocal", inner=1024), DistributionConfig("none")),
    "-cgnl": (" + CGNL", AggregationConfig("cgnl"), DistributionConfig("none")),
    "-gald": (" + GALD (CGNL, LDv1)", AggregationConfig("cgnl"), DistributionConfig("depthwise")),
    "-galdv2": (" + GALD (CGNL, LDv2)", AggregationConfig("cgnl"), DistributionConfig("affinity", dilation=3)),
}
_SMALL = RcnnConfig(
    anchors=(12, 24, 48, 96, 192),
    proposals=300,
    canonical=112,
    proposal_batch=128,
    region_batch=128,
    hidden=256,
    most=60,
)


def detectors() -> Iterator[tuple[str, DetectorPreset]]:
    """Table 3, ResNet-101 with ``-r101``; then small ones for two cores, and tiny ones for tests."""
    for kind, system in _SYSTEMS.items():
        for suffix, network in _NETWORKS.items():
            base = DetectorConfig(BackboneConfig(network, output_stride=32), masks=kind == "mask")
            for block, (label, aggregation, distribution) in _BLOCKS.items():
                model = replace(base, aggregation=aggregation, distribution=distribution)
                note = (_NO_CODE + (_INNER if block == "-nl" else "")) if block else ""
                paper = _TABLES[kind] if block != "-galdv2" else ""
                title = f"{system}{label}" + (", ResNet-101" if suffix else "")
                yield f"{kind}-rcnn{suffix}{block}", DetectorPreset(title, model, paper, note)
        yield from _small(kind, system)


def _small(kind: str, system: str) -> Iterator[tuple[str, DetectorPreset]]:
    base = DetectorConfig(
        BackboneConfig("mobilenetv2_100", output_stride=32, dilate_first=False),
        masks=kind == "mask",
        level="c4",
        pyramid_width=96,
        pyramid_groups=8,
        sides=(256, 512),
        rcnn=_SMALL,
    )
    note = "MobileNetV2 instead of ResNet-50, images of 256x512, narrower pyramid with GroupNorm, smaller anchors"
    block_note = note + "; the block stands on c4, which has enough cells, and LDv1 halves once"
    for block, (label, aggregation, distribution) in _BLOCKS.items():
        # One halving on the 16x32 cells of c4 leaves 7x15 for the mask, as three do on maps of the paper's size; on c5
        # there would be 3x7.
        small_ld = replace(distribution, depth=1, dilation=2, channels=32, scale=True)
        model = replace(base, aggregation=replace(aggregation, inner=48, scale=True), distribution=small_ld)
        paper = _TABLES[kind] if block != "-galdv2" else ""
        deviation = block_note if block else note
        name = f"{kind}-rcnn{block}"
        yield f"small-{name}", DetectorPreset(f"{system}{label}", model, paper, deviation, name if paper else "")
        if block.startswith("-gald"):
            tiny = replace(
                model,
                backbone=BackboneConfig("tiny", output_stride=32),
                level="c5",
                pyramid_width=16,
                sides=(64, 96),
                distribution=replace(small_ld, channels=16),
                rcnn=replace(_SMALL, proposals=60, hidden=32, most=20),
            )
            yield f"tiny-{kind}-rcnn{block}", DetectorPreset(f"{system}{label}", tiny, "", "for tests")
