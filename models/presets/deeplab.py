"""DeepLabv3 and the cascade of its ablations: Chen et al., arXiv:1706.05587, Tables 1 to 6."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import AggregationConfig, BackboneConfig, ModelConfig
from models.presets.kind import Preset

NETWORKS = {"r50": "resnet50", "r101": "resnet101"}
GRIDS = ((1, 1, 1), (1, 2, 1), (1, 2, 3), (1, 2, 4), (2, 2, 2))
RATES = (6, 12, 18)
_BLOCKS = (4, 5, 6, 7)
_DEEPER = (32, 64, 128, 256)
# Rates and channels at output stride 16, where the paper trains.
_ASPP = AggregationConfig("aspp", channels=256, inner=256, rates=RATES)
_EXTENDED = "the paper has ResNet-101 alone here"


def family() -> Iterator[tuple[str, Preset]]:
    """The networks of the tables, and smaller ones."""
    yield from _cascades()
    yield from _parallel()
    yield from _small()


def _cascades() -> Iterator[tuple[str, Preset]]:
    """Tables 1 to 4: ``cascade-NETWORK-BLOCK``, with ``-mgRATES`` and with ``-osSTRIDE`` when that is not 16."""
    for stride in (8, *_DEEPER):
        model = _cascade("r50", 7)
        dense = replace(model, backbone=replace(model.backbone, output_stride=stride))
        yield f"cascade-r50-block7-os{stride}", Preset("Cascade to block7", dense, "DeepLabv3 Table 1")
    for network in NETWORKS:
        for block in _BLOCKS:
            name = f"cascade-{network}-block{block}"
            yield name, Preset(f"Cascade to block{block}", _cascade(network, block), "DeepLabv3 Table 2")
    for grid in GRIDS[1:]:
        for block in _BLOCKS:
            name = f"cascade-r101-block{block}-{_named(grid)}"
            system = f"Cascade to block{block}, multi-grid {grid}"
            yield name, Preset(system, _cascade("r101", block, grid), "DeepLabv3 Table 3")
    best = _dense(_cascade("r101", 7, (1, 2, 1)))
    yield "cascade-r101-block7-mg121-os8", Preset("Cascade to block7 at stride 8", best, "DeepLabv3 Table 4")


def _parallel() -> Iterator[tuple[str, Preset]]:
    """Tables 5 and 6: ASPP without image pooling, and DeepLabv3."""
    for grid in ((1, 1, 1), (1, 2, 1), (1, 2, 4)):
        model = _aspp("r101", replace(_ASPP, image_pooling=False), grid)
        system = f"ASPP without image pooling, multi-grid {grid}"
        yield f"deeplabv3-r101-aspp-{_named(grid)}", Preset(system, model, "DeepLabv3 Table 5")
    fourth = replace(_ASPP, image_pooling=False, rates=(*RATES, 24))
    model = _aspp("r101", fourth, (1, 2, 4))
    yield "deeplabv3-r101-aspp-mg124-rate24", Preset("ASPP with a fourth rate", model, "DeepLabv3 Table 5")
    for network in NETWORKS:
        model = _aspp(network, _ASPP, (1, 2, 4))
        note = "" if network == "r101" else _EXTENDED
        yield f"deeplabv3-{network}", Preset("DeepLabv3", model, "DeepLabv3 Table 5", note)
        dense = replace(_dense(model), aggregation=replace(_ASPP, rates=tuple(2 * rate for rate in RATES)))
        yield f"deeplabv3-{network}-os8", Preset("DeepLabv3 at stride 8", dense, "DeepLabv3 Table 6", note)


def _small() -> Iterator[tuple[str, Preset]]:
    """DeepLabv3 on MobileNetV2, and the tiny pair."""
    # Half the rates: an image of 360x480 has 23x30 cells where the paper's 513x513 has 33x33, and small-aspp the same
    # reach at output stride 8.
    small = replace(_ASPP, channels=128, inner=64, rates=(3, 6, 9))
    backbone = BackboneConfig("mobilenetv2_100", output_stride=16, dilate_first=False)
    model = ModelConfig(backbone, "deeplabv3", small, auxiliary=False)
    note = "MobileNetV2 instead of ResNet-101, half the rates, narrower head, no multi-grid"
    yield "small-deeplabv3", Preset("DeepLabv3", model, "DeepLabv3 Table 5", note, "deeplabv3-r101")
    tiny = replace(model, backbone=BackboneConfig("tiny", 16, (1, 2)))
    tiny_aspp = replace(small, channels=32, inner=16, rates=(1, 2, 3))
    only_tests = "for tests and demonstrations"
    yield "tiny-deeplabv3", Preset("DeepLabv3", replace(tiny, aggregation=tiny_aspp), "", only_tests)
    yield "tiny-cascade", Preset("Cascade to block7", replace(tiny, head="cascade"), "", only_tests)


def _cascade(network: str, block: int, grid: tuple[int, ...] = (1, 1, 1)) -> ModelConfig:
    backbone = BackboneConfig(NETWORKS[network], output_stride=16, multi_grid=grid)
    return ModelConfig(backbone, "cascade", extra_blocks=block - 4, auxiliary=False)


def _aspp(network: str, aggregation: AggregationConfig, grid: tuple[int, ...]) -> ModelConfig:
    backbone = BackboneConfig(NETWORKS[network], output_stride=16, multi_grid=grid)
    return ModelConfig(backbone, "deeplabv3", aggregation, auxiliary=False)


def _dense(model: ModelConfig) -> ModelConfig:
    """Trained at output stride 16 and opened at 8; the rates of ASPP are not the backbone's."""
    return replace(model, backbone=replace(model.backbone, output_stride=8, trained_stride=16))


def _named(grid: tuple[int, ...]) -> str:
    return "mg" + "".join(map(str, grid))
