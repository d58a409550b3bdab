"""gald bench: what an operator costs, against the plain way to compute the same."""

from __future__ import annotations

import argparse

from gald_viz.commands.report import Report, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Name, rounds and device."""
    from models.evaluation.benchmark import BENCHMARKS

    parser.add_argument("name", choices=sorted(BENCHMARKS), help="what to measure")
    parser.add_argument("--repeats", type=int, default=5, metavar="INT", help="timed rounds (default: 5)")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")


def run(arguments: argparse.Namespace) -> Report:
    """Measure.

    Raises:
        ValueError: if repeats < 1 or there is no such device.
    """
    from models.device import find_device
    from models.evaluation.benchmark import BENCHMARKS

    result = BENCHMARKS[arguments.name](repeats=arguments.repeats, device=find_device(arguments.device))
    text = [
        f"{result['name']} on {result['device']}",
        table(result["rows"], list(result["rows"][0])),
        f"speedup {result['speedup']:.1f}, memory ratio {result['memory_ratio']:.3f}",
    ]
    return Report(result, "\n".join(text))
