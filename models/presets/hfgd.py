"""HFGD, its ablations and what it compares with: Huang et al., High-level Feature Guided Decoding.

Unless a name says otherwise: ResNet-50, logits at stride 4. The switches of the tables are fields of ``upsampling``
(guidance, stop_tokens, stop_features, axial, stride), ``decoder`` and ``aggregation``; hfgd_switches has their rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import AggregationConfig, AttentionConfig, BackboneConfig, ModelConfig, UpsamplingConfig
from models.presets.kind import Preset

_NO_CODE = "no public code of the decoder; axial projections per axis, as these meet the paper's MACs"
_PLAIN = UpsamplingConfig()
_HFGM = UpsamplingConfig(guidance=True, axial="separate")
_FREE = replace(_HFGM, stop_tokens=False, stop_features=False)
_CAE = AggregationConfig("cae", channels=256)
_NONE = AggregationConfig("none")
_SA = AggregationConfig("attention", channels=512, attention=AttentionConfig(car=False))
_CAR = AggregationConfig("attention", channels=512)
_ENCODERS = {
    "aspp": ("ASPP", AggregationConfig("aspp", channels=256, inner=256)),
    "ocr": ("OCR", AggregationConfig("ocr", channels=512, inner=256)),
    "sa": ("SA", _SA),
    "sa-car": ("SA (CAR)", _CAR),
}
_SWIN, _CONVNEXT = "swin_large_patch4_window12_384", "convnext_large"


def family() -> Iterator[tuple[str, Preset]]:
    """Table 1, the steps from SemanticFPN to HFGD with the probes, Table 8, the large backbones, and small ones."""
    yield from _table_one()
    yield from _steps()
    yield from _table_eight()
    yield from _large()
    yield from _small()


def _network(encoder: AggregationConfig, decoder: str, upsampling: UpsamplingConfig = _PLAIN) -> ModelConfig:
    return ModelConfig(
        backbone=BackboneConfig("resnet50", output_stride=32),
        head="encoder",
        aggregation=encoder,
        decoder=decoder,
        upsampling=upsampling,
        auxiliary=False,
    )


def _dilated(config: ModelConfig) -> ModelConfig:
    backbone = replace(config.backbone, output_stride=8, dilate_first=False)
    return replace(config, backbone=backbone)


def _table_one() -> Iterator[tuple[str, Preset]]:
    """No upsampling at stride 32, dilation at stride 8, SemanticFPN; each with every encoder."""
    plain = replace(_network(_NONE, "linear"), head="fcn")
    yield "os32-fcn", Preset("FCN, OS 32", plain, "HFGD Table 1")
    yield "d8-fcn", Preset("FCN, dilation OS 8", _dilated(plain), "HFGD Table 1")
    yield "sfpn", Preset("SemanticFPN", _network(_NONE, "semantic_fpn"), "HFGD Table 1")
    for name, (label, encoder) in _ENCODERS.items():
        linear = _network(encoder, "linear")
        # ASPP's rates halve with every halving of the map: 6, 12, 18 belong to stride 16.
        coarse = encoder if name != "aspp" else replace(encoder, rates=(3, 6, 9))
        at_32 = replace(linear, aggregation=coarse)
        yield f"os32-{name}", Preset(f"{label}, OS 32", at_32, "HFGD Table 1")
        yield f"d8-{name}", Preset(f"{label}, dilation OS 8", _dilated(linear), "HFGD Table 1")
        yield f"sfpn-{name}", Preset(f"{label} + SemanticFPN", _network(coarse, "semantic_fpn"), "HFGD Table 1")


def _steps() -> Iterator[tuple[str, Preset]]:
    """Tables 3 to 7: HFGM, CAE and U-SFPN one after the other, HFGM without its stop-gradients, and section 5.1."""
    yield "sfpn-hfgm", Preset("SemanticFPN + HFGM", _network(_NONE, "semantic_fpn", _HFGM), "HFGD Table 3", _NO_CODE)
    free = _network(_NONE, "semantic_fpn", _FREE)
    yield "sfpn-hfgm-free", Preset("SemanticFPN + HFGM, no stop-gradient", free, "HFGD section 5.2", _NO_CODE)
    yield "sfpn-cae", Preset("CAE + SemanticFPN", _network(_CAE, "semantic_fpn"), "HFGD Table 4")
    both = _network(_CAE, "semantic_fpn", _HFGM)
    yield "sfpn-cae-hfgm", Preset("CAE + SemanticFPN + HFGM", both, "HFGD Table 4", _NO_CODE)
    yield "u-sfpn", Preset("U-SFPN", _network(_NONE, "u_sfpn"), "HFGD Table 7")
    yield "hfgd", Preset("HFGD, OS 4", _network(_CAE, "u_sfpn", _HFGM), "HFGD Table 9", _NO_CODE)
    fine = _network(_CAE, "u_sfpn", replace(_HFGM, stride=2))
    yield "hfgd-os2", Preset("HFGD, OS 2", fine, "HFGD Table 9", _NO_CODE)
    for probe in ("trained", "detached"):
        probed = _network(_NONE, "semantic_fpn", replace(_PLAIN, probe=probe))
        yield f"sfpn-probe-{probe}", Preset(f"SemanticFPN, FCN on c5 {probe}", probed, "HFGD section 5.1")


def _table_eight() -> Iterator[tuple[str, Preset]]:
    """Other upsamplers without and with HFGM; DeepLabv3+ is dilated to stride 8."""
    psp = AggregationConfig("psp", channels=256, inner=256)
    for name, label, network in (
        ("fapn", "FaPN", _network(_NONE, "fapn")),
        ("upernet", "UperNet, PPM", _network(psp, "upernet")),
        ("deeplabv3plus", "DeepLabv3+, ASPP, dilation OS 8", _dilated(_network(_ENCODERS["aspp"][1], "deeplabv3plus"))),
    ):
        yield name, Preset(label, network, "HFGD Table 8")
        guided = replace(network, upsampling=_HFGM)
        yield f"{name}-hfgm", Preset(f"{label} + HFGM", guided, "HFGD Table 8", _NO_CODE)


def _large() -> Iterator[tuple[str, Preset]]:
    """Tables 6, 10 and 13."""
    network = _network(_CAE, "u_sfpn", _HFGM)
    for name, label, backbone, table in (
        ("swin-l", "Swin-L", _SWIN, "HFGD Table 6"),
        ("convnext-l", "ConvNeXt-L", _CONVNEXT, "HFGD Table 10"),
    ):
        large = replace(network, backbone=replace(network.backbone, name=backbone))
        yield f"hfgd-{name}", Preset(f"HFGD, {label}", large, table, _NO_CODE)
    fine = replace(large, upsampling=replace(_HFGM, stride=2))
    yield "hfgd-os2-convnext-l", Preset("HFGD, OS 2, ConvNeXt-L", fine, "HFGD Table 13", _NO_CODE)


def _small() -> Iterator[tuple[str, Preset]]:
    """HFGD and SemanticFPN at a size that two cores train, and one for tests."""
    note = "MobileNetV2 instead of ResNet-50, half the channels or less; " + _NO_CODE
    cae = AggregationConfig("cae", channels=96, attention=AttentionConfig(wide=256, width=128, key=32))
    upsampling = replace(_HFGM, channels=96)
    small = replace(_network(cae, "u_sfpn", upsampling), backbone=BackboneConfig("mobilenetv2_100", output_stride=32))
    plain = replace(small, aggregation=_NONE, decoder="semantic_fpn", upsampling=replace(_PLAIN, channels=96))
    guided = replace(plain, upsampling=upsampling)
    yield "small-sfpn-hfgm", Preset("SemanticFPN + HFGM", guided, "HFGD Table 3", note, "sfpn-hfgm")
    yield "small-sfpn", Preset("SemanticFPN", plain, "HFGD Table 1", note.partition(";")[0], "sfpn")
    yield "small-hfgd", Preset("HFGD, OS 4", small, "HFGD Table 9", note, "hfgd")
    tiny = AggregationConfig("cae", channels=16, attention=AttentionConfig(wide=32, width=16, key=8))
    tiny_network = replace(
        small,
        backbone=BackboneConfig("tiny", output_stride=32),
        aggregation=tiny,
        upsampling=replace(_HFGM, channels=16, heads=2),
    )
    yield "tiny-hfgd", Preset("HFGD, OS 4", tiny_network, "", "for tests and demonstrations")
