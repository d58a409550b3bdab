"""gald models: every preset and detector with its cost, beside what its paper prints."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gald_viz.commands.report import Report, table
from models.presets import DETECTORS, PRESETS, DetectorPreset, Preset, any_preset

if TYPE_CHECKING:
    from models.evaluation.arithmetic import Figure
    from models.evaluation.cost import Cost

_COLUMNS = (
    *("name", "system", "params [M]", "MACs [G]", "input", "with aux [M]"),
    *("backbone", "GA", "LD", "head", "decoder", "memory [MB]"),
    *("paper's figure", "off by [%]", "paper", "deviation"),
)
_PARTS = {"backbone": "backbone", "GA": "ga", "LD": "ld", "head": "head", "decoder": "decoder"}
_ABOUT = (
    "backbone to decoder: their MACs [G]; of a detector the decoder is the feature pyramid. "
    "memory: activations of one image at the busiest moment, estimated. "
    "off by: ours against the paper's figure. gald recipes lists what trains each, named last."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Names of presets, all when there are none."""
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="only these (default: all)")


def run(arguments: argparse.Namespace) -> Report:
    """Count each preset at the input of its paper, without allocating a network.

    Raises:
        ValueError: for a name that is no preset.
    """
    from tqdm import tqdm

    chosen = {name: any_preset(name) for name in arguments.presets or (*PRESETS, *DETECTORS)}
    rows = [_row(name, entry) for name, entry in tqdm(chosen.items(), desc="count", leave=False, disable=None)]
    notes = [
        f"{row['name']}: {figure['metric']} of {figure['source']}: {figure['note']}"
        for row in rows
        for figure in row["published"]
        if figure["note"]
    ]
    trained = [f"{row['name']}: trained by {', '.join(row['recipes'])}" for row in rows if row["recipes"]]
    return Report(rows, "\n".join([table([_line(row) for row in rows], _COLUMNS), "", _ABOUT, *notes, "", *trained]))


def _row(name: str, entry: Preset | DetectorPreset) -> dict[str, Any]:
    from models.recipes import recipes_of

    found, classes, figures = _counted(name, entry)
    return {
        "name": name,
        "system": entry.system,
        "params": found.params,
        "params_aux": found.params_aux,
        "macs": found.macs,
        "macs_by_part": dict(found.parts),
        "activation_bytes": found.activations,
        "input": list(found.size),
        "classes": classes,
        "paper": entry.paper,
        "deviation": entry.deviation,
        "published": [
            {
                "metric": figure.metric,
                "printed": figure.printed,
                "counted": figure.counted,
                "deviation": figure.deviation,
                "source": figure.source,
                "note": figure.note,
            }
            for figure in figures
        ],
        "recipes": list(recipes_of(name)),
    }


def _counted(name: str, entry: Preset | DetectorPreset) -> tuple[Cost, int, tuple[Figure, ...]]:
    """Cost, number of classes, and the paper's figures; no paper prints those of a detector."""
    from models.detection.cost import detector_cost, detector_input
    from models.evaluation.arithmetic import cost_of, figures_of, input_of

    if isinstance(entry, DetectorPreset):
        size, classes = detector_input(name, entry.model)
        return detector_cost(entry.model, size, classes), classes, ()
    return cost_of(name, entry), input_of(name, entry)[1], figures_of(name, entry)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    figures = row["published"]
    return row | {
        "params [M]": row["params"] / 1e6,
        "with aux [M]": row["params_aux"] / 1e6,
        "MACs [G]": row["macs"] / 1e9,
        "memory [MB]": row["activation_bytes"] / 1e6,
        "input": "x".join(map(str, row["input"])),
        **{title: row["macs_by_part"].get(part, 0) / 1e9 for title, part in _PARTS.items()},
        "paper's figure": "; ".join(map(_printed, figures)) or None,
        "off by [%]": "; ".join(f"{100 * figure['deviation']:+.2f}" for figure in figures) or None,
    }


def _printed(figure: dict[str, Any]) -> str:
    value, metric = figure["printed"], figure["metric"]
    if metric.startswith("MACs"):
        return f"{value / 1e9:.2f} G{metric.removeprefix('MACs')}"
    return f"{'+' if metric.startswith('added') else ''}{value / 1e6:.2f} M"
