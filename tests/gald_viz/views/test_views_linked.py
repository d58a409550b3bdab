"""What the linked views mark, and the two views of several networks in one frame."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gald_viz.types import Look
from gald_viz.views import VIEWS
from gald_viz.views.separation import ONE_FRAME, laid_out
from gald_viz.widgets.linked_points import PointsWidget


def numbers(result):
    return {number.name: number.value for number in result.numbers}


def test_a_cell_of_the_confusion_matrix_marks_its_pixels(make_capture, label):
    capture = make_capture()

    result = VIEWS["errors"].draw(capture, label, {"cell": (1, 2)})

    mistaken = int(((label == 1) & (capture.prediction == 2)).sum())
    matrix, regions = result.figures[2:]
    assert "Labelled road, predicted car" in regions.layout.title.text
    assert f"{mistaken:,} px" in regions.layout.title.text
    points = next(trace for trace in matrix.data if trace.type == "scatter")
    at = [list(pair) for pair in points.customdata].index([1, 2])
    assert f"{mistaken:,} px" in points.text[at]
    with pytest.raises(ValueError, match=r"cell is \(1, 9\), both must be class ids 0\.\.3"):
        VIEWS["errors"].draw(capture, label, {"cell": (1, 9)})


def test_a_perfect_answer_has_a_matrix_and_no_region(make_capture, label):
    right = replace(make_capture(), prediction=np.where(label == 255, 0, label))

    assert len(VIEWS["errors"].draw(right, label).figures) == 3


def test_a_pair_of_tokens_marks_both_directions(make_capture, label):
    capture = make_capture()

    result = VIEWS["tokens"].draw(capture, label, {"pair": (0, 1)})

    legend = [trace.name for trace in result.figures[1].data if trace.name]
    there = int(((label == 0) & (capture.prediction == 1)).sum())
    back = int(((label == 1) & (capture.prediction == 0)).sum())
    assert legend == [f"sky taken for road: {there:,} px", f"road taken for sky: {back:,} px"]
    assert len(VIEWS["tokens"].draw(capture, None, {"pair": (0, 1)}).figures) == 1
    assert len(VIEWS["tokens"].draw(capture, label, {"pair": (1, 1)}).figures) == 1


def test_two_networks_share_the_order_of_classes_and_their_difference_is_shown(make_capture, label):
    first, second = make_capture(), make_capture(7, provenance={"checkpoint": "second"})

    figure = VIEWS["tokens"].draw(first, label, other=second).figures[0]

    one, two, change = (trace for trace in figure.data if trace.type == "heatmap")
    assert list(one.x) == list(two.x) == list(change.x)
    np.testing.assert_allclose(np.asarray(change.z), np.asarray(two.z) - np.asarray(one.z), atol=2e-4)
    assert (one.zmin, one.zmax) == (two.zmin, two.zmax)


def test_the_second_network_is_placed_in_the_first_ones_map_over_pooled_images(make_capture, label):
    first, second = make_capture(), make_capture(7, provenance={"checkpoint": "second"})
    more, other_more = ((make_capture(3), label),), (make_capture(4),)

    result = VIEWS["separation"].draw(first, label, {"frame": ONE_FRAME}, second, more, other_more)
    alone = VIEWS["separation"].draw(first, label, {"frame": ONE_FRAME}, second, more)

    assert numbers(result)["reach (second)"] > 0
    assert "2 image(s)" in result.figures[0].layout.title.text
    assert "reach far above 1" in result.note
    # A second network that did not see the pooled images cannot be laid out beside the first.
    assert "reach (second)" not in numbers(alone)
    short = replace(second, stages={**second.stages, "classifier.features": second.stages["classifier.features"][:5]})
    apart = VIEWS["separation"].draw(first, label, {"frame": ONE_FRAME}, short)
    assert apart.note.startswith("second has 5 channels at classifier.features and toy 8")
    # One frame means the same ends of the axes.
    for drawn, same in ((result, True), (apart, False)):
        axes = drawn.figures[0].layout
        assert ((axes.xaxis.range, axes.yaxis.range) == (axes.xaxis2.range, axes.yaxis2.range)) == same


def test_the_backbones_stages_are_measured_and_a_second_network_stands_beside(make_capture):
    generator = np.random.default_rng(0)
    stages = {f"backbone.c{i}": generator.normal(size=(4 * i, 12 // i, 16 // i)).astype(np.float32) for i in (2, 3)}
    capture = replace(make_capture(), stages=stages)
    other = replace(capture, provenance={"checkpoint": "second"})

    alone = VIEWS["backbone"].draw(capture)
    rgb = VIEWS["backbone"].draw(capture, None, {"reduction": "three components as colours"}, other)

    titles = [note.text for note in alone.figures[0].layout.annotations]
    energy = np.abs(stages["backbone.c2"]).mean(axis=0)
    assert titles[0] == f"c2: 8 channels, 6x8, {energy.min():.3g} to {energy.max():.3g}"
    assert 1 < numbers(alone)["effective rank c3"] <= 12
    assert [row["stage"] for row in rgb.rows] == ["c2", "c3", "c2", "c3"]
    assert len([trace for trace in rgb.figures[0].data if trace.type == "image"]) == 4
    notes = [note.text for note in rgb.figures[0].layout.annotations]
    assert [note.partition("<br>")[2] != "" for note in notes] == [True, True, False, False]
    assert max(len(line) for note in notes for line in note.split("<br>")) <= 40
    assert "no stage of a backbone" in str(VIEWS["backbone"].applies(make_capture()))


def test_the_widget_marks_a_clicked_pixel(make_capture, label):
    widget = PointsWidget(Look(make_capture(), label, {}))

    widget.clicked = {"image": 0, "x": 20, "y": 30}

    assert len(widget.selected) == 1
    assert widget.data["selected"] == widget.selected
    assert widget.data["pixel"]["words"].startswith("pixel (20, 30)")
    assert widget.numbers and len(widget.layout_found.sample) == len(widget.data["cls"])


def test_umap_of_twelve_images_gets_each_ones_own_features_and_tells_how_far_it_is(make_capture, label, monkeypatch):
    seen, shares = [], []
    first_two = SimpleNamespace(fit_transform=lambda vectors: seen.append(vectors) or vectors[:, :2])
    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=lambda **_settings: first_two))
    captures = [make_capture(seed) for seed in range(12)]
    state = {"method": "UMAP (seconds)", "per_class": 300, "features": "classifier.features"}
    asked = Look(captures[0], label, state, more=tuple((capture, label) for capture in captures[1:]))

    found = laid_out(VIEWS["separation"].look(asked)[0], shares.append)

    sample, (height, width) = found.sample, label.shape
    assert np.unique(sample.image).tolist() == list(range(12)) and len(found.sizes) == 12
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
    for index in range(0, len(sample), 7):
        maps = captures[sample.image[index]].stages["classifier.features"]
        row, column = sample.y[index] * maps.shape[1] // height, sample.x[index] * maps.shape[2] // width
        np.testing.assert_allclose(seen[0][index], maps[:, row, column], rtol=1e-6)
