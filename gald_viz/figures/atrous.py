"""The share of valid filter taps against the atrous rate."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from gald_viz.analysis.atrous import ValidTaps
from gald_viz.figures import theme
from gald_viz.figures.page import Cell
from gald_viz.figures.sheet import Heading, Sheet

# From the full filter down to the centre alone.
_COLORS = (theme.ACCENT, "#2aa7a0", "#7a3fb0", "#98a1b0", "#f5c400")
_CENTRE_ALONE = theme.SECOND
_HEIGHT = 360  # pixels of the plot


def valid_taps_figure(
    result: ValidTaps, heading: Heading, marked: Sequence[int] = (), cell: Cell | None = None
) -> go.Figure:
    """One line for each number of valid taps, the full filter first.

    Args:
        result: shares against the rate.
        heading: title and subtitle.
        marked: rates to point out, such as those of a network's ASPP.
        cell: of a page to draw into; a figure of its own without.
    """
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + _HEIGHT)
    x = {"title": theme.axis_title("atrous rate [cells]")}
    y = {"title": theme.axis_title("positions [%]"), "range": (0, 102)}
    panel = sheet.chart((0, 1), "", x, y)
    for index, taps in enumerate(result.taps[::-1].tolist()):
        color = _CENTRE_ALONE if taps == 1 else _COLORS[index % len(_COLORS)]
        sheet.add(
            {
                "type": "scatter",
                "mode": "lines+markers" if len(result.rates) < 2 else "lines",
                "name": f"{taps} of {result.kernel**2} taps valid",
                "x": result.rates,
                "y": 100 * result.share[:, result.taps == taps][:, 0],
                "line": {"color": color, "width": 2.5 if taps in (1, result.kernel**2) else 1.5},
                "hovertemplate": f"rate %{{x}}: {taps} taps valid at %{{y:.1f}} %<extra></extra>",
            },
            panel,
        )
    for rate in marked:
        line = {"color": theme.MUTED, "width": 1, "dash": "dot"}
        sheet.shape({"type": "line", "x0": rate, "x1": rate, "y0": 0, "y1": 102, "line": line}, panel)
    return sheet.figure(clickable_legend=True, cell=cell)
