"""Every figure through its data: what is drawn where, named how, with which limits."""

import numpy as np
import pytest

from gald_viz.analysis.affinity import affinity_maps, affinity_of_pixel
from gald_viz.analysis.error import difference, error_map, image_scores
from gald_viz.analysis.mask import gate_by_class, gate_by_size
from gald_viz.analysis.path import sankey_links, stage_changes, stage_paths, step_boxes
from gald_viz.analysis.separation import pca_map, sample_cells
from gald_viz.figures.affinity import AffinityStyle, affinity_figure, affinity_maps_figure
from gald_viz.figures.error import ErrorScene, difference_figure, error_figure, scores_figure
from gald_viz.figures.mask import MaskPanel, gate_figure, mask_figure
from gald_viz.figures.palette import class_entries, css, ids_in
from gald_viz.figures.path import PATH_COLORS, StageScene, path_figure, stage_changes_figure, stages_figure
from gald_viz.figures.separation import ClassStyle, sampled_cells_figure, separation_figure
from gald_viz.figures.sheet import Heading
from gald_viz.figures.tokens import TokenMatrix, token_figure

HEADING = Heading("Title", "number 0.5")


def of_type(figure, kind):
    return [trace for trace in figure.data if trace.type == kind]


def legend_names(figure):
    return [trace.name for trace in figure.data if trace.name and trace.showlegend is not False]


def test_class_entries_leave_out_what_is_no_class():
    colors = np.array([[1, 2, 3], [4, 5, 6]])

    assert class_entries(("a", "b"), colors, [255, 1, 1, 0, -1]) == [("a", "rgb(1,2,3)"), ("b", "rgb(4,5,6)")]
    assert ids_in(np.array([3, 1]), np.array([1, 255])) == [1, 3, 255]


def test_mask_maps_share_limits_and_colour_bar(make_capture):
    image = make_capture().image
    cells = np.linspace(0.5, 0.9, 12 * 16).reshape(12, 16)
    panels = [MaskPanel(name, np.full(image.shape[:2], 0.7), cells) for name in ("a", "b")]

    figure = mask_figure(image, panels, (0.5, 0.9), 0.6, HEADING)

    assert len(of_type(figure, "image")) == 2
    maps = of_type(figure, "heatmap")
    assert [trace.coloraxis for trace in maps] == ["coloraxis"] * 2
    np.testing.assert_allclose(maps[0].z, cells, rtol=1e-6)
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0.5, 0.9)
    assert figure.layout.coloraxis.colorbar.title.text == "gate M"


def test_gates_are_ranked_and_objects_coloured_by_class(make_capture, label):
    capture = make_capture()
    gate = np.where(label == 2, 0.9, 0.6)
    by_class, by_size = gate_by_class(gate, label, 4, band=1), gate_by_size(gate, label, 4)

    figure = gate_figure(by_class, by_size, capture.class_names, capture.class_colors, HEADING)

    interior = next(trace for trace in figure.data if trace.name == "interior")
    assert interior.y[-1] == "car"
    assert interior.x[-1] == pytest.approx(0.9)
    assert set(interior.y) == {"sky", "road", "car", "pole"}
    objects = next(trace for trace in of_type(figure, "scatter") if trace.text is not None)
    assert list(objects.text).count("car") == 2
    assert objects.marker.color[objects.text.index("car")] == css(capture.class_colors[2])
    assert figure.layout.xaxis2.type == "log"
    assert legend_names(figure) == ["interior", "boundary, 1 px", "sky", "road", "car", "pole"]


def affinity_result(capture, label, pixel):
    return affinity_of_pixel(capture.stages["ld.affinity"], pixel, label, dilation=2)


def test_affinity_dots_stand_at_the_neighbours_and_fill_the_grid(make_capture, label):
    capture = make_capture()
    result = affinity_result(capture, label, (30, 24))

    figure = affinity_figure(capture.image, result, capture.class_names, AffinityStyle(0.3, dilation=2), HEADING)

    dots = [t for t in of_type(figure, "scatter") if t.marker.coloraxis == "coloraxis"]
    drawn = sorted((x, y, w) for t in dots for x, y, w in zip(t.x, t.y, t.marker.color, strict=True))
    assert drawn == sorted(zip(result.x, result.y, result.weight, strict=True))
    grid = of_type(figure, "heatmap")[0]
    np.testing.assert_allclose(grid.z, result.weight.reshape(3, 3))
    assert list(grid.x) == [-2, 0, 2]
    assert figure.layout.coloraxis.cmax == 0.3
    assert list(figure.layout.xaxis.range) == [-0.5, 63.5]


def test_affinity_at_the_border_shows_what_falls_outside(make_capture, label):
    capture = make_capture()
    result = affinity_result(capture, label, (0, 0))

    figure = affinity_figure(capture.image, result, capture.class_names, AffinityStyle(0.3, dilation=2), HEADING)

    assert "outside the map" in legend_names(figure)
    outside = [t for t in of_type(figure, "scatter") if t.text and "outside the map" in t.text]
    assert sum(len(t.x) for t in outside) == 5
    assert figure.layout.xaxis.range[0] < result.x.min()
    assert sum("×" in word for row in of_type(figure, "heatmap")[0].text for word in row) == 5


def test_affinity_can_zoom_to_the_neighbourhood(make_capture, label):
    capture = make_capture()
    result = affinity_result(capture, label, (30, 24))
    style = AffinityStyle(0.3, zoom=True, dilation=2)

    figure = affinity_figure(capture.image, result, capture.class_names, style, HEADING)

    left, right = figure.layout.xaxis.range
    assert left < result.x.min() and right > result.x.max()
    assert right - left < 64
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_whole_image_maps_have_a_bar_each(make_capture):
    capture = make_capture()
    maps = affinity_maps(capture.stages["ld.affinity"])

    figure = affinity_maps_figure(capture.image, maps, HEADING)

    own, spread = of_type(figure, "heatmap")
    np.testing.assert_allclose(own.z, maps.self_weight)
    np.testing.assert_allclose(spread.z, maps.entropy, rtol=1e-6)
    assert spread.zmax == pytest.approx(np.log(9))
    assert [t.colorbar.title.text for t in (own, spread)] == ["self-weight", "entropy (nats)"]


def test_error_panels_and_their_legend(make_capture, label):
    capture = make_capture()
    scene = ErrorScene(capture.image, label, capture.class_names, capture.class_colors, 0.6)
    errors = error_map(capture.prediction, label, 255, 3)

    figure = error_figure(scene, capture.prediction, errors, HEADING)

    assert len(of_type(figure, "image")) == 4
    assert len(of_type(figure, "heatmap")) == 4
    assert [t.xaxis for t in of_type(figure, "image")] == ["x", "x2", "x3", "x4"]
    assert legend_names(figure)[-3:] == ["wrong", "boundary band", "not labelled"]
    assert "3 px" in figure.layout.annotations[3].text


def test_difference_names_both_networks(make_capture, label):
    first, second = make_capture(0), make_capture(1)
    scene = ErrorScene(first.image, label, first.class_names, first.class_colors, 0.6)
    predictions = (first.prediction, second.prediction)
    change = difference(*predictions, label, 255)

    figure = difference_figure(scene, predictions, change, ("one", "two"), HEADING)

    assert [n.text for n in figure.layout.annotations] == ["errors of one", "errors of two", "label", "two against one"]
    assert legend_names(figure)[-3:] == ["fixed", "broken", "wrong in both"]


def test_rates_are_drawn_best_class_first_and_nan_left_out(make_capture, label):
    capture = make_capture()
    only = np.where(label == 3, 255, label)
    prediction = np.where(capture.prediction == 3, 0, capture.prediction)
    scores = image_scores(prediction, only, 4, 255)

    single = scores_figure([("one", scores)], capture.class_names, HEADING)
    double = scores_figure([("one", scores), ("two", scores)], capture.class_names, HEADING)

    iou, boundary = single.data
    assert "pole" not in iou.x
    assert list(iou.y) == sorted(iou.y, reverse=True)
    assert list(boundary.x) == ["3 px", "5 px", "9 px", "12 px"]
    assert legend_names(single) == []
    assert legend_names(double) == ["one", "two"]


@pytest.fixture
def stage_scene(make_capture, label):
    captures = [make_capture(seed) for seed in range(3)]
    predictions = tuple(capture.prediction for capture in captures)
    first = captures[0]
    return StageScene(first.image, predictions, first.class_names, first.class_colors, 0.6)


def test_stage_panels_carry_the_boxes_of_their_step(stage_scene, label):
    paths = stage_paths(stage_scene.predictions, label, 255)
    boxes = [step_boxes(paths, step, 1) for step in (0, 1)]

    figure = stages_figure(stage_scene, label, paths, boxes, HEADING)

    assert len(of_type(figure, "image")) == 6
    texts = [note.text for note in figure.layout.annotations]
    assert texts[0] == "image"
    assert texts[1] == f"FCN, {100 * paths.accuracy[0]:.1f} % right"
    # One mended and one broken region a step, on two panels, each drawn with a dark line underneath.
    shapes = figure.layout.shapes
    assert sorted({shape.xref for shape in shapes}) == ["x2", "x3", "x4"]
    assert len(shapes) == 2 * 2 * 2 * 2
    yellow = [s for s in shapes if s.line.color == "#ffd21f" and s.line.dash == "solid"]
    assert {s.xref for s in yellow} == {"x2", "x3"}
    assert yellow[0].x0 == boxes[0].mended[0].x0 - 0.5
    assert "GALD breaks GA" in legend_names(figure)


def test_without_a_label_the_changes_are_shown(stage_scene):
    figure = stage_changes_figure(stage_scene, stage_changes(stage_scene.predictions), HEADING)

    assert len(of_type(figure, "image")) == 5
    assert legend_names(figure)[-3:] == ["GA changes", "GALD changes", "both change"]


def test_the_flow_and_the_bars_tell_the_same_counts(stage_scene, label):
    paths = stage_paths(stage_scene.predictions, label, 255)

    figure = path_figure(paths, sankey_links(paths), HEADING)

    sankey, bars = of_type(figure, "sankey")[0], of_type(figure, "bar")[0]
    assert sum(sankey.link.value) == 2 * paths.counts.sum()
    assert sum(bars.customdata) == (label != 255).sum()
    assert sum(bars.x) == pytest.approx(100)
    assert tuple(bars.marker.color) == PATH_COLORS
    assert min(sankey.link.value) > 0


def test_every_map_shows_the_same_cells_with_their_ids(make_capture, label):
    capture = make_capture()
    sample = sample_cells([label], (12, 16), [0, 1, 2], per_class=8)
    maps = [(name, pca_map(np.random.default_rng(i).normal(size=(len(sample), 5)))) for i, name in enumerate("ab")]
    style = ClassStyle(capture.class_names, capture.class_colors, selected=(0, 9))

    figure = separation_figure(maps, sample, style, HEADING)

    assert legend_names(figure) == ["sky", "road", "car"]
    first, second = ([t for t in figure.data if t.xaxis == axis] for axis in ("x", "x2"))
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.customdata, two.customdata)
    sky = first[0]
    ids = np.asarray(sky.customdata)[:, 0]
    np.testing.assert_allclose(sky.x, maps[0][1].points[ids, 0], rtol=1e-5)
    assert [list(t.selectedpoints) for t in first] == [[0], [1], []]
    assert figure.layout.dragmode == "lasso"


def test_the_sampled_cells_stand_in_their_own_image(make_capture, label):
    capture = make_capture()
    sample = sample_cells([label, label], (12, 16), [0, 1], per_class=20, seed=1)
    style = ClassStyle(capture.class_names, capture.class_colors)

    figure = sampled_cells_figure(capture.image, sample, 1, style, HEADING)

    dots = of_type(figure, "scatter")
    assert sum(len(trace.x) for trace in dots) == (sample.image == 1).sum()
    for trace in dots:
        data = np.asarray(trace.customdata)
        assert (data[:, 1] == 1).all()
        np.testing.assert_array_equal(trace.x, data[:, 2])
        np.testing.assert_array_equal(trace.y, data[:, 3])


def test_token_matrices_are_ordered_and_limited():
    values = np.arange(9.0).reshape(3, 3)
    matrices = [TokenMatrix(name, values, (-8.0, 8.0), "RdBu_r", "cosine") for name in ("one", "two")]

    figure = token_figure(matrices, np.array([2, 0, 1]), ("a", "b", "c"), HEADING)

    first, cells = of_type(figure, "heatmap")
    assert list(first.x) == list(cells.x)
    assert list(cells.x) == list(cells.y) == ["c", "a", "b"]
    np.testing.assert_array_equal(cells.z, [[8, 6, 7], [2, 0, 1], [5, 3, 4]])
    assert (cells.zmin, cells.zmax) == (-8, 8)
    assert figure.layout.yaxis.autorange == "reversed"
    assert cells.colorbar.title.text == "cosine"
