"""The Attribution page without a browser, on small untrained networks."""

import pytest
from streamlit.testing.v1 import AppTest

from apps.components.brush import LASSO, Stroke
from tests.apps.conftest import LDV1

SCRIPT = """
from apps.components.controls import keep_controls
from apps.pages import attribution
keep_controls()
attribution.page()
"""


@pytest.fixture
def page():
    page = AppTest.from_string(SCRIPT, default_timeout=120)
    page.session_state["control.checkpoint"] = LDV1
    page.session_state["control.attribution.stage"] = "classifier.features"
    return page.run()


def numbers(page):
    return {metric.label: metric.value for metric in page.metric}


def test_a_pixel_is_explained_and_its_curves_have_their_baseline(page):
    assert not page.exception and not page.error
    page.toggle(key="control.attribution.curves").set_value(True).run()

    assert not page.exception and not page.error
    shown = numbers(page)
    assert {"deletion area", "insertion area", "uniform area", "random from", "random to"} <= set(shown)
    assert any("5 seeds, 95 % interval" in caption.value for caption in page.caption)


def test_weights_are_randomised_and_the_map_of_the_mask_does_not_ask_the_classifier(page):
    page.selectbox(key="control.attribution.stage").select("ld.mask").run()
    assert page.selectbox(key="control.attribution.method").value in ("the mask itself", "GradCAM")
    page.selectbox(key="control.attribution.method").select("the mask itself").run()
    page.toggle(key="control.attribution.sanity").set_value(True).run()

    assert not page.exception and not page.error
    # What lies behind the mask cannot change it.
    assert numbers(page)["last layer shuffled"] == "1.000"


def test_a_segment_and_a_painted_region_are_explained(page):
    assert page.selectbox(key="control.attribution.aim").value == "the pixel I click"
    page.selectbox(key="control.attribution.aim").select("the segment that I click").run()
    assert not page.exception and not page.error and not page.info

    page.selectbox(key="control.attribution.aim").select("the region that I paint").run()
    assert "Paint on the picture" in page.info[0].value
    assert not page.metric
    digest, _ = page.session_state["attribution.strokes"]
    page.session_state["attribution.strokes"] = (digest, (Stroke(LASSO, 1, ((4, 4), (9, 4), (9, 8), (4, 8))),))
    page.run()

    assert not page.exception and not page.error and not page.info
    assert any(box.key.startswith("control.attribution.class") for box in page.selectbox)


def test_a_stage_that_leads_nowhere_is_told_in_a_sentence(page):
    page.selectbox(key="control.attribution.stage").select("backbone.c2").run()

    assert not page.exception
    assert "nothing leads from stage backbone.c2" in page.error[0].value
