"""The Ranking page in a real Chromium: a class is chosen, the images are sorted, a row opens the explorer."""

import pytest
from playwright.sync_api import TimeoutError

from gald_viz.analysis.index_query import Selection
from gald_viz.analysis.ranking import rank_images
from gald_viz.index.files import SHIPPED, find_indexes

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def settle(page):
    page.wait_for_timeout(300)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def choose(page, kind, label, option):
    box = page.locator(f"[data-testid={kind}]", has_text=label).locator("input").first
    box.click()
    box.press_sequentially(option)
    page.get_by_role("option", name=option, exact=True).first.click()
    page.keyboard.press("Escape")
    settle(page)


def click_second_row(page, opened):
    """Header, then rows with a thumbnail: into the second one's id, again while the grid moves under the mouse."""
    grid = page.get_by_test_id("stDataFrame").first
    for _ in range(8):
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        # The grid lies below what takes its clicks.
        page.mouse.click(box["x"] + 180, box["y"] + 36 + 62 + 30)
        try:
            return opened.wait_for(timeout=20_000)
        except TimeoutError:
            continue
    opened.wait_for()


def test_a_filtered_and_sorted_row_lands_in_the_explorer_on_its_image(page, app_url):
    page.goto(app_url)
    page.get_by_role("link", name="Ranking").click()
    # The first visit imports what the page needs.
    page.get_by_text("Where does a stage help").wait_for(timeout=300_000)
    settle(page)
    choose(page, "stMultiSelect", "Classes", "pole")
    choose(page, "stSelectbox", "Sorted by", "most lost")
    index = find_indexes(SHIPPED)[0]
    expected = rank_images(index, Selection("ga", "output", ("pole",)), "most lost", 10).image

    # The grid is a canvas; the table beside it that screen readers read holds its text.
    page.locator("[data-testid=stDataFrame] td", has_text=expected[1]).first.wait_for(state="attached")
    click_second_row(page, opened=page.get_by_text("Stage predictions."))
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    settle(page)
    assert page.get_by_text(expected[1]).count() > 0
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
