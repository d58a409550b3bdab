"""One contract for every view, then what is particular to each."""

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gald_viz.types import Number
from gald_viz.views import VIEWS

NAMES = ["masks", "affinity", "errors", "stages", "separation", "tokens"]
every_view = pytest.mark.parametrize("name", NAMES)


def without(capture, *names):
    return replace(capture, stages={key: value for key, value in capture.stages.items() if key not in names})


def refusal(view, capture, label=None):
    reason = view.applies(capture, label)
    assert reason is not None, f"{view.name} applies"
    return reason


def number(result, name):
    return next(n for n in result.numbers if n.name == name)


def test_the_views_are_found_in_reading_order():
    assert list(VIEWS) == [*NAMES, "detections", "decomposition", "backbone"]
    assert [VIEWS[name].name for name in VIEWS] == list(VIEWS)
    assert VIEWS.get("nothing") is None
    with pytest.raises(KeyError, match="must be one of"):
        VIEWS["nothing"]


def test_views_load_no_torch_and_no_umap():
    script = "import sys; from gald_viz.views import VIEWS; len(VIEWS); print({'torch', 'umap'} & set(sys.modules))"

    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "set()"


@every_view
def test_a_view_draws_named_figures_with_numbers(name, make_capture, label):
    result = VIEWS[name].draw(make_capture(), label)

    assert result.figures
    for figure in result.figures:
        assert figure.layout.title.text.startswith("<b>")
        assert figure.layout.height > 0
        assert figure.to_json()
    assert result.numbers
    assert all(isinstance(n, Number) and n.name and n.explanation for n in result.numbers)
    assert result.note
    assert any(n.text in result.figures[0].layout.title.text for n in result.numbers) or name == "separation"


@every_view
def test_a_view_draws_without_a_label_or_says_why_not(name, make_capture):
    view, capture = VIEWS[name], make_capture()

    if view.needs_label:
        assert "need a label" in refusal(view, capture)
        with pytest.raises(ValueError, match="need a label, and this image has none"):
            view.draw(capture)
    else:
        assert view.applies(capture) is None
        assert view.draw(capture).figures


@every_view
def test_a_view_says_why_a_network_has_nothing_to_show(name, make_capture, label):
    view, bare = VIEWS[name], replace(make_capture(), stages={}, stage_info={})

    if view.stages:
        reason = refusal(view, bare, label)
        assert reason.startswith("toy ") and reason.endswith(".")
        with pytest.raises(ValueError, match="toy has no"):
            view.draw(bare, label)
    else:
        assert view.applies(bare, label) is None


@every_view
def test_every_option_of_every_control_can_be_drawn(name, make_capture, label):
    view, capture = VIEWS[name], make_capture()

    for control in view.controls(capture):
        assert control.label
        values = control.options or ((True, False) if control.kind == "toggle" else (control.minimum, control.maximum))
        for value in values:
            if value != "UMAP (seconds)":
                assert view.draw(capture, label, {control.key: value}).figures
        control.check(control.default)


@every_view
def test_a_value_out_of_range_is_refused(name, make_capture, label):
    view, capture = VIEWS[name], make_capture()

    for control in view.controls(capture):
        if control.kind != "toggle":
            wrong = control.maximum + 1 if control.kind == "slider" else "nothing"
            with pytest.raises(ValueError, match=f"{control.key} is {wrong!r}, must be"):
                view.draw(capture, label, {control.key: wrong})


@every_view
def test_a_label_that_does_not_fit_is_refused(name, make_capture, label):
    with pytest.raises(ValueError, match="give the label of this image"):
        VIEWS[name].draw(make_capture(), label[:4])
    with pytest.raises(ValueError, match=r"class ids \[77\]"):
        VIEWS[name].draw(make_capture(), np.where(label == 0, 77, label))


@pytest.mark.parametrize("name", [name for name in NAMES if VIEWS[name].compares])
def test_two_networks_are_compared_or_the_note_says_why_not(name, make_capture, label):
    view, capture = VIEWS[name], make_capture()
    other = make_capture(7, provenance={"checkpoint": "second"})
    strange = replace(other, class_names=("a", "b", "c", "d"))

    text = " ".join(figure.to_json() for figure in view.draw(capture, label, other=other).figures)

    assert "second" in text
    refused = view.draw(capture, label, other=strange)
    assert refused.note.startswith("Not compared: the second network knows other classes.")
    assert "second" not in refused.figures[0].to_json()


def test_mask_range_and_gates_are_those_of_the_stage(make_capture, label):
    capture = make_capture()
    mean = capture.stages["ld.mask"].mean(axis=0)

    result = VIEWS["masks"].draw(capture, label)

    assert number(result, "lowest gate").value == pytest.approx(mean.min(), rel=1e-6)
    assert number(result, "highest").value == pytest.approx(mean.max(), rel=1e-6)
    assert result.figures[0].layout.coloraxis.cmin == pytest.approx(mean.min(), rel=1e-6)
    fixed = VIEWS["masks"].draw(capture, label, {"limits": "0 to 1"}).figures[0].layout.coloraxis
    assert (fixed.cmin, fixed.cmax) == (0, 1)


def test_masks_show_the_channels_most_unlike_the_mean(make_capture):
    capture = make_capture()
    mask = capture.stages["ld.mask"].copy()
    mask[3] = 0.999
    capture = replace(capture, stages={**capture.stages, "ld.mask": mask})

    result = VIEWS["masks"].draw(capture, None, {"reduction": "channels most unlike the mean", "count": 2})

    titles = [note.text for note in result.figures[0].layout.annotations]
    assert titles[:2] == ["mean over channels", "channel 3"]
    assert len(titles) == 3


def test_a_network_with_the_other_distribution_is_pointed_to_its_view(make_capture):
    capture = make_capture()

    assert "See the local affinity view" in refusal(VIEWS["masks"], without(capture, "ld.mask"))
    assert "See the LD mask maps" in refusal(VIEWS["affinity"], without(capture, "ld.affinity"))


def test_the_clicked_pixel_moves_the_affinity(make_capture, label):
    capture = make_capture()
    affinity = capture.stages["ld.affinity"]

    first = VIEWS["affinity"].draw(capture, label, {"pixel": (30, 24)})
    second = VIEWS["affinity"].draw(capture, label, {"pixel": (2, 40)})

    # 4x4 pixels a cell: (30, 24) is in row 6, column 7; (2, 40) in row 10, column 0.
    assert number(first, "kept for itself").value == pytest.approx(affinity[4, 6, 7])
    assert number(second, "kept for itself").value == pytest.approx(affinity[4, 10, 0])
    assert "pixel (30, 24), pole" in first.figures[0].layout.title.text
    assert number(first, "outside the map").value == 0
    # Two cells apart, column 0 has its left neighbours outside; row 10 of 12 has the lower ones outside.
    outside = affinity[[0, 3, 6, 7, 8], 10, 0].sum()
    assert number(second, "outside the map").value == pytest.approx(outside)
    with pytest.raises(ValueError, match=r"pixel \(x, y\) is \(64, 0\)"):
        VIEWS["affinity"].draw(capture, label, {"pixel": (64, 0)})


def test_the_clip_strengthens_small_weights(make_capture):
    full = VIEWS["affinity"].draw(make_capture(), None, {"clip": 100}).figures[0].layout.coloraxis.cmax
    clipped = VIEWS["affinity"].draw(make_capture(), None, {"clip": 20}).figures[0].layout.coloraxis.cmax

    assert clipped == pytest.approx(full / 5)


def test_errors_are_counted_on_labelled_pixels(make_capture, label):
    capture = make_capture()
    known = label != 255

    result = VIEWS["errors"].draw(capture, label)

    accuracy = (capture.prediction == label)[known].mean()
    assert number(result, "pixel accuracy").value == pytest.approx(accuracy)
    assert {row["class"] for row in result.rows} == {"sky", "road", "car", "pole"}
    assert sum(row["labelled px"] for row in result.rows) == known.sum()


def test_fixed_and_broken_add_up_to_the_gain(make_capture, label):
    first, second = make_capture(0), make_capture(5)

    result = VIEWS["errors"].draw(first, label, other=second)

    known = label != 255
    gain = (second.prediction == label)[known].mean() - (first.prediction == label)[known].mean()
    assert number(result, "fixed").value - number(result, "broken").value == pytest.approx(gain)


def test_stage_paths_sum_to_the_labelled_pixels(make_capture, label):
    result = VIEWS["stages"].draw(make_capture(), label)

    assert sum(row["pixels"] for row in result.rows) == (label != 255).sum()
    gain = number(result, "GA right").value - number(result, "FCN right").value
    moved = number(result, "GA mends").value - number(result, "GA breaks").value
    assert moved == pytest.approx(gain)


def test_stages_say_how_the_trunk_was_trained(make_capture, label):
    told = make_capture(provenance={"checkpoint": "toy", "stage_trunk": "frozen"})

    assert "not recorded" in VIEWS["stages"].draw(make_capture(), label).note
    assert "trunk frozen" in VIEWS["stages"].draw(told, label).note
    reason = refusal(VIEWS["stages"], without(told, "ga.logits", "fcn.logits"))
    assert reason.startswith("toy has no classifier for FCN, GA.")


def test_separation_pools_images_and_follows_a_selection(make_capture, label):
    pool = ((make_capture(3), label), (make_capture(4), None))
    state = {"per_class": 200, "features": "FCN, GA and GALD", "selected": [0, 1]}

    alone = VIEWS["separation"].draw(make_capture(), label, {**state, "selected": []})
    pooled = VIEWS["separation"].draw(make_capture(), label, state, more=pool)

    assert number(pooled, "cells").value > number(alone, "cells").value
    assert len({trace.xaxis for trace in pooled.figures[0].data}) == 3
    assert sum(len(t.selectedpoints or ()) for t in pooled.figures[0].data if t.xaxis == "x") == 2
    assert all(t.selectedpoints is None for t in alone.figures[0].data)


def test_separation_of_one_class_is_refused_with_the_fix(make_capture):
    capture = make_capture()

    with pytest.raises(ValueError, match="choose another image or pool several"):
        VIEWS["separation"].draw(capture, np.zeros(capture.image.shape[:2], np.int64))


def test_separation_starts_with_the_classes_that_are_mistaken_most(make_capture, label):
    capture = make_capture()
    prediction = np.where(label == 2, 1, np.where(label == 255, 0, label))
    capture = replace(capture, prediction=prediction)

    result = VIEWS["separation"].draw(capture, label, {"classes": 2})

    drawn = {trace.name for trace in result.figures[0].data}
    assert "car" in drawn
    assert len(drawn) == 2


def test_umap_prints_what_it_used(make_capture, label, monkeypatch):
    """UMAP itself compiles for half a minute; tests/gald_viz/analysis/test_separation.py runs it."""
    given = {}

    def first_two(**settings):
        given.update(settings)
        return SimpleNamespace(fit_transform=lambda vectors: vectors[:, :2])

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=first_two))
    state = {"method": "UMAP (seconds)", "neighbors": 5, "min_dist": 0.25, "seed": 8, "per_class": 10}

    title = VIEWS["separation"].draw(make_capture(), label, state).figures[0].layout.title.text

    assert "n_neighbors 5, min_dist 0.25, metric euclidean, seed 8" in title
    assert (given["n_neighbors"], given["min_dist"], given["random_state"]) == (5, 0.25, 8)


def test_token_pairs_come_with_counts_where_there_are_any(make_capture, label):
    view, capture = VIEWS["tokens"], make_capture()
    given = np.arange(16).reshape(4, 4)

    counted = view.draw(capture, label, {"pairs": 3})
    dataset = view.draw(capture, None, {"pairs": 3, "confusion": given})
    bare = view.draw(capture, None, {"pairs": 3})

    names = list(capture.class_names)
    first = dataset.rows[0]
    a, b = names.index(first["class"]), names.index(first["resembles"])
    assert first["px of the first as the second"] == given[a, b]
    assert first["px of the second as the first"] == given[b, a]
    mistaken = ((label == a) & (capture.prediction == b)).sum()
    assert counted.rows[0]["px of the first as the second"] == mistaken
    assert "px of the first as the second" not in bare.rows[0]
    assert "cannot be counted" in bare.note
