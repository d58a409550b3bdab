"""One look for all figures: colours, type, margins. Applied by a call, never on import."""

from __future__ import annotations

from typing import Any

from gald_viz.figures.plain import plain

INK = "#1f2430"
MUTED = "#667085"
RULE = "#d6dae1"
GRID = "#eceff3"
ACCENT = "#2f6db5"
SECOND = "#d9822b"
FONT = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', Helvetica, Arial, sans-serif"
WIDTH = 900  # the width in pixels that the figures are laid out for; they stretch from there

HEAT_SCALE = "Viridis"  # how far a mask is open, how high an entropy is
WEIGHT_SCALE = "YlOrRd"  # a weight: redder is higher
DIFFERENCE_SCALE = "RdBu_r"  # a difference: red is more, blue is less

LEFT, RIGHT, TOP, BOTTOM = 52, 24, 84, 44  # margins in pixels

CHART_AXIS: dict[str, Any] = {
    "showline": True,
    "linecolor": RULE,
    "gridcolor": GRID,
    "zeroline": False,
    "ticks": "outside",
    "tickcolor": RULE,
    "ticklen": 4,
    "automargin": True,
    "tickfont": {"size": 11, "color": MUTED},
}
PIXEL_AXIS: dict[str, Any] = {
    "showgrid": False,
    "zeroline": False,
    "showline": True,
    "mirror": True,
    "linecolor": RULE,
    "constrain": "domain",
    "ticks": "outside",
    "ticklen": 3,
    "tickcolor": RULE,
    "tickfont": {"size": 10, "color": MUTED},
    "nticks": 5,
    "ticksuffix": " px",
}


def layout(title: str, subtitle: str, height: float) -> dict[str, Any]:
    """Heading, type, margins and height; the subtitle carries the number that backs the picture."""
    return {
        "template": "none",
        "height": round(height),
        "title": {
            "text": f"<b>{plain(title)}</b><br><span style='font-size:13px;color:{MUTED}'>{plain(subtitle)}</span>",
            "font": {"size": 17, "color": INK},
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"l": 8, "t": 24},
        },
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "margin": {"l": LEFT, "r": RIGHT, "t": TOP, "b": BOTTOM},
        "hoverlabel": {"font": {"family": FONT, "size": 12}},
        "showlegend": False,
        "legend": {"font": {"size": 12}, "bgcolor": "rgba(255,255,255,0)"},
    }


def axis_title(text: str) -> dict[str, Any]:
    """An axis title in the small type."""
    return {"text": text, "font": {"size": 12, "color": INK}}


def colour_bar(title: str, **placement: Any) -> dict[str, Any]:
    """A slim colour bar with its quantity written along it."""
    return {
        "title": {"text": title, "side": "top", "font": {"size": 12}},
        "thickness": 12,
        "outlinewidth": 0,
        "tickfont": {"size": 11, "color": MUTED},
        "ticks": "outside",
        "ticklen": 3,
        "nticks": 6,
        **placement,
    }
