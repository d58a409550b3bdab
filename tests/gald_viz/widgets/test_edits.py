import numpy as np
import pytest

from gald_viz.analysis.edits import PLACES
from gald_viz.probes.replay import Replay
from gald_viz.widgets.edits import EVERYWHERE, EditWidget


@pytest.fixture
def edits(image, annotation, ldv1):
    return EditWidget(image, ldv1, annotation)


def test_it_opens_with_an_edit_that_changes_nothing(edits):
    assert edits.stage.value == "ld.mask"
    assert "the same bit for bit" in edits.verdict.value and edits.status.value == ""
    assert edits.done.result.edit.share == 0 and len(edits.pictures.plots.drawn) == 1


def test_an_edit_runs_the_network_with_another_value(edits, image, ldv1):
    edits.seeds.value = 2
    edits.stage.value = "gald.features"
    edits.edit.value = "constant"
    edits.amount.value = 2.0

    held = Replay(ldv1, image, "gald.features")
    after = held.run(np.full_like(held.value, 2.0)).prediction
    np.testing.assert_array_equal(edits.done.result.ids_after, after)
    changed = int((after != held.answer.prediction).sum())
    assert f"changed pixels <b>{changed:,} px</b>" in edits.pictures.numbers.value
    assert "of 2 random ones" in edits.verdict.value
    assert len(edits.pictures.plots.drawn) == 2 and "px random" in edits.pictures.rows.value


def test_an_edit_of_one_class_leaves_the_other_cells(edits):
    edits.edit.value = "scale"
    assert edits.done.cells == 1.0
    words, place = edits.where.options[1]
    assert words.startswith("on ")

    edits.where.value = place

    region = edits.done.result.ids_before == place
    rows, columns = edits._held.value.shape[1:]
    half = region.reshape(rows, 128 // rows, columns, 192 // columns).mean(axis=(1, 3)) >= 0.5
    assert edits.done.cells == pytest.approx(half.mean() if half.any() else edits.done.cells)


def test_each_edit_takes_what_it_takes(edits):
    assert (edits.amount.layout.display, edits.seed.layout.display) == ("none", "none")
    edits.edit.value = "scale"
    assert (edits.amount.min, edits.amount.value, edits.amount.max) == (0, 0.5, 2)
    edits.edit.value = "constant"
    assert (edits.amount.min, edits.amount.value, edits.amount.max) == (-1, 0, 2)
    edits.edit.value = "channels"
    assert (edits.amount.layout.display, edits.seed.layout.display) == ("none", None)


def test_what_another_stage_also_has_is_kept(edits):
    edits.edit.value = "scale"
    edits.amount.value, edits.baseline.value = 0.25, PLACES

    edits.stage.value = "ga.context"

    assert (edits.edit.value, edits.amount.value, edits.where.value) == ("scale", 0.25, EVERYWHERE)
    assert "ga.context: scale" in edits.pictures.plots.drawn[0].layout.title.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stage": "ld.nothing"}, "stage is"),
        ({"edit": "uniform"}, "edit is"),
        ({"network": "no-such-network"}, "no-such-network"),
        ({"label": np.full((128, 192), 9)}, "9"),
    ],
)
def test_what_cannot_be_edited_is_a_sentence(change, words, image, annotation, ldv1):
    widget = EditWidget(**{"image": image, "network": ldv1, "label": annotation, **change})

    assert words in widget.status.value and widget.status.value.startswith("<b>")
