import numpy as np

from gald_viz.figures.pixel_mark import NAME, image_panels_of, marked_pixel_figure
from gald_viz.views import VIEWS


def test_every_panel_of_the_image_gets_a_ring_and_a_chart_none(make_capture, label):
    maps, charts = (
        VIEWS["masks"].draw(make_capture(), label, {"reduction": "channels most unlike the mean", "count": 2}).figures
    )
    before = len(maps.data), len(charts.data)

    marked_pixel_figure(maps, (12, 30))
    marked_pixel_figure(charts, (12, 30))

    # The mean and two channels.
    rings = [trace for trace in maps.data if trace.name == NAME]
    assert [ring.xaxis for ring in rings] == ["x", "x2", "x3"]
    assert [ring.yaxis for ring in rings] == ["y", "y2", "y3"]
    assert all(set(ring.x) == {12} and set(ring.y) == {30} for ring in rings)
    assert (len(maps.data), len(charts.data)) == (before[0] + 3, before[1])


def test_the_grid_of_an_affinity_is_no_panel_of_the_image(make_capture):
    picture, maps = VIEWS["affinity"].draw(make_capture()).figures

    assert (image_panels_of(picture), image_panels_of(maps)) == ([""], ["", "2"])
    assert np.all([axis == "" for axis in image_panels_of(picture)])
