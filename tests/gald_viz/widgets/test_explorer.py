"""The explorer of one image without its front end; a click is what the front end would send."""

import json
from math import hypot

import numpy as np
import pytest

from gald_viz.figures.pixel_mark import NAME
from gald_viz.probes.capture import capture
from gald_viz.views import VIEWS
from gald_viz.widgets.explorer import ALL, ExplorerWidget
from gald_viz.widgets.looks import Looks


@pytest.fixture(scope="module")
def opened(image, annotation, ldv2, ldv1):
    return ExplorerWidget(image, [ldv2, ldv1], annotation, pixel=(40, 100))


@pytest.fixture
def explorer(opened, ldv2):
    """As it was opened."""
    opened.choice.second = ""
    opened.choice.first = ldv2.name
    opened.view.value = ALL
    opened.pixel = (40, 100)
    opened._kept.clear()
    return opened


def rings(widget):
    """Where each figure that is shown marks the pixel."""
    figures = widget.pictures.plots.drawn
    return [(trace.x[0], trace.y[0]) for figure in figures for trace in figure.data if trace.name == NAME]


def titles(widget):
    return [figure.layout.title.text for figure in widget.pictures.plots.drawn]


def test_it_opens_with_all_panels_and_says_what_every_stage_answers(explorer, image, ldv2):
    seen = capture(ldv2, image)

    assert explorer.status.value == ""
    assert explorer.linked.pixel == [40, 100] and explorer.linked.data["label"]
    assert "pixel (40, 100)" in explorer.read_out.value
    said = CLASSES[seen.prediction[100, 40]]
    assert said in explorer.read_out.value and f"{100 * seen.confidence[100, 40]:.0f} %" in explorer.read_out.value
    # The label there is a car.
    assert ("✓ car" if said == "car" else "✗ car") in explorer.read_out.value


CLASSES = ("road", "sky", "car")


def test_a_click_on_a_panel_moves_the_pixel_and_its_weights(explorer, image, ldv2):
    affinity = capture(ldv2, image, stages=["ld.affinity"]).stages["ld.affinity"]
    rows, columns = affinity.shape[1:]
    kernel = int(len(affinity) ** 0.5)

    explorer.linked.pixel = [70, 10]

    assert explorer.pixel == (70, 10)
    assert "pixel (70, 10)" in explorer.read_out.value
    at = affinity[:, 10 * rows // 128, 70 * columns // 192]
    grid = np.array(explorer.grid.drawn[0].data[0].z)
    np.testing.assert_allclose(grid, at.reshape(kernel, kernel), rtol=1e-5)
    assert "(70, 10)" in explorer.grid.drawn[0].layout.title.text


@pytest.mark.parametrize("view", ["errors", "tokens", "backbone", "decomposition", "affinity"])
def test_a_view_is_the_views_own_picture_with_the_pixel_in_every_panel(explorer, view, image, annotation, ldv2):
    explorer.view.value = view
    drawn = VIEWS[view].draw(capture(ldv2, image), annotation, {"pixel": (40, 100)})

    assert explorer.status.value == ""
    assert titles(explorer) == [figure.layout.title.text for figure in drawn.figures]
    shown = explorer.pictures.plots.drawn
    sent = json.loads(explorer.pictures.plots.figures)
    assert [len(one["data"]) for one in sent] == [len(figure.data) for figure in shown]
    assert [len([t for t in a.data if t.name != NAME]) for a in shown] == [len(b.data) for b in drawn.figures]
    assert set(rings(explorer)) <= {(40, 100)}
    assert all(number.text in explorer.pictures.numbers.value for number in drawn.numbers)

    explorer.pictures.plots.pixel = [33, 60]

    assert explorer.pixel == (33, 60)
    assert explorer.pictures.plots.mark == [33, 60]
    assert set(rings(explorer)) <= {(33, 60)} and (rings(explorer) or view == "tokens")


def test_a_click_in_the_affinity_view_shows_that_pixels_neighbours(explorer):
    explorer.view.value = "affinity"
    numbers = explorer.pictures.numbers.value

    explorer.pictures.plots.pixel = [90, 3]

    assert "(90, 3)" in explorer.pictures.plots.drawn[0].layout.title.text
    assert explorer.pictures.numbers.value != numbers
    assert explorer.grid.drawn == ()  # the view shows the weights itself


def test_a_click_on_the_frame_is_the_border(explorer):
    explorer.view.value = "errors"

    explorer.pictures.plots.pixel = [-1, 128]

    assert explorer.pixel == (0, 127)
    with pytest.raises(ValueError, match=r"0\.\.191, 0\.\.127"):
        explorer.pixel = (192, 0)


def test_pixel_and_map_are_linked_both_ways(explorer):
    explorer.view.value = "separation"
    sample = explorer.points.layout_found.sample

    def nearest(x, y):
        return min(range(len(sample)), key=lambda i: hypot(sample.x[i] - x, sample.y[i] - y))

    x, y = explorer.pixel
    chosen = explorer.points.selected[0]
    assert hypot(sample.x[chosen] - x, sample.y[chosen] - y) == pytest.approx(
        hypot(sample.x[nearest(x, y)] - x, sample.y[nearest(x, y)] - y)
    )
    assert explorer.points.data["pixel"]["words"].startswith("pixel (40, 100)")

    explorer.points.clicked = {"image": 0, "x": 5, "y": 6}
    assert explorer.pixel == (5, 6) and "pixel (5, 6)" in explorer.read_out.value


def test_controls_change_the_picture_and_are_kept_for_the_view(explorer):
    explorer.view.value = "errors"
    source = explorer.pictures.plots.drawn[0].data[0].source

    explorer.knobs.knobs["opacity"].value = 0.0
    assert explorer.pictures.plots.drawn[0].data[0].source != source

    explorer.view.value = ALL
    explorer.view.value = "errors"
    assert explorer.knobs.state["opacity"] == 0.0


def test_a_control_that_does_not_matter_is_not_shown(explorer, ldv1):
    explorer.choice.first = ldv1.name
    explorer.view.value = "masks"
    channel = explorer.knobs.knobs["channel"]
    assert channel not in explorer.knobs.children

    explorer.knobs.knobs["reduction"].value = "one channel"

    assert channel in explorer.knobs.children
    assert "one channel" in titles(explorer)[0]


def test_a_second_network_stands_beside_the_first_in_views_that_compare(explorer, ldv1, ldv2):
    explorer.choice.second = ldv1.name  # no view compares yet: it waits
    explorer.view.value = "errors"
    assert titles(explorer)[0].startswith(f"<b>{ldv1.name} against {ldv2.name}")

    explorer.choice.first = ldv1.name

    assert explorer.choice.second == ""
    assert titles(explorer)[0].startswith(f"<b>Errors of {ldv1.name}")


def test_what_cannot_be_shown_is_a_sentence(explorer, image, ldv2):
    explorer.view.value = "masks"
    assert "choose a checkpoint with LDv1" in explorer.status.value
    assert explorer.pictures not in explorer._body.children
    explorer.view.value = ALL
    assert explorer.status.value == ""

    unlabelled = ExplorerWidget(image, ldv2, view="errors")
    assert "need a label" in unlabelled.status.value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image": np.zeros((128, 192))}, "must be uint8"),
        ({"image": np.zeros((9, 9, 3), np.uint8), "label": None}, "enlarge it"),
        ({"label": np.zeros((3, 3), np.int64)}, "the label is"),
        ({"label": np.full((128, 192), 77)}, "class ids"),
        ({"networks": "no-such-network"}, "no-such-network"),
        ({"networks": []}, "no network"),
        ({"view": "nothing"}, "must be one of"),
        ({"pixel": (1000, 0)}, "must be within"),
    ],
)
def test_what_cannot_be_opened_is_a_sentence(change, words, image, annotation, ldv2):
    asked = {"image": image, "networks": ldv2, "label": annotation, **change}

    widget = ExplorerWidget(**asked)

    assert words in widget.status.value and widget.status.value.startswith("<b>")


def test_a_name_is_shown_letter_by_letter(image, annotation, ldv2):
    named = type(ldv2)(ldv2.model, ldv2.sha256, "<i>x</i>", {})

    widget = ExplorerWidget(image, named, annotation, view="masks")

    assert "&lt;i&gt;x" in widget.status.value and "<i>x" not in widget.status.value


def test_a_very_large_image_is_made_smaller_and_networks_of_one_name_are_told_apart(ldv1):
    looks = Looks(np.zeros((2000, 2000, 3), np.uint8), [ldv1, ldv1])

    assert looks.size == (1414, 1414) and "2000 × 2000" in looks.remark
    assert list(looks.networks) == [ldv1.name, f"{ldv1.name} (2)"]
