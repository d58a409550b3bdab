"""The pages Ranking and Compare without a browser, on the index that ships and on one that they make."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from apps import indexes
from apps.sections.index_open import show_in_explorer, view_for
from gald_viz.analysis.index_query import Selection
from gald_viz.analysis.ranking import rank_images
from gald_viz.index.files import SHIPPED, find_indexes, open_index
from tests.apps.conftest import LDV1, LDV2


def ranking() -> None:
    from apps.components.controls import keep_controls
    from apps.pages.ranking import page

    keep_controls()
    page()


def compare() -> None:
    from apps.components.controls import keep_controls
    from apps.pages.compare import page

    keep_controls()
    page()


@pytest.fixture
def open_page(tmp_path, monkeypatch) -> Callable[..., AppTest]:
    monkeypatch.setenv("GALD_INDEXES", str(tmp_path))
    # Thumbnails are drawn scenes, which take longer than all the rest here.
    monkeypatch.setattr(indexes, "thumbnail", lambda *_place: None)

    def run(script: Callable[[], None], **state: object) -> AppTest:
        page = AppTest.from_function(script, default_timeout=120)
        for key, value in state.items():
            page.session_state["control." + key.replace("__", ".")] = value
        return page.run()

    return run


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def shown(page: AppTest) -> list[dict]:
    return page.dataframe[0].value.to_dict("records")


def test_the_index_that_ships_is_ranked_and_filtered(open_page):
    page = open_page(ranking)
    index = find_indexes(SHIPPED)[0]
    expected = rank_images(index, Selection("ga", "output"), limit=10)

    assert not page.exception
    assert not page.error
    assert [row["id"] for row in shown(page)] == expected.image.tolist()
    assert shown(page)[0]["gain px"] == expected.gain[0]
    assert metrics(page)["counted"] == f"{50 * 256 * 512:,} px"

    page.multiselect(key="control.ranking.classes").select("pole").run()
    page.selectbox(key="control.ranking.order").select("most lost").run()
    expected = rank_images(index, Selection("ga", "output", ("pole",)), "most lost", 10)
    assert [row["id"] for row in shown(page)] == expected.image.tolist()
    assert [row["gain px"] for row in shown(page)] == expected.gain.tolist()


@pytest.mark.parametrize("part", ["Classes", "Sizes and boundaries", "Kinds of errors", "Suspicious labels"])
def test_every_part_is_drawn(open_page, part):
    page = open_page(ranking, ranking__part=part, ranking__classes=["car"])

    assert not page.exception
    assert not page.error
    assert page.dataframe or page.info


def test_two_equal_stages_are_a_sentence(open_page):
    page = open_page(ranking, ranking__before="ga", ranking__after="ga")

    assert not page.exception
    assert "both stages are 'ga'" in page.error[0].value


def test_a_filter_that_nothing_passes_says_so(open_page):
    page = open_page(ranking, ranking__classes=["sky"], ranking__sizes=["<32²"], ranking__bands=["12+"])

    assert not page.exception
    assert "Take a filter away" in page.info[0].value


def test_an_index_is_made_on_the_page(open_page, tmp_path):
    page = open_page(ranking, ranking__index__make__count=2)
    page.selectbox(key="control.ranking.index.make.network").select(LDV1)
    page.selectbox(key="control.ranking.index.make.against").select(LDV2)
    page.button(key="index.make").click().run()

    assert not page.exception
    assert not page.error
    index = open_index(tmp_path / f"{LDV1}-against-{LDV2}-2")
    assert index.meta.stages[-1] == LDV2
    assert page.session_state["control.ranking.index"] == str(index.path)
    assert len(shown(page)) == 2


def test_a_folder_that_cannot_be_written_is_a_sentence(open_page, tmp_path):
    (tmp_path / "file").write_text("")
    page = open_page(ranking, index__folder=str(tmp_path / "file"))
    page.button(key="index.make").click().run()

    assert not page.exception
    assert "cannot be written" in page.error[0].value


def test_two_networks_are_compared(open_page):
    page = open_page(compare)

    assert not page.exception
    assert not page.error
    index = find_indexes(SHIPPED)[0]
    numbers = metrics(page)
    for title, stage in (("scenes-aspp-ldv2", "output"), ("scenes-aspp", "scenes-aspp")):
        assert numbers[f"mIoU {title}"] == f"{100 * (index.miou[stage] or 0):.2f} %"
    classes = {row["class"]: row for row in shown(page)}
    found = rank_images(index, Selection("output", "scenes-aspp"), limit=50)
    assert sum(row["fixed px"] for row in classes.values()) == found.fixed.sum()
    assert sum(row["broken px"] for row in classes.values()) == found.broken.sum()
    wrong = found.pixels - found.after_right - found.broken
    assert sum(row["wrong in both px"] for row in classes.values()) == wrong.sum()


def test_the_same_answer_on_both_sides_is_told(open_page):
    page = open_page(compare, compare__second__stage="output")

    assert not page.exception
    assert "the same answer" in page.info[0].value


def test_a_row_chooses_network_image_and_view_in_the_explorer(monkeypatch):
    state: dict[str, object] = {}
    monkeypatch.setattr("apps.sections.index_open.st.session_state", state)
    monkeypatch.setattr("apps.sections.index_open.zoo.ships", lambda name: name.startswith("scenes-"))

    show_in_explorer(find_indexes(SHIPPED)[0], 42, "errors")

    assert state == {
        "control.checkpoint": "scenes-aspp-ldv2",
        "control.data": "scenes",
        "control.root.scenes": "",
        "control.split.scenes": "val",
        "control.item.scenes.val": 42,
        "control.view": "errors",
        "control.second": "scenes-aspp",
    }
    assert (view_for("ga", "output"), view_for("output", "scenes-aspp")) == ("stages", "errors")


def test_two_networks_stand_in_one_frame_or_the_page_says_what_to_choose(open_page):
    page = open_page(compare, compare__mode="in one frame", checkpoint="scenes-fcn")
    assert "Choose a second network" in page.info[0].value

    page.selectbox(key="control.second").select("scenes-ldv1").run()

    assert not page.exception and not page.error
    names = set(metrics(page))
    assert {"silhouette (scenes-fcn)", "purity (scenes-ldv1)", "reach (scenes-ldv1)", "largest difference"} <= names
    assert any("reach far above 1" in caption.value for caption in page.caption)
