"""The Size response page in a real Chromium: another width and another reach give another answer."""

import pytest

from apps.latency.clock import PICTURE
from models.study.size_networks import FOLDER

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_moving_a_slider_draws_the_scene_with_the_new_width(page, app_url):
    if not (FOLDER / "gald-whole.safetensors").is_file():
        pytest.skip("no network of the size response ships")
    page.set_default_timeout(300_000)
    page.goto(app_url)
    page.locator(PICTURE).wait_for()
    page.get_by_role("link", name="Size response").click()
    page.get_by_text("Posts 3 px wide, signs 12 px").wait_for()
    scene = page.locator(".js-plotly-plot").first.locator("image").first
    scene.wait_for()
    before = scene.get_attribute("href")

    slider = page.locator("[data-testid=stSlider]", has_text="Width of every post").get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    page.get_by_text("Posts 4 px wide, signs 12 px").wait_for()
    page.wait_for_function(
        "before => document.querySelector('.js-plotly-plot image')?.getAttribute('href') !== before", arg=before
    )

    page.locator("[data-testid=stSelectbox]", has_text="Windows of GA").locator("input").first.click()
    page.get_by_role("option", name="the whole image").click()
    page.get_by_text("GALD whole: posts").first.wait_for()
    page.get_by_text("Recall against size").first.wait_for()
