"""Figures as files: PDF, SVG, PNG, captions and manifest; and the same pixels again from a manifest."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gald_viz.paper import caption
from gald_viz.paper.figure import Facts, Made, PaperFigure
from gald_viz.paper.figures import figure as figure_named
from gald_viz.paper.figures import stages_read
from gald_viz.paper.manifest import check_same, manifest, read_manifest
from gald_viz.paper.studio import Settings, Shelf, Studio
from gald_viz.paper.style import FORMATS, check_width, file_bytes, new_figure, print_style
from models.checkpoint import write_atomically
from models.device import threads, using_threads

GENERATED = "scenes"  # figures of other data carry its name


@dataclass(frozen=True, slots=True)
class Written:
    """A figure on disk.

    Attributes:
        figure: which.
        facts: what was said.
        manifest: as written.
        files: paths by suffix: pdf, svg, png, tex, md, json.
        seconds: that it took.
    """

    figure: PaperFigure
    facts: Facts
    manifest: dict[str, Any]
    files: dict[str, Path]
    seconds: float


def write_figure(
    figure: PaperFigure, settings: Settings, out: Path, width: str = "two", shelf: Shelf | None = None
) -> Written:
    """Compute, draw and write a figure with its captions and its manifest.

    Args:
        figure: which.
        settings: networks, data set, seed.
        out: folder.
        width: ``one`` or ``two`` columns.
        shelf: networks that are open already.

    Raises:
        ValueError: if a network or the data set is missing or does not fit, or there is no such width.
    """
    start = time.perf_counter()
    studio = Studio(settings, figure.roles, shelf or Shelf(stages_read()))
    return _write(figure, studio, figure.compute(studio), out, width, start)


def draw_again(path: Path, out: Path, root: str = "") -> tuple[Written, bool]:
    """Draw what a manifest describes, and tell whether the PNG is the same byte for byte.

    Args:
        path: the manifest.
        out: folder.
        root: folder of the data set, where it lies elsewhere now.

    Raises:
        ValueError: if the manifest cannot be read, or weights or images are others now.
    """
    found, settings = read_manifest(path, root)
    figure = figure_named(found["figure"])
    start = time.perf_counter()
    studio = Studio(settings, figure.roles, Shelf(stages_read()))
    # The order of a sum, and so its last bit, follows from the number of threads.
    with using_threads(found.get("threads", threads())):
        made = figure.compute(studio)
        check_same(found, studio)
        written = _write(figure, studio, made, out, found["width"], start)
    data = written.files["png"].read_bytes()
    return written, hashlib.sha256(data).hexdigest() == found["files"][written.files["png"].name]


def _write(figure: PaperFigure, studio: Studio, made: Made, out: Path, width: str, start: float) -> Written:
    data = studio.settings.data
    stem = figure.name if data == GENERATED or not figure.data else f"{figure.name}-{data}"
    drawn = _drawn(figure, studio, made.data, width)
    found = manifest(figure, studio, made.facts, width, {f"{stem}.{kind}": drawn[kind] for kind in FORMATS})
    found["stem"] = stem
    texts = {
        "tex": caption.latex(figure, made.facts, found),
        "md": caption.markdown(figure, made.facts, found),
        "json": json.dumps(found, indent=2) + "\n",
    }
    files = {kind: out / f"{stem}.{kind}" for kind in (*FORMATS, *texts)}
    for kind, content in (drawn | {kind: text.encode() for kind, text in texts.items()}).items():
        write_atomically(files[kind], content)
    return Written(figure, made.facts, found, files, time.perf_counter() - start)


def _drawn(figure: PaperFigure, studio: Studio, data: Any, width: str) -> dict[str, bytes]:
    inches = check_width(width)
    signed = {
        "figure": figure.name,
        "paper": figure.paper,
        "number": figure.number,
        "weights": {role: used["sha256"] for role, used in studio.used.items()},
        "images": list(dict.fromkeys(studio.shown)),
        "seed": studio.settings.seed,
    }
    with print_style(figure.name):
        page = new_figure(inches, figure.height(data, inches))
        figure.draw(data, page)
        # Laid out here: every format has the same places. The second pass gives room to what the first one moved.
        page.draw_without_rendering()
        page.draw_without_rendering()
        page.set_layout_engine("none")
        return {kind: file_bytes(page, kind, signed) for kind in FORMATS}
