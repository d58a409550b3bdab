"""HFGD further: the rows of its Tables 3 to 8 between SemanticFPN and HFGD, and those with Swin-L.

Huang et al., High-level Feature Guided Decoding, sections 5.2 and 5.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.config import ModelConfig
from models.presets import hfgd
from models.presets.kind import Preset

_NO_CODE = "no public code of the decoder"
_AXIAL = f"{_NO_CODE}; axial projections per axis, as these meet the paper's MACs"


def family() -> Iterator[tuple[str, Preset]]:
    """What the tables switch in the networks of the family ``hfgd``."""
    base = {name: entry.model for name, entry in hfgd.family()}
    yield from _halves(base)
    yield from _combinations(base)
    yield from _with_swin(base)


def _halves(base: dict[str, ModelConfig]) -> Iterator[tuple[str, Preset]]:
    """Tables 3 and 5: guidance without axial attention, and axial attention without guidance."""
    full = base["hfgd"].upsampling
    for name, label, table in (
        ("sfpn", "SemanticFPN", "HFGD Table 3"),
        ("sfpn-cae", "CAE + SemanticFPN", "HFGD Table 5"),
    ):
        guided = replace(base[name], upsampling=replace(full, axial="none"))
        yield f"{name}-guidance", Preset(f"{label} + guidance", guided, table, _NO_CODE)
        axial = replace(base[name], upsampling=replace(full, guidance=False))
        yield f"{name}-axial", Preset(f"{label} + axial attention", axial, table, _AXIAL)


def _combinations(base: dict[str, ModelConfig]) -> Iterator[tuple[str, Preset]]:
    """Tables 4 and 7: CAE without an upsampler, SA (CAR) guiding one, CAE in an U-SFPN that nothing guides."""
    cae = base["hfgd"].aggregation
    alone = replace(base["os32-sa-car"], aggregation=cae)
    yield "os32-cae", Preset("CAE, OS 32", alone, "HFGD Table 4")
    guided = replace(base["sfpn-sa-car"], upsampling=base["hfgd"].upsampling)
    yield "sfpn-sa-car-hfgm", Preset("SA (CAR) + SemanticFPN + HFGM", guided, "HFGD Table 4", _AXIAL)
    yield "u-sfpn-cae", Preset("CAE + U-SFPN", replace(base["u-sfpn"], aggregation=cae), "HFGD Table 7")


def _with_swin(base: dict[str, ModelConfig]) -> Iterator[tuple[str, Preset]]:
    """Tables 6 and 7."""
    networks = base | {"u-sfpn-cae": replace(base["u-sfpn"], aggregation=base["hfgd"].aggregation)}
    for name, label, table, note in (
        ("sfpn-cae-hfgm", "CAE + SemanticFPN + HFGM", "HFGD Table 6", _AXIAL),
        ("sfpn-cae", "CAE + SemanticFPN", "HFGD Table 7", ""),
        ("u-sfpn", "U-SFPN", "HFGD Table 7", ""),
        ("u-sfpn-cae", "CAE + U-SFPN", "HFGD Table 7", ""),
    ):
        model = replace(networks[name], backbone=base["hfgd-swin-l"].backbone)
        yield f"{name}-swin-l", Preset(f"{label}, Swin-L", model, table, note)
