"""A link shows somebody else the same; and what is wrong in it does no harm."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apps import store
from apps.components.marks import read_pair, read_samples, samples_text

from .conftest import FCN, LDV1, LDV2, PAGE


def visited(**address: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in address.items():
        page.query_params[name.replace("__", ".")] = value
    return page.run()


def said(page: AppTest) -> dict[str, str]:
    return {name: values[0] if isinstance(values, list) else values for name, values in page.query_params.items()}


def test_the_address_says_what_is_shown_and_reproduces_it(explorer):
    first = explorer(control__view="masks", control__checkpoint=LDV1)
    first.selectbox(key="control.split.scenes").set_value("test").run()
    first.selectbox(key="control.item.scenes.test").set_value(3).run()
    first.slider(key="control.masks.band").set_value(9).run()

    address = said(first)
    assert address == {
        **{"view": "masks", "network": LDV1, "data": "scenes", "split": "test", "image": "scenes/test/000003"},
        "masks.band": "9",
    }
    second = visited(**{name.replace(".", "__"): value for name, value in address.items()})
    assert not second.exception
    assert said(second) == address
    assert second.selectbox(key="control.checkpoint").value == LDV1
    assert second.slider(key="control.masks.band").value == 9
    assert second.caption[-1].value == first.caption[-1].value


def test_a_pixel_in_the_address_is_answered_for():
    page = visited(view="affinity", network=LDV2, pixel="30,20")

    assert not page.exception
    assert page.session_state["pixel"] == (30, 20)
    assert said(page)["pixel"] == "30,20"


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_a_cell_of_the_confusion_matrix_in_the_address_is_marked_and_the_next_one_replaces_it():
    shot = store.shot(store.network(LDV2), store.sample_picture("scenes", "", "val", 0))
    assert shot.label is not None
    row = int(np.bincount(shot.label[shot.label < 255]).argmax())
    column = int(shot.capture.prediction.min())
    page = visited(view="errors", network=LDV2, second=FCN, cell=f"{row},{column}")

    assert not page.exception
    assert metrics(page)["pixels"] == f"{((shot.label == row) & (shot.capture.prediction == column)).sum():,} px"
    assert said(page)["cell"] == f"{row},{column}"
    assert said(page)["second"] == FCN
    box = page.selectbox(key="control.errors.marked")
    assert box.value == (row, column)
    box.select_index(1).run()
    assert page.selectbox(key="control.errors.marked").value == read_pair(said(page)["cell"]) != (row, column)


def test_a_pair_of_tokens_and_the_pooled_images_in_the_address_are_shown():
    page = visited(view="tokens", network=LDV2, pair="4,2", pooled="2")

    assert not page.exception
    names = store.network(LDV2).model.classes.names
    assert page.selectbox(key="control.tokens.marked").value == (4, 2)
    assert f"segments ({names[4]} as {names[2]})" in metrics(page)
    assert page.slider(key="control.pooled").value == 2
    assert said(page) | {"pair": "4,2", "pooled": "2"} == said(page)


def test_chosen_points_of_a_map_in_the_address_are_chosen_until_the_map_is_another_one():
    count = int(metrics(visited(view="separation", network=LDV2))["cells"])
    text = samples_text((0, 3, count - 1), count)
    page = visited(view="separation", network=LDV2, points=text)

    assert not page.exception
    assert sum(page.dataframe[0].value["chosen cells"]) == 3
    assert said(page)["points"] == text
    page.slider(key="control.separation.seed").set_value(3).run()
    assert "points" not in said(page)


def test_numbers_of_samples_come_back_from_their_text_and_what_is_none_gives_none():
    assert read_samples(samples_text((0, 8, 10), 11), 11) == (0, 8, 10)
    assert read_samples(samples_text((0, 8), 11), 12) == ()
    for broken in ("", "11", "11.", "11.%%", "11.AAAAAAAA", "x.AA", "11.é"):
        assert read_samples(broken, 11) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"view": "nothing"},
        {"network": "../../etc/passwd"},
        {"data": "<script>", "split": "x", "image": "../.."},
        {"split": "nowhere", "image": "scenes/val/999999"},
        {"pixel": "-1,99999999999"},
        {"view": "masks", "network": LDV1, "masks__band": '"wide"'},
        {"view": "masks", "network": LDV1, "masks__band": "[1, 2]", "masks__channel": "1e99"},
        {"view": "masks", "network": LDV1, "masks__reduction": "{", "nonsense__key": "1"},
        {"view": "x" * 100_000},
        {"pooled": "99", "second": "own checkpoint …", "cell": "999,999", "pair": "1", "points": "12.!!"},
    ],
    ids=str,
)
def test_what_is_wrong_in_an_address_is_passed_over(wrong):
    page = visited(**wrong)

    assert not page.exception
    assert not page.error
    assert page.session_state["control.view"] in ("affinity", "masks")
