"""Cells of matrices that mark regions, and what the backbone's view is given, on small untrained networks."""

from apps import store
from tests.apps.conftest import FCN, LDV2


def test_a_cell_of_the_confusion_matrix_is_marked_in_the_image(explorer):
    page = explorer(control__view="errors")
    network, picture = store.network(LDV2), store.sample_picture("scenes", "", "val", 0)
    taken = store.shot(network, picture)
    box = page.selectbox(key="control.errors.marked")
    row, column = box.options[1].split(", ")[0].split(" → ")

    box.select_index(1).run()

    names = taken.capture.class_names
    mistaken = (taken.label == names.index(row)) & (taken.capture.prediction == names.index(column))
    assert not page.exception
    assert {metric.label: metric.value for metric in page.metric}["pixels"] == f"{mistaken.sum():,} px"
    assert int(mistaken.sum()) > 0


def test_a_pair_of_tokens_is_marked_and_a_cell_of_more_classes_is_forgotten(explorer):
    page = explorer(control__view="tokens", control__tokens__marked=(90, 91))
    box = page.selectbox(key="control.tokens.marked")
    assert box.value == box.options[0] or box.index == 0

    box.select_index(1).run()

    assert not page.exception
    assert sum(metric.label.startswith("segments") for metric in page.metric) == 2


def test_the_largest_maps_are_captured_for_the_view_that_reads_them_alone():
    network, picture = store.network(FCN), store.sample_picture("scenes", "", "val", 0)

    assert store.LARGE.isdisjoint(store.captured(network, picture).stages)
    assert set(store.captured(network, picture, large=True).stages) >= store.LARGE


def test_the_backbone_before_its_training_is_asked_for_a_file(explorer):
    page = explorer(control__view="backbone")

    page.text_input(key="control.backbone.weights").set_value("nothing.safetensors").run()

    assert not page.exception
    assert "has no timm backbone" in page.error[0].value
