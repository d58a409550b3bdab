"""The look of print: widths of a column, type that stays legible there, text as text, the same bytes every time."""

from __future__ import annotations

import io
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gald_viz.figures.theme import INK, MUTED, RULE

# Inches, of the two-column layout that the papers have.
WIDTHS = {"one": 3.5, "two": 7.16}
TEXT, SMALL = 7.0, 6.0  # points; only names that would overlap are smaller than SMALL
RESOLUTION = 300  # dots per inch of a PNG
FORMATS = ("pdf", "svg", "png")
KEY = "gald"  # of the PNG's text that says what made it
# Told apart by colour-blind readers (Okabe and Ito), in the order of use.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")

_RULES: dict[str, Any] = {
    "font.size": TEXT,
    "font.family": "DejaVu Sans",
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "axes.titlepad": 3.0,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.5,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "grid.color": RULE,
    "grid.linewidth": 0.4,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.2,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.0,
    "figure.dpi": RESOLUTION,
    # TrueType, so that a printer and a search find the words.
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "figure.constrained_layout.h_pad": 0.02,
    "figure.constrained_layout.w_pad": 0.02,
    "figure.constrained_layout.hspace": 0.02,
    "figure.constrained_layout.wspace": 0.02,
}


@contextmanager
def print_style(salt: str = KEY) -> Generator[None]:
    """Print's type and lines while the block runs; what was set before comes back.

    Args:
        salt: of the ids in an SVG; the same salt gives the same bytes.
    """
    rules: Any = {**_RULES, "svg.hashsalt": salt}
    with matplotlib.rc_context(rules):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches, laid out so that nothing is cut off."""
    figure = Figure((width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def check_width(name: str) -> float:
    """Inches of a width.

    Raises:
        ValueError: if it is neither ``one`` nor ``two`` columns.
    """
    if name not in WIDTHS:
        raise ValueError(f"width is {name!r}, must be one of {list(WIDTHS)} columns.")
    return WIDTHS[name]


def file_bytes(figure: Figure, kind: str, made_by: Mapping[str, Any]) -> bytes:
    """The figure as a file, without a date; call it inside print_style.

    Args:
        figure: of new_figure.
        kind: ``pdf``, ``svg`` or ``png`` (300 dots per inch).
        made_by: what made it, written into the file as JSON.

    Raises:
        ValueError: for another kind.
    """
    if kind not in FORMATS:
        raise ValueError(f"format is {kind!r}, must be one of {list(FORMATS)}.")
    note = json.dumps(dict(made_by))
    metadata: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None, "Subject": note},
        "svg": {"Date": None, "Description": note},
        "png": {"Software": None, KEY: note},
    }
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=RESOLUTION, metadata=metadata[kind])
    return buffer.getvalue()
