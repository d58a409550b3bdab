import subprocess
import sys

import numpy as np
import pytest

from gald_viz.figures import theme
from gald_viz.figures.panels import cell_map, hover_labels, image_panels
from gald_viz.figures.sheet import Heading, Sheet

HEADING = Heading("Title", "number 0.5")


@pytest.mark.parametrize("size", [(360, 480), (256, 512), (600, 300)])
@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (5, 3), (6, 3)])
def test_panels_share_one_zoom_and_have_the_images_shape(size, count, columns):
    figure = image_panels([f"p{i}" for i in range(count)], size, columns, HEADING).figure()

    layout = figure.layout.to_plotly_json()
    xs = [axis for name, axis in layout.items() if name.startswith("xaxis")]
    ys = [axis for name, axis in layout.items() if name.startswith("yaxis")]
    assert len(xs) == len(ys) == count
    assert [axis.get("matches") for axis in xs] == [None] + ["x"] * (count - 1)
    assert [axis.get("matches") for axis in ys] == [None] + ["y"] * (count - 1)
    assert layout["yaxis"]["scaleanchor"] == "x"
    across = theme.WIDTH - layout["margin"]["l"] - layout["margin"]["r"]
    down = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    for x, y in zip(xs, ys, strict=True):
        width = (x["domain"][1] - x["domain"][0]) * across
        height = (y["domain"][1] - y["domain"][0]) * down
        assert height / width == pytest.approx(size[0] / size[1], rel=0.01)
        assert list(x["range"]) == [-0.5, size[1] - 0.5]
        assert list(y["range"]) == [size[0] - 0.5, -0.5]


def test_a_narrow_picture_leaves_its_title_as_much_room_as_it_needs():
    titles = ["what the first network says", "and the second<br>in two lines"]

    layout = image_panels(titles, (2000, 64), 2, HEADING).figure().layout

    across = theme.WIDTH - layout.margin.l - layout.margin.r
    assert all((x.domain[1] - x.domain[0]) * across >= 6 * len(titles[0]) for x in (layout.xaxis, layout.xaxis2))
    assert layout.margin.t >= theme.TOP + 15


def test_panels_stand_in_reading_order_without_overlap():
    figure = image_panels(["a", "b", "c", "d"], (30, 40), 2, HEADING).figure()

    layout = figure.layout
    assert layout.xaxis.domain[1] < layout.xaxis2.domain[0]
    assert layout.xaxis.domain == layout.xaxis3.domain
    assert layout.yaxis3.domain[1] < layout.yaxis.domain[0]
    assert [note.text for note in layout.annotations] == ["a", "b", "c", "d"]
    assert "number 0.5" in layout.title.text


def test_cells_cover_the_image_exactly():
    trace = cell_map(np.zeros((3, 4)), (30, 80), "%{z}")

    assert (trace["x0"] - trace["dx"] / 2, trace["x0"] + 3.5 * trace["dx"]) == (-0.5, 79.5)
    assert (trace["y0"] - trace["dy"] / 2, trace["y0"] + 2.5 * trace["dy"]) == (-0.5, 29.5)


def test_the_pointer_reads_class_names():
    labels = np.array([[0, 1], [255, 1]])

    trace = hover_labels(labels, ("sky", "road"), "not labelled")

    assert trace["text"].tolist() == [["sky", "road"], ["not labelled", "road"]]
    assert trace["opacity"] == 0


def test_the_pointers_grid_is_thinned_and_samples_where_it_says():
    labels = np.arange(200)[None, :].repeat(6, axis=0) % 4

    trace = hover_labels(labels, "abcd")

    assert trace["dx"] == 3
    for column, word in enumerate(trace["text"][0]):
        assert word == "abcd"[labels[0, trace["x0"] + column * trace["dx"]]]


def test_the_legend_makes_its_own_room():
    bare, full = Sheet(HEADING, 300), Sheet(HEADING, 300)
    full.swatches([(f"class {i}", "red") for i in range(20)])

    without, with_legend = bare.figure(), full.figure()

    assert without.layout.showlegend is False
    extra = with_legend.layout.height - without.layout.height
    assert extra >= 22 * 2
    assert with_legend.layout.margin.b - without.layout.margin.b == extra
    assert [trace.name for trace in with_legend.data] == [f"class {i}" for i in range(20)]


def test_nothing_is_registered_with_plotly_on_import():
    # In a process of its own: other packages register templates when they are imported.
    code = "import gald_viz.views, plotly.io; print(plotly.io.templates.default)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "plotly"
