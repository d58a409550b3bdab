"""Measure in a real browser how long the explorer takes to answer.

    uv run python -m apps.measure_latency --rounds 50

``first_picture``: from opening the page to its picture, by a server that has just been started; ``new_image``: from
*Next* to the new picture; ``click``: from a click on a pixel to the new dots, weights and numbers; ``edit``: from
another strength of an edit to its picture and numbers, before the random edits that follow; ``umap``: a seeded UMAP of
some twenty thousand cells, warm. Seconds: the 95th percentile, the median, and where they go. A machine that does other
work gives larger ones.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apps.browser import chromium, served_explorer
from apps.latency.actions import ACTIONS, first_pictures, new_page
from apps.latency.clock import machine
from apps.latency.profile import server_profiles
from apps.latency.table import lines, parts, rows, summary
from gald_viz.paper.performance import recorded
from models.evaluation.benchmark.measure import describe_device, hardware

NAMES = ("first_picture", *ACTIONS)


def measure(counts: dict[str, int], told: Callable[[str], None]) -> dict[str, Any]:
    """Latencies of the actions that have a count; told is given a line after each."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    found: dict[str, Any] = {}

    def keep(name: str, figures: dict[str, Any]) -> None:
        found[name] = figures
        told(lines({name: figures})[-1])

    with chromium() as browser:
        if counts.get("first_picture"):
            seconds = zip(*first_pictures(browser, environment, counts["first_picture"]), strict=True)
            for name, values in zip(("server_start", "first_picture", "next_reader"), seconds, strict=True):
                keep(name, summary(values))
        with served_explorer(environment) as url:
            for name, action in ACTIONS.items():
                if counts.get(name):
                    page = new_page(browser)
                    timings = list(action(page, url, counts[name]))
                    page.close()
                    keep(name, summary([one.total for one in timings]) | {"parts": parts(timings)})
    return found | {"machine": machine()}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Latencies of the explorer in a real browser.")
    parser.add_argument("--rounds", type=int, default=50, help="of new image, click and edit (default: 50)")
    parser.add_argument("--starts", type=int, default=3, help="of a server, with a first picture each (default: 3)")
    parser.add_argument("--maps", type=int, default=5, help="of UMAP (default: 5)")
    parser.add_argument("--only", choices=NAMES, nargs="+", default=NAMES, help="what to measure (default: all)")
    parser.add_argument(
        "--profile", action="store_true", help="tell where the server's part goes, function by function"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a record for docs/performance.md as well")
    asked = parser.parse_args()
    counts = {"first_picture": asked.starts, "umap": asked.maps}
    told: Callable[[str], None] = (lambda _line: None) if asked.json else print
    told(lines({})[0])
    found = measure({name: counts.get(name, asked.rounds) for name in asked.only}, told)
    if asked.profile:
        found["server_functions"] = server_profiles()
    if asked.out:
        measured = {"name": "explorer", "device": describe_device(), "hardware": hardware(), "rows": rows(found)}
        asked.out.write_text(recorded(measured, "python -m apps.measure_latency"))
    shown = found if asked.json else {key: found[key] for key in ("machine", "server_functions") if key in found}
    print(json.dumps(shown, indent=2))


if __name__ == "__main__":
    main()
