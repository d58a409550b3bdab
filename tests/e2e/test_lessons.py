"""A lesson as a class meets it, in a real Chromium: a link, a prediction, a slider, the address to pass on."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_link_opens_a_lesson_and_another_tab_opens_what_was_left(page, app_url):
    page.goto(f"{app_url}/lessons?lesson=atrous&rate=6")
    page.get_by_text("6 cells apart").first.wait_for()
    page.get_by_text("50 to 80 %", exact=True).click()
    page.locator("button:enabled:has-text('Commit and run')").click()
    page.get_by_text("and so it is").wait_for()
    page.locator(".js-plotly-plot .main-svg").first.wait_for()

    handle = page.get_by_role("slider", name="Atrous rate, cells")
    handle.focus()
    handle.press("ArrowRight")
    page.get_by_text("rate 7 on 65").first.wait_for()
    page.wait_for_url(re.compile(r"lesson=atrous.*rate=7"))
    left = page.url

    page.goto("about:blank")
    page.goto(left)
    page.get_by_text("rate 7 on 65").first.wait_for()
    assert page.get_by_role("slider", name="Atrous rate, cells").input_value() == "7"
