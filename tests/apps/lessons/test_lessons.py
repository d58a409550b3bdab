"""Every lesson: what comes out at its defaults, and the way of a reader through it."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apps.lessons import lessons
from apps.lessons import umap as umap_lesson
from apps.lessons._pictures import look, scene
from apps.lessons.affinity import affinity_at
from gald_viz.analysis.separation import Embedding
from models.distribution.window import Window

NAMES = list(lessons())
# Index of the choice that holds at the defaults, worked out by hand or from what the parts' own tests show.
HOLDS = {
    "atrous": 3,  # (29 / 65)^2 = 0.199
    "anchors": 0,  # poles are thinner than the smallest cell
    "cost": 3,  # (2 * 2)^2
    "ohem": 0,
    "mask": 0,
    "affinity": 0,
    "thin": 0,
    "umap": 0,  # the same neighbours
    "tokens": 0,
    "stop_gradient": 2,
}
# At these settings another choice holds.
OTHER = {
    "atrous": ({"rate": 6}, 1),  # (53 / 65)^2 = 0.665
    "anchors": ({"class": "road"}, 2),
    "cost": ({"kind": "APNB"}, 1),
    "ohem": ({"least": 100}, 2),  # plain cross entropy
    "affinity": ({"sharpness": 0.0}, 2),  # uniform
    "tokens": ({"turn": 0.0}, 1),
    "stop_gradient": ({"stop": "tokens"}, 0),
}


@pytest.fixture(autouse=True)
def quick_map(monkeypatch):
    """UMAP compiles for half a minute. Given the same neighbours it draws the same map, which this does at once."""

    def same(vectors, *_settings):
        return Embedding(np.random.default_rng(0).normal(size=(len(vectors), 2)), "UMAP", 0.9, {"seed": 0})

    monkeypatch.setattr(umap_lesson, "umap_map", same)


def script():
    from apps.components.controls import keep_controls
    from apps.pages.lessons import page

    keep_controls()
    page()


def opened(**parameters: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=300)
    for key, value in parameters.items():
        page.query_params[key] = value
    return page.run()


def words(page: AppTest) -> str:
    return " ".join(element.value for kind in ("markdown", "success", "warning", "info") for element in page.get(kind))


def test_there_are_ten_lessons_in_order():
    assert [lesson.order for lesson in lessons().values()] == list(range(1, 11))
    assert set(NAMES) == set(HOLDS)


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_computes_what_its_choice_says(name):
    lesson = lessons()[name]

    result = lesson.run(lesson.defaults())

    assert result.holds == HOLDS[name]
    assert len(lesson.choices) > max(result.holds, 2)
    assert all(np.isfinite(number.value) for number in result.numbers)
    for picture in result.pictures:
        assert picture.alt.endswith(".")
        assert picture.figure.layout.title.text.count("<br>") >= 1
    if name in OTHER:
        settings, holds = OTHER[name]
        assert lesson.run({**lesson.defaults(), **settings}).holds == holds


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_predicts_runs_and_explains(name):
    lesson = lessons()[name]
    page = opened(lesson=name)

    assert not page.exception
    assert not page.slider
    assert page.button(key=f"lesson.{name}.commit").disabled
    page.radio(key=f"lesson.{name}.choice").set_value(HOLDS[name]).run()
    page.button(key=f"lesson.{name}.commit").click().run()
    assert not page.exception
    assert "and so it is" in page.success[0].value
    assert len(page.metric) == len(lesson.run(lesson.defaults()).numbers)
    assert lesson.explanation[0] not in words(page)
    page.button(key=f"lesson.{name}.explain").click().run()
    assert lesson.explanation[0] in words(page)
    assert lesson.beware[0] in words(page)
    page.button(key=f"lesson.{name}.again").click().run()
    assert page.button(key=f"lesson.{name}.commit")


def test_another_prediction_is_told_so():
    page = opened(lesson="atrous", step="run", guess="0", rate="18")

    assert "You predicted **more than 80 %**. At these settings: **less than 25 %**" in page.warning[0].value


def test_a_link_restores_lesson_and_sliders_and_the_address_follows():
    page = opened(lesson="atrous", step="run", rate="6", side="33")

    assert page.slider(key="control.lesson.atrous.rate").value == 6
    assert page.selectbox(key="control.lesson.atrous.side").value == 33
    page.slider(key="control.lesson.atrous.rate").set_value(9).run()
    assert page.query_params["rate"] in ("9", ["9"])
    assert any("lesson=atrous&rate=9&side=33" in code.value for code in page.code)


def test_what_a_link_cannot_mean_is_said_and_the_lesson_opens():
    page = opened(lesson="atrous", rate="1000", step="run", part="x", guess="77")

    assert "rate=1000: must be a number from 1 to 72" in page.warning[0].value
    assert page.slider(key="control.lesson.atrous.rate").value == 18


def test_an_unknown_lesson_leads_to_the_overview():
    page = opened(lesson="nothing")

    assert "There is no lesson 'nothing'" in page.warning[0].value
    assert page.button(key="lesson.open.atrous").click().run().button(key="lesson.atrous.commit")


def test_the_presenter_goes_from_screen_to_screen():
    page = opened(lesson="atrous", presenter="1", step="run")

    seen = [words(page)]
    for _ in range(3):
        page.button(key="lesson.forward").click().run()
        assert not page.exception
        seen.append(words(page))
    assert "## Why" in seen[2]
    assert "## What not to conclude" in seen[3]
    assert "Notes for the teacher" not in " ".join(seen)
    page.button(key="lesson.back").click().run()
    assert "## Why" in words(page)


def test_where_there_is_nothing_to_show_a_sentence_says_so():
    page = opened(lesson="tokens", step="run", first="car", second="car")

    assert not page.exception
    assert "choose two" in page.info[0].value


def test_trained_scores_times_one_are_the_networks_own_affinity():
    state = {**lessons()["affinity"].defaults(), "source": "trained features, scenes-aspp-ldv2"}
    own = look("scenes-aspp-ldv2", 0, ("ld.affinity",)).stages["ld.affinity"]

    np.testing.assert_allclose(affinity_at(state, Window(5, 3)), own, atol=1e-5)


def test_a_scene_is_of_the_val_split():
    assert scene(0).size == (256, 512)
