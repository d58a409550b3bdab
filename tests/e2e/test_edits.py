"""Editing in a real Chromium: nothing changed, something changed, something painted."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_CHANGED = re.compile(r"The edit changes .* of the pixels, a random edit of equal size")


def settle(page):
    page.wait_for_timeout(200)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def choose(page, label, option):
    page.locator("[data-testid=stSelectbox]", has_text=label).locator("input").click()
    page.get_by_role("option", name=option).first.click()
    settle(page)


def number(page, label):
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").inner_text()


def test_an_edit_is_chosen_and_painted_and_the_numbers_follow(page, app_url):
    page.goto(f"{app_url}/edits")
    page.get_by_text("the answer is the same bit for bit").wait_for()
    settle(page)
    assert number(page, "changed pixels") == "0 px"

    choose(page, "Stage", "gald.features")
    choose(page, "Edit", "replace by its mean")
    page.get_by_text(_CHANGED).first.wait_for()
    settle(page)
    everywhere = number(page, "changed pixels")
    assert everywhere != "0 px"
    assert number(page, "edited cells") == "100.0 %"

    choose(page, "Where", "where I paint")
    picture = page.get_by_test_id("brush").locator("img")
    picture.wait_for()
    box = picture.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.6 * box["height"], steps=5)
    page.mouse.up()
    page.locator("[data-testid=brush][data-strokes='1']").wait_for()
    page.get_by_test_id("stMetric").first.wait_for()
    settle(page)

    assert number(page, "edited cells") not in ("0.0 %", "100.0 %")
    assert page.get_by_test_id("stException").count() == 0
