"""The Edit page without a browser, on small untrained networks."""

import pytest
from streamlit.testing.v1 import AppTest

from apps import replays
from apps.components.brush import RECTANGLE, Stroke
from tests.apps.conftest import FCN, LDV1, LDV2

SCRIPT = """
from apps.components.controls import keep_controls
from apps.pages import edits
keep_controls()
edits.page()
"""


@pytest.fixture
def edit_page():
    def run(network, **state):
        page = AppTest.from_string(SCRIPT, default_timeout=120)
        page.session_state["control.checkpoint"] = network
        for key, value in state.items():
            page.session_state[f"control.edits.{key}"] = value
        return page.run()

    return run


def numbers(page):
    return {metric.label: metric.value for metric in page.metric}


def choose(page, key, option):
    page.selectbox(key=f"control.edits.{key}").select(option).run()
    assert not page.exception and not page.error, [*page.exception, *page.error]


def test_it_opens_with_an_edit_that_changes_nothing(edit_page):
    page = edit_page(LDV2)

    assert not page.exception and not page.error
    assert page.selectbox(key="control.edits.stage").value == "ld.affinity"
    assert "the same bit for bit" in page.markdown[-1].value
    assert numbers(page)["changed pixels"] == "0 px"
    assert numbers(page)["mIoU before"] == numbers(page)["mIoU after"]


def test_an_edit_of_a_mask_shows_its_numbers_beside_the_random_ones(edit_page):
    page = edit_page(LDV1, seeds=3)
    choose(page, "stage", "gald.features")
    choose(page, "edit.gald.features", "constant")
    page.slider(key="control.edits.amount.features.constant").set_value(2.0).run()

    shown = numbers(page)
    assert shown["edited cells"] == "100.0 %"
    assert int(shown["changed pixels"].removesuffix(" px").replace(",", "")) > 0
    assert "of 3 random ones" in page.markdown[-1].value
    assert list(page.dataframe[0].value.columns)[:4] == ["class", "px before", "px after", "px random"]
    assert page.dataframe[0].value["px after"][1:].sum() == page.dataframe[0].value["px after"][0]


def test_the_edit_stands_while_its_random_ones_are_cancelled_and_they_go_on_where_they_ended(edit_page, monkeypatch):
    ran = []
    plain = replays.random_change
    monkeypatch.setattr(replays, "random_change", lambda *given: ran.append(given[-1]) or plain(*given))
    page = edit_page(LDV1, seeds=2)
    choose(page, "stage", "gald.features")
    choose(page, "edit.gald.features", "mean")
    assert ran == [0, 1]

    # One more asks for one more; none of those at hand runs again.
    page.slider(key="control.edits.seeds").set_value(3).run()
    assert ran == [0, 1, 2] and "of 3 random ones" in page.markdown[-1].value

    key = next(iter(replays._changes()._values))[0]
    page.session_state["cancelled.edits.random"] = (key, 4)
    page.slider(key="control.edits.seeds").set_value(4).run()
    assert "cancelled" in page.info[0].value and numbers(page)["random ≥ edit"] == "–"
    assert numbers(page)["edited cells"] == "100.0 %"
    page.button(key="resume.edits.random").click().run()
    assert ran == [0, 1, 2, 3] and "of 4 random ones" in page.markdown[-1].value


def test_a_branch_is_dropped_on_the_pixels_of_one_class(edit_page):
    page = edit_page(LDV2)
    choose(page, "stage", "ga.branches")
    names = page.selectbox(key="control.edits.edit.ga.branches").options
    assert "drop image pooling" in names and "drop 1x1" in names
    choose(page, "edit.ga.branches", "drop 1x1")
    assert page.selectbox(key="control.edits.where").options[2].startswith("on ")

    page.selectbox(key="control.edits.where").select_index(2).run()

    assert not page.exception and not page.error
    assert numbers(page)["edited cells"] not in ("0.0 %", "–")


def test_without_paint_it_asks_for_some_and_takes_a_stroke(edit_page):
    page = edit_page(LDV2)
    choose(page, "edit.ld.affinity", "identity")
    choose(page, "where", "where I paint")
    assert "Paint on the picture" in page.info[0].value

    digest, _ = page.session_state["edits.strokes"]
    page.session_state["edits.strokes"] = (digest, (Stroke(RECTANGLE, 5, ((0, 0), (255, 255))),))
    page.run()

    # Half of the 512 columns are painted.
    assert numbers(page)["edited cells"] == "50.0 %"
    page.button(key="edits.clear").click().run()
    assert "Paint on the picture" in page.info[0].value


def test_a_network_without_any_ld_is_edited_where_it_has_stages(edit_page):
    page = edit_page(FCN, stage="ld.affinity")

    assert not page.exception and not page.error
    assert "fcn.features" in page.selectbox(key="control.edits.stage").options
    assert "ld.affinity" not in page.selectbox(key="control.edits.stage").options
