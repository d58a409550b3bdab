"""A place on a page of several figures: any figure function draws into it when it is given as ``cell``."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from gald_viz.figures import theme

Span = tuple[float, float]

_HEADING = 66  # pixels above a cell's plots, for title and subtitle in small type and a panel's own title
_TITLE = 38  # letters in a line of a panel's title
_LEGEND_LINE, _LEGEND_TYPE, _LETTER = 17, 11, 6.4  # pixels
_AXIS = re.compile(r"^([xy])axis(\d*)$")
_LINKS = ("anchor", "matches", "scaleanchor", "overlaying")


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle of a page.

    Attributes:
        page: the figure that grows.
        x, y: from and to, as shares of the page.
    """

    page: go.Figure
    x: Span
    y: Span

    def add(self, drawn: go.Figure) -> go.Figure:
        """Put a copy of a figure here, with its axes, colour bars, heading and legend; returns the page."""
        parts = drawn.to_dict()
        layout = parts["layout"]
        entries = _entries(parts["data"], (self.x[1] - self.x[0]) * theme.WIDTH)
        inner = self._inside(layout, entries.count("<br>") + 1 if entries else 0)
        names = _new_names(self.page, layout)
        added: dict[str, Any] = {}
        for key, value in layout.items():
            if _AXIS.match(key):
                added[_axis_key(names[_axis_id(key)])] = _moved_axis(value, names, inner[key[0]])
            elif key.startswith("coloraxis"):
                added[names[key]] = _with_bar(value, inner)
        notes = [_moved_note(note, names, inner) for note in layout.get("annotations", ())]
        heading = _text(layout.get("title", {}).get("text", ""), (self.x[0], self.y[1]), "top", 13)
        legend = _text(entries, (self.x[0], self.y[0]), "bottom", _LEGEND_TYPE)
        shapes = [_moved_note(shape, names, inner) for shape in layout.get("shapes", ())]
        added["annotations"] = [*self.page.layout.annotations, *notes, heading, legend]
        added["shapes"] = [*self.page.layout.shapes, *shapes]
        self.page.add_traces([_moved_trace(trace, names, inner) for trace in parts["data"]])
        return self.page.update_layout(added)

    def _inside(self, layout: dict[str, Any], lines: int) -> dict[str, Span]:
        """Where the plots stand: the cell without room for ticks, colour bars, heading and legend."""
        margin = layout.get("margin", {})
        width, height = theme.WIDTH, float(self.page.layout.height)
        left, right = (margin.get(side, theme.LEFT) / width for side in "lr")
        bottom, top = (theme.BOTTOM + 10 + lines * _LEGEND_LINE) / height, _HEADING / height
        return {"x": (self.x[0] + left, self.x[1] - right), "y": (self.y[0] + bottom, self.y[1] - top)}


def page(rows: int, columns: int, row_height: float = 420) -> list[Cell]:
    """The cells of an empty page, row by row; every cell's ``page`` is the same figure.

    Args:
        rows, columns: of the grid.
        row_height: pixels.

    Raises:
        ValueError: if one of them is not above 0.
    """
    if min(rows, columns) < 1 or row_height <= 0:
        raise ValueError(f"{rows} rows of {row_height} pixels and {columns} columns; all must be above 0.")
    figure = go.Figure(layout=theme.layout("", "", rows * row_height))
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 8}, title=None, showlegend=False, shapes=[], annotations=[]
    )
    return [
        Cell(figure, (c / columns, (c + 1) / columns), (1 - (r + 1) / rows, 1 - r / rows))
        for r in range(rows)
        for c in range(columns)
    ]


def _new_names(onto: go.Figure, layout: dict[str, Any]) -> dict[str, str]:
    """Axis ids and colour axes of a figure -> free ones of the page."""
    taken = onto.layout.to_plotly_json()
    names: dict[str, str] = {}
    for kind in "xy":
        count = sum(1 for key in taken if (found := _AXIS.match(key)) and found[1] == kind)
        own = sorted(
            (key for key in layout if (m := _AXIS.match(key)) and m[1] == kind), key=lambda key: (len(key), key)
        )
        names |= {_axis_id(key): f"{kind}{count + k + 1}" for k, key in enumerate(own)}
    count = sum(1 for key in taken if key.startswith("coloraxis"))
    own = sorted(key for key in layout if key.startswith("coloraxis"))
    return names | {key: f"coloraxis{count + k + 1}" for k, key in enumerate(own)}


def _axis_id(key: str) -> str:
    """xaxis3 -> x3."""
    return key.replace("axis", "")


def _axis_key(name: str) -> str:
    """x3 -> xaxis3; x1 is xaxis."""
    return f"{name[0]}axis{'' if name[1:] == '1' else name[1:]}"


def _known(name: str, names: dict[str, str]) -> str:
    """The page's id of an axis, which calls the first one x and not x1."""
    found = names.get(name, name)
    return found[:1] if found[1:] == "1" else found


def _scaled(value: float, span: Span) -> float:
    return span[0] + value * (span[1] - span[0])


def _moved_axis(axis: dict[str, Any], names: dict[str, str], span: Span) -> dict[str, Any]:
    low, high = axis.get("domain", (0.0, 1.0))
    moved = axis | {"domain": (_scaled(low, span), _scaled(high, span))}
    return moved | {link: _known(axis[link], names) for link in _LINKS if link in axis}


def _moved_trace(trace: dict[str, Any], names: dict[str, str], inner: dict[str, Span]) -> dict[str, Any]:
    moved = _with_bar(trace, inner)
    if "domain" in trace:
        sides = {side: [_scaled(value, inner[side]) for value in trace["domain"].get(side, (0, 1))] for side in "xy"}
        return moved | {"domain": sides}
    moved |= {f"{kind}axis": _known(trace.get(f"{kind}axis", kind), names) for kind in "xy"}
    if "coloraxis" in trace:
        moved["coloraxis"] = names[trace["coloraxis"]]
    if "coloraxis" in trace.get("marker", {}):
        moved["marker"] = trace["marker"] | {"coloraxis": names[trace["marker"]["coloraxis"]]}
    return moved


def _with_bar(part: dict[str, Any], inner: dict[str, Span]) -> dict[str, Any]:
    """A colour bar stands where its plots stand, and is as long as they are."""
    bar = part.get("colorbar")
    if bar is None:
        return dict(part)
    moved = bar | {"x": _scaled(bar.get("x", 1.02), inner["x"]), "y": _scaled(bar.get("y", 0.5), inner["y"])}
    if bar.get("lenmode", "fraction") == "fraction":
        moved["len"] = bar.get("len", 1.0) * (inner["y"][1] - inner["y"][0])
    return part | {"colorbar": moved}


def _moved_note(note: dict[str, Any], names: dict[str, str], inner: dict[str, Span]) -> dict[str, Any]:
    moved = dict(note)
    if "text" in note:
        # A panel is smaller here than on a page of its own.
        moved["text"] = "<br>".join(textwrap.wrap(note["text"], _TITLE)) if len(note["text"]) > _TITLE else note["text"]
        moved["font"] = note.get("font", {}) | {"size": min(note.get("font", {}).get("size", 12), _LEGEND_TYPE)}
    for kind in "xy":
        ref = note.get(f"{kind}ref", "paper")
        if ref == "paper":
            places: Sequence[str] = [key for key in (kind, f"{kind}0", f"{kind}1") if key in note]
            moved |= {key: _scaled(note[key], inner[kind]) for key in places}
        else:
            name, _, rest = ref.partition(" ")
            moved[f"{kind}ref"] = f"{_known(name, names)} {rest}".strip()
    return moved


def _text(text: str, corner: tuple[float, float], anchor: str, size: float) -> dict[str, Any]:
    """A text at the left of a cell, at its top or bottom."""
    place = {"x": corner[0], "y": corner[1], "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": anchor}
    return {"text": text, "align": "left", "showarrow": False, "font": {"size": size, "color": theme.INK}} | place


def _entries(traces: Sequence[dict[str, Any]], width: float) -> str:
    """The legend in lines of so many pixels: plotly's own would take the width of the page."""
    signs = {t["name"]: _sign(t) for t in traces if t.get("name") and t.get("showlegend", True)}
    lines: list[list[str]] = [[]]
    used = 0.0
    for name, sign in signs.items():
        own = (len(name) + 4) * _LETTER
        if lines[-1] and used + own > width:
            lines.append([])
            used = 0.0
        lines[-1].append(f"{sign} {name}")
        used += own
    return "<br>".join("   ".join(line) for line in lines) if signs else ""


def _sign(trace: dict[str, Any]) -> str:
    line, marker = trace.get("line", {}), trace.get("marker", {})
    lined = "lines" in trace.get("mode", "")
    color = (line if lined else marker).get("color", theme.INK)
    color = color if isinstance(color, str) else theme.INK
    sign = ("╍" if line.get("dash", "solid") != "solid" else "━") if lined else "■"
    return f"<span style='color:{color}'>{sign}</span>"
