"""GALD further: windows and inputs of LDv2, ResNet-101, the final GALDv2 (Li et al., BMVC 2019 and TIP 2021)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.presets import gald
from models.presets.kind import Preset

_GRID = (1, 2, 4)


def family() -> Iterator[tuple[str, Preset]]:
    """What the tables vary from the networks of the family ``gald``."""
    base = dict(gald.family())
    yield from _windows(base)
    yield from _inputs(base)
    yield from _deeper(base)


def _windows(base: dict[str, Preset]) -> Iterator[tuple[str, Preset]]:
    """TIP Table II (b); k = 5 with r = 6 are ldv2 and aspp-ldv2."""
    for name, windows in {"ldv2": ((3, 3), (5, 3), (7, 6)), "aspp-ldv2": ((3, 3), (3, 6), (5, 3), (7, 6))}.items():
        start = base[name]
        for kernel, dilation in windows:
            distribution = replace(start.model.distribution, kernel=kernel, dilation=dilation)
            system = f"{start.system}, k = {kernel}, r = {dilation}"
            model = replace(start.model, distribution=distribution)
            yield f"{name}-k{kernel}-r{dilation}", Preset(system, model, "GALD TIP Table II (b)", start.deviation)


def _inputs(base: dict[str, Preset]) -> Iterator[tuple[str, Preset]]:
    """TIP Table II (c)."""
    start = base["aspp-ldv2"]
    for part in ("key", "query"):
        changes = {f"{part}_from": "context"}
        model = replace(start.model, distribution=replace(start.model.distribution, **changes))
        system = f"{start.system}, {part} from X_g alone"
        yield f"aspp-ldv2-{part}", Preset(system, model, "GALD TIP Table II (c)", start.deviation)


def _deeper(base: dict[str, Preset]) -> Iterator[tuple[str, Preset]]:
    """ResNet-101: BMVC Table 1 (d), TIP Tables III, IV and VI."""
    for name, paper in {
        "fcn": "GALD BMVC Table 1 (d)",
        "cgnl": "GALD BMVC Table 1 (d)",
        "psp": "GALD BMVC Table 1 (d)",
        "aspp": "GALD TIP Table IV",
        "aspp-ldv2": "GALD TIP Table III",
    }.items():
        yield f"{name}-r101", _with_resnet101(base[name], paper)
    final = _with_resnet101(base["aspp-ldv2"], "GALD TIP Table VI", _GRID)
    yield "galdv2-r101", replace(final, system="GALDv2: ASPP + LDv2, multi-grid")


def _with_resnet101(start: Preset, paper: str, grid: tuple[int, ...] = ()) -> Preset:
    backbone = replace(start.model.backbone, name="resnet101", multi_grid=grid)
    model = replace(start.model, backbone=backbone)
    return replace(start, system=f"{start.system}, ResNet-101", model=model, paper=paper)
