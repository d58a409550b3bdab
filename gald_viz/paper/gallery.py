"""All figures into one folder, with a page that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from gald_viz.paper.caption import sentences
from gald_viz.paper.figure import PaperFigure
from gald_viz.paper.figures import figures, stages_read
from gald_viz.paper.studio import Settings, Shelf
from gald_viz.paper.write import GENERATED, Written, write_figure
from models.checkpoint import write_atomically

PHOTOGRAPHS = "camvid"  # what else ships networks
_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#1f2430}"
    "figure{margin:2.5em 0}img{max-width:100%;border:1px solid #d6dae1}code{background:#f2f4f7;padding:.1em .3em}"
)


def write_gallery(
    settings: Settings, out: Path, width: str = "two", chosen: Sequence[PaperFigure] | None = None
) -> tuple[list[Written], dict[str, str]]:
    """Write the figures of the data set, with a root of generated scenes also those of CamVid, and index.html.

    Args:
        settings: of all figures.
        out: folder.
        width: ``one`` or ``two`` columns.
        chosen: which figures; all without.

    Returns:
        the figures that were written, and why others were not.
    """
    written: list[Written] = []
    left: dict[str, str] = {}
    for own, some in _jobs(settings, tuple(figures().values()) if chosen is None else chosen):
        # One shelf a data set: what the networks held of all its images is a gigabyte at most.
        shelf = Shelf(stages_read())
        for figure in some:
            try:
                written.append(write_figure(figure, own, out, width, shelf))
            except ValueError as error:
                left[figure.name if own.data == GENERATED else f"{figure.name} on {own.data}"] = str(error)
    write_atomically(out / "index.html", _page(written, left).encode())
    return written, left


def _jobs(settings: Settings, chosen: Sequence[PaperFigure]) -> Iterator[tuple[Settings, Sequence[PaperFigure]]]:
    """The figures by data set."""
    if settings.data != GENERATED or not settings.root:
        yield settings, chosen
        return
    yield replace(settings, root=""), chosen
    yield replace(settings, data=PHOTOGRAPHS), [figure for figure in chosen if figure.data]


def _page(written: Sequence[Written], left: dict[str, str]) -> str:
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Figures</title>",
        f"<style>{_STYLE}</style><h1>Figures of the papers</h1>",
        *map(_entry, written),
    ]
    if left:
        reasons = "".join(f"<li><b>{escape(name)}</b>: {escape(why)}</li>" for name, why in left.items())
        parts.append(f"<h2>Left out</h2><ul>{reasons}</ul>")
    return "\n".join([*parts, "</html>\n"])


def _entry(one: Written) -> str:
    first, *rest = (escape(part) for part in sentences(one.figure, one.facts, one.manifest))
    links = " · ".join(f"<a href='{escape(path.name)}'>{kind}</a>" for kind, path in one.files.items())
    picture = escape(one.files["png"].name)
    return (
        f"<figure id='{escape(one.manifest['stem'])}'><img src='{picture}' alt='{escape(one.figure.title)}'>"
        f"<figcaption><b>{first}</b> {' '.join(rest)}<br>{links}<br>"
        f"<code>{escape(one.manifest['command'])}</code></figcaption></figure>"
    )
