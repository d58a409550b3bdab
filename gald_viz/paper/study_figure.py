"""The picture of a study: scores of the rows on the left, the differences that the paper claims on the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gald_viz.analysis.study import CONTRADICTED, HOLDS, NOT_SEEN, UNDECIDED, StudySummary
from gald_viz.figures.theme import INK, MUTED, RULE
from models.study.row import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Safe for colour-blind readers (Okabe and Ito); the word stands beside the point as well.
_COLOURS = {HOLDS: "#0072b2", CONTRADICTED: "#d55e00", NOT_SEEN: "#8a8f98", UNDECIDED: "#8a8f98"}
_LINE = 0.34  # inches a row
_RESOLUTION = 150  # dots per inch of the PNG


def draw(study: Study, summary: StudySummary, files: Sequence[Path]) -> None:
    """Draw into files of any format that matplotlib writes, text as text."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = max(len(summary.rows), len(summary.claims), 3)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": study.name, "font.size": 9}):
        figure = Figure((11, 1.5 + _LINE * lines), layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        seeds = max(len(row.seeds) for row in summary.rows)
        figure.suptitle(
            f"{study.source}: {study.question}\n{summary.images} images, up to {seeds} seeds a row",
            x=0.01,
            ha="left",
            fontsize=11,
            color=INK,
        )
        _draw_rows(left, summary)
        _draw_claims(right, summary, {row.key: row.label for row in study.rows})
        for file in files:
            # A date in the file would make every drawing another one.
            figure.savefig(file, dpi=_RESOLUTION, metadata={"Date": None} if file.suffix == ".svg" else None)


def _draw_rows(axes: Axes, summary: StudySummary) -> None:
    for place, row in enumerate(summary.rows):
        axes.plot(row.values, [place] * len(row.values), "o", color="#56b4e9", markersize=4, alpha=0.8)
        axes.plot([row.mean], [place], "|", color=INK, markersize=14, markeredgewidth=2)
    axes.plot([], [], "o", color="#56b4e9", markersize=4, label="one training")
    axes.plot([], [], "|", color=INK, markersize=10, markeredgewidth=2, label="mean")
    axes.set_yticks(range(len(summary.rows)), [f"{row.label}  {row.mean:.1f}" for row in summary.rows])
    _dress(axes, f"{_title(summary)} (%)")


def _draw_claims(axes: Axes, summary: StudySummary, labels: dict[str, str]) -> None:
    axes.axvline(0, color=MUTED, linewidth=0.8)
    for place, claim in enumerate(summary.claims):
        colour = _COLOURS[claim.verdict]
        axes.plot([claim.low, claim.high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
        axes.plot([claim.difference], [place], "o", color=colour, markersize=5)
        axes.plot([claim.published], [place], "D", markerfacecolor="none", markeredgecolor=INK, markersize=5)
        axes.annotate(claim.verdict, (1.01, place), xycoords=("axes fraction", "data"), va="center", color=colour)
    axes.plot([], [], "o-", color=_COLOURS[HOLDS], label="here, 95 % over images")
    axes.plot([], [], "D", markerfacecolor="none", markeredgecolor=INK, label="the paper, its data")
    names = [
        f"{labels[claim.row]} against {labels[claim.against]}  {claim.difference:+.1f}" for claim in summary.claims
    ]
    axes.set_yticks(range(len(names)), names)
    _dress(axes, f"difference in {_title(summary)} (points)")


def _title(summary: StudySummary) -> str:
    return "mIoU" if summary.metric == "miou" else summary.metric.replace("_", " ")


def _dress(axes: Axes, label: str) -> None:
    axes.set_xlabel(label, color=INK)
    axes.invert_yaxis()
    axes.margins(y=0.12)
    axes.tick_params(colors=INK, length=3)
    axes.grid(axis="x", color=RULE, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False, fontsize=8)
