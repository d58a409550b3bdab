"""Pictures of a data-set index: rates by segment size and boundary distance, gains of classes, intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gald_viz.analysis.bootstrap import PairedDifference
from gald_viz.analysis.ranking import BinTable, ClassTable
from gald_viz.figures import theme
from gald_viz.figures.page import Cell
from gald_viz.figures.sheet import Heading, Sheet

FIXED, BROKEN = "#228b54", "#ce2436"
STAGE_COLORS = (theme.ACCENT, theme.SECOND, "#2e8b57", "#9a3fb5", "#7a5c3e", "#c2255c")
_HEIGHT = 250


def bins_figure(sizes: BinTable, bands: BinTable, heading: Heading, cell: Cell | None = None) -> go.Figure:
    """mIoU of every stage by size of the label's segment and by distance to its boundary."""
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + _HEIGHT + 20)
    rate: dict[str, Any] = {"title": theme.axis_title("mIoU of the classes labelled there, %"), "range": [0, 105]}
    left = sheet.chart((0, 0.44), "by area of the label's segment", {"title": theme.axis_title("px")}, rate)
    right = sheet.chart((0.56, 1), "by distance to the label's boundary", {"title": theme.axis_title("px")}, rate)
    for table, panel in ((sizes, left), (bands, right)):
        for row, stage in enumerate(table.stages):
            trace = {
                "type": "bar",
                "x": list(table.bins),
                "y": 100 * table.miou[row],
                "name": stage,
                "showlegend": panel == left,
                "marker": {"color": STAGE_COLORS[row % len(STAGE_COLORS)]},
                "customdata": np.stack([100 * table.accuracy[row], table.pixels], axis=1),
                "hovertemplate": f"{stage}, %{{x}} px: mIoU %{{y:.1f}} %<br>%{{customdata[0]:.1f}} % of "
                "%{customdata[1]:,} px right<extra></extra>",
            }
            sheet.add(trace, panel)
        # "0-2" is a range here and no date.
        sheet.axes(panel)[0]["type"] = "category"
    sheet.layout["bargap"] = 0.2
    return sheet.figure(cell=cell)


def classes_figure(table: ClassTable, stages: tuple[str, str], heading: Heading, cell: Cell | None = None) -> go.Figure:
    """Pixels of each class that the second stage fixes and breaks, and recall at both, the rarest class on the left."""
    before, after = stages
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + _HEIGHT + 40)
    shares = np.stack([table.fixed, -table.broken]) / np.maximum(table.pixels, 1)
    names = list(table.names)
    share = {"title": theme.axis_title("% of the class's pixels")}
    left = sheet.chart((0, 0.47), f"fixed and broken by {after}", {}, share)
    right = sheet.chart((0.56, 1), "IoU", {}, {"title": theme.axis_title("IoU, %"), "range": [0, 105]})
    for row, (name, color) in enumerate((("fixed", FIXED), ("broken", BROKEN))):
        sheet.add(_bar(names, 100 * shares[row], name, color, "%{y:.2f} % of the class's px"), left)
    for row, (stage, color) in enumerate(((before, theme.ACCENT), (after, theme.SECOND))):
        sheet.add(_bar(names, 100 * table.iou[row], f"IoU at {stage}", color, "%{y:.1f} %"), right)
    sheet.axes(left)[1]["zeroline"] = True
    sheet.layout["bargap"] = 0.25
    return sheet.figure(cell=cell)


def intervals_figure(
    result: PairedDifference, names: list[str], heading: Heading, cell: Cell | None = None
) -> go.Figure:
    """Difference of IoU with its interval, one line a class; classes whose interval leaves out 0 stand out."""
    defined = np.flatnonzero(~np.isnan(result.difference))
    order = defined[np.argsort(result.difference[defined], kind="stable")]
    sheet = Sheet(heading, theme.TOP + theme.BOTTOM + 26 * len(order) + 40)
    title = {"title": theme.axis_title("difference of IoU, points"), "zeroline": True, "zerolinecolor": theme.MUTED}
    panel = sheet.chart((0, 1), "", title, {})
    for clear, name, color in ((True, "interval leaves out 0", theme.SECOND), (False, "0 is inside", theme.MUTED)):
        chosen = order[result.clear[order] == clear]
        middle, low, high = (100 * values[chosen] for values in (result.difference, result.low, result.high))
        trace = {
            "type": "scatter",
            "mode": "markers",
            "x": middle,
            "y": [names[k] for k in chosen],
            "name": name,
            "marker": {"color": color, "size": 8},
            "error_x": {"type": "data", "array": high - middle, "arrayminus": middle - low, "color": color},
            "customdata": np.stack([low, high], axis=1),
            "hovertemplate": "%{y}: %{x:.2f}, %{customdata[0]:.2f} to %{customdata[1]:.2f}<extra></extra>",
        }
        sheet.add(trace, panel)
    sheet.axes(panel)[1].update(categoryorder="array", categoryarray=[names[k] for k in order])
    return sheet.figure(cell=cell)


def _bar(x: list[str], y: NDArray[np.float64], name: str, color: str, text: str) -> dict[str, Any]:
    hover = f"%{{x}}: {text} {name}<extra></extra>"
    return {"type": "bar", "x": x, "y": y, "name": name, "marker": {"color": color}, "hovertemplate": hover}
