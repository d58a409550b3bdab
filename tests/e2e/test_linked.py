"""All panels of an image under one zoom and one cursor, as a reader uses them."""

import re

import pytest

from gald_viz.analysis.linked import linked_maps
from gald_viz.probes.capture import capture
from models.checkpoint import load_checkpoint
from models.data import open_data
from models.data.scenes import CLASSES
from tests.e2e.lasso import click_image, lasso_all

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NETWORK = "scenes-aspp-ldv2"
PANELS = "[data-testid=linked-panels]"


@pytest.fixture(scope="module")
def maps():
    sample = open_data("scenes", None, "val")[0]
    return linked_maps(capture(load_checkpoint(NETWORK), sample.image), sample.label)


@pytest.fixture
def panels(page, app_url):
    page.goto(app_url)
    page.get_by_text("All at once", exact=True).click()
    page.locator(f"{PANELS}[data-pixel]").wait_for()
    return page.locator(PANELS)


def test_a_class_is_hidden_everywhere_and_a_click_is_kept_for_the_other_views(page, panels):
    button = panels.get_by_role("button", name="building")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"

    canvas = panels.locator("canvas").first
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.5})
    page.wait_for_url(re.compile(r"pixel=25\d%2C12\d"))
    page.get_by_text("Local affinity", exact=True).click()
    page.get_by_text(re.compile(r"Pixel \(25\d, 12\d\)")).first.wait_for()


def test_one_cursor_reads_every_stage_and_one_zoom_moves_every_panel(page, panels, maps):
    canvas = panels.locator("canvas").nth(1)
    box = canvas.bounding_box()
    canvas.hover(position={"x": box["width"] * 0.25, "y": box["height"] * 0.4})
    x, y = map(int, panels.get_attribute("data-pixel").split(","))
    assert abs(x - 128) <= 2 and abs(y - 102) <= 2

    rows = panels.locator(".readout tr")
    for row, answer in enumerate(maps.answers, start=1):
        cells = rows.nth(row).locator("td").all_text_contents()
        assert cells[0] == answer.name
        assert cells[1] == CLASSES.names[answer.classes[y, x]]
        assert cells[2] == f"{100 * round(255 * float(answer.probability[y, x])) / 255:.0f} %"

    page.mouse.wheel(0, -400)
    page.locator(f"{PANELS}:not([data-view='0.0,0.0,512.0'])").wait_for()
    assert float(panels.get_attribute("data-view").split(",")[2]) == pytest.approx(512 * 0.8, abs=0.1)
    canvas.dblclick()
    page.locator(f"{PANELS}[data-view='0.0,0.0,512.0']").wait_for()


def test_a_lasso_marks_the_image_and_a_click_marks_the_map(page, app_url):
    page.goto(f"{app_url}/?view=separation&network={NETWORK}&data=scenes&split=val")
    points = page.locator("[data-testid=linked-points]")
    points.and_(page.locator("[data-chosen='0']")).wait_for()
    lasso_all(page, points)
    page.get_by_text("chosen cells").first.wait_for(state="attached")

    points.locator("canvas.map").first.press("ArrowRight")
    points.and_(page.locator("[data-hover]")).wait_for()
    assert points.locator(".tip").is_visible()
    click_image(page, points)
