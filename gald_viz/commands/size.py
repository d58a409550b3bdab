"""gald size: what networks with and without GA and LD find of thin posts and small signs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gald_viz.commands.report import Report, percent, table

if TYPE_CHECKING:
    from models.study.size_response import SizeCount, SizeStudy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Conditions, where the runs lie, and what to write from them."""
    from models.training.command import add_quiet
    from models.training.options import comma_list

    parser.add_argument("--out", type=Path, default=Path("runs/size"), metavar="DIR", help="runs (default: runs/size)")
    parser.add_argument("--seeds", type=comma_list(int), default=(0, 1, 2, 3, 4), metavar="INT,...", help="0,1,2,3,4")
    parser.add_argument("--networks", type=comma_list(str), default=(), metavar="NAME,...", help="only these")
    parser.add_argument("--trunk-iterations", type=int, default=500, metavar="INT", help="of the FCN before (500)")
    parser.add_argument("--iterations", type=int, default=200, metavar="INT", help="of each network (default: 200)")
    parser.add_argument("--scenes", type=int, default=40, metavar="INT", help="test scenes at each size (default: 40)")
    parser.add_argument("--report", action="store_true", help="train nothing, tell what is done")
    parser.add_argument(
        "--document", type=Path, metavar="DIR", help="write study-size.md, its picture and its CSV here"
    )
    parser.add_argument("--ship", type=Path, metavar="DIR", help="copy the first seed's networks and a card here")
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> Report:
    """Train and measure what is missing, then tell what was found.

    Raises:
        ValueError: for conditions that do not exist, or a folder with runs of others.
    """
    from gald_viz.paper.size_response import comparisons, write_document
    from models.study.size_response import NETWORKS, SizeStudy, done
    from models.study.size_response import run as measured

    study = SizeStudy(
        seeds=arguments.seeds,
        networks=arguments.networks or NETWORKS,
        trunk_steps=arguments.trunk_iterations,
        steps=arguments.iterations,
        scenes=arguments.scenes,
    )
    if arguments.report:
        counts = done(study, arguments.out)
    else:
        counts = list(measured(study, arguments.out, progress=not arguments.quiet))
    rows = [asdict(count) for count in counts]
    compared = comparisons(rows)
    if arguments.document:
        write_document(study, counts, arguments.out, arguments.document)
    if arguments.ship:
        _ship(study, counts, arguments)
    means = _means(counts)
    text = "\n\n".join([table(means, list(means[0])), table(compared, list(compared[0]) if compared else [])])
    return Report({"conditions": asdict(study), "rows": rows, "comparisons": compared}, text)


def _ship(study: SizeStudy, counts: Sequence[SizeCount], arguments: argparse.Namespace) -> None:
    from models.study.size_networks import ship

    ship(study, counts, arguments.out, arguments.ship)


def _means(counts: Sequence[SizeCount]) -> list[dict[str, Any]]:
    """Mean recall over the seeds, a line a network, a column a size, in per cent."""
    lines: dict[str, dict[str, list[float]]] = {}
    for count in counts:
        column = lines.setdefault(count.network, {}).setdefault(f"{count.knob} {count.size}", [])
        column += [count.hits / count.labelled] if count.labelled else []
    return [
        {"recall %": network} | {name: percent(sum(v) / len(v)) if v else None for name, v in columns.items()}
        for network, columns in lines.items()
    ]
