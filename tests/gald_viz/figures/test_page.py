"""Several figures on one page."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import plotly.graph_objects as go
import pytest

from gald_viz import figures
from gald_viz.analysis.atrous import valid_taps
from gald_viz.figures.atrous import valid_taps_figure
from gald_viz.figures.page import Cell, page
from gald_viz.figures.sheet import Heading

_COPIES = ("enlarged", "darkened", "marked_pixel_figure")  # take a figure and no result


def test_every_figure_function_takes_a_cell_and_returns_the_figure():
    modules = [importlib.import_module(f"{figures.__name__}.{m.name}") for m in pkgutil.iter_modules(figures.__path__)]
    drawing = [
        (function, inspect.signature(function))
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and name not in _COPIES
    ]
    found = [(f, s) for f, s in drawing if s.return_annotation in ("go.Figure", go.Figure)]

    assert len(found) > 30
    assert [f"{f.__module__}.{f.__name__}" for f, s in found if "cell" not in s.parameters] == []


def test_two_charts_stand_side_by_side_with_axes_of_their_own():
    left, right = page(rows=1, columns=2, row_height=400)
    taps = valid_taps((9, 9), (1, 4, 9))

    valid_taps_figure(taps, Heading("first", "1"), marked=(4,), cell=left)
    drawn = valid_taps_figure(taps, Heading("second", "2"), marked=(4,), cell=right)

    assert drawn is left.page is right.page
    assert {trace.xaxis for trace in drawn.data} == {"x", "x2"} and len(drawn.data) == 2 * len(taps.taps)
    assert 0 < drawn.layout.xaxis.domain[0] < drawn.layout.xaxis.domain[1] < 0.5
    # 52 of 900 pixels for ticks at the left, 24 at the right; both in a half of the page.
    assert drawn.layout.xaxis2.domain == pytest.approx((0.5 + 52 / 900, 1 - 24 / 900))
    assert [shape.xref for shape in drawn.layout.shapes] == ["x", "x2"]
    assert drawn.layout.yaxis2.anchor == "x2"
    words = " ".join(note.text for note in drawn.layout.annotations)
    assert "first" in words and "second" in words and "9 of 9 taps valid" in words


def test_colour_bars_and_sankeys_move_along():
    cell = Cell(go.Figure(layout={"height": 400}), (0.5, 1.0), (0.0, 0.5))
    drawn = go.Figure(
        [
            {"type": "heatmap", "z": [[1]], "colorbar": {"x": 1.0, "y": 0.5, "len": 1.0}},
            {"type": "sankey", "domain": {"x": [0, 0.5], "y": [0, 1]}, "node": {}, "link": {}},
        ],
        {"margin": {"l": 90, "r": 90}, "template": "none"},
    )

    found = cell.add(drawn)

    assert found.data[0].colorbar.x == pytest.approx(0.9)
    assert found.data[0].colorbar.len == pytest.approx(0.5 - (66 + 44 + 10) / 400)
    assert found.data[1].domain.x == pytest.approx((0.6, 0.75))


def test_a_page_without_a_cell_is_refused():
    with pytest.raises(ValueError, match="0 rows"):
        page(0, 2)
