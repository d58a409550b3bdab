"""All panels of an image under one zoom and one cursor, as a reader uses them."""

import re

import numpy as np
import pytest

from gald_viz.analysis.confused import confused_regions
from gald_viz.analysis.error import confusion
from gald_viz.analysis.linked import linked_maps
from gald_viz.probes.capture import capture
from models.checkpoint import load_checkpoint
from models.data import open_data
from models.data.scenes import CLASSES
from tests.e2e.lasso import click_image, lasso_all

PlaywrightTimeout = pytest.importorskip("playwright.sync_api").TimeoutError

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NETWORK = "scenes-aspp-ldv2"
PANELS = "[data-testid=linked-panels]"


# A place in the middle of a cell of a plotly chart, whose axes carry class names.
CELL = """(chart, [row, column]) => {
  const { xaxis, yaxis } = chart._fullLayout, box = chart.getBoundingClientRect();
  return [box.x + xaxis._offset + xaxis.d2p(column), box.y + yaxis._offset + yaxis.d2p(row)];
}"""


@pytest.fixture(scope="module")
def sample():
    return open_data("scenes", None, "val")[0]


@pytest.fixture(scope="module")
def prediction(sample):
    return capture(load_checkpoint(NETWORK), sample.image).prediction


@pytest.fixture(scope="module")
def maps(sample):
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


def click_cell(page, figure, cell, name):
    """Click a cell of a matrix until the address has it under this name: a chart that is drawn anew loses a click."""
    row, column = (CLASSES.names[k] for k in cell)
    chart = page.locator(f".st-key-{figure} .js-plotly-plot")
    chart.locator(".main-svg").first.wait_for()
    for _ in range(20):
        chart.scroll_into_view_if_needed()
        page.mouse.click(*chart.evaluate(CELL, [row, column]))
        try:
            page.wait_for_url(re.compile(f"{name}={cell[0]}%2C{cell[1]}"), timeout=6000)
            return
        except PlaywrightTimeout:
            continue
    raise AssertionError(f"no click on {row}, {column} was answered")


def place_of(number, counts) -> tuple[int, int]:
    """Row and column of an entry, counted through the whole matrix."""
    row, column = divmod(int(number), counts.shape[1])
    return row, column


def metric(page, label):
    """Value of a metric, where a page has it once."""
    return (
        page.get_by_test_id("stMetric")
        .filter(has_text=re.compile(f"^{re.escape(label)}"))
        .locator("[data-testid=stMetricValue]")
    )


def test_a_click_on_a_cell_of_the_confusion_matrix_marks_its_regions(page, app_url, sample, prediction):
    counts = confusion(prediction, sample.label, len(CLASSES.names), CLASSES.ignore_id)
    np.fill_diagonal(counts, 0)
    # Neither the cell that is marked at first nor one of a few pixels.
    cell = place_of(np.argsort(-counts, axis=None, kind="stable")[2], counts)
    found = confused_regions(prediction, sample.label, cell)

    page.goto(f"{app_url}/?view=errors&network={NETWORK}&data=scenes&split=val")
    click_cell(page, "figure-errors-matrix", cell, "cell")

    row, column = (CLASSES.names[k] for k in cell)
    regions = page.locator(".st-key-figure-errors-regions")
    regions.get_by_text(f"Labelled {row}, predicted {column}").wait_for()
    regions.get_by_text(f"{counts[cell]:,} px in {found.segments} segment").first.wait_for()
    assert regions.locator(".shapelayer path").count() == len(found.boxes)
    assert metric(page, "pixels").text_content() == f"{counts[cell]:,} px"
    assert metric(page, "segments").text_content() == str(found.segments)


def test_a_click_on_a_pair_of_tokens_marks_where_the_two_are_confused(page, app_url, sample, prediction):
    counts = confusion(prediction, sample.label, len(CLASSES.names), CLASSES.ignore_id)
    both = np.triu(counts + counts.T, 1)
    pair = place_of(both.argmax(), both)

    page.goto(f"{app_url}/?view=tokens&network={NETWORK}&data=scenes&split=val")
    click_cell(page, "figure-tokens-matrix", pair, "pair")

    names = [CLASSES.names[k] for k in pair]
    regions = page.locator(".st-key-figure-tokens-regions")
    regions.get_by_text(f"Taken for each other: {names[0]} and {names[1]}").wait_for()
    for one in (pair, (pair[1], pair[0])):
        words = f"({CLASSES.names[one[0]]} as {CLASSES.names[one[1]]})"
        assert metric(page, f"pixels {words}").text_content() == f"{counts[one]:,} px"
        segments = confused_regions(prediction, sample.label, one).segments
        assert metric(page, f"segments {words}").text_content() == str(segments)
