"""What a reader does, each action timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from apps.browser import served_explorer
from apps.latency.clock import PICTURE, SCRIPT, WAIT_MS, Timing, timed, timed_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
# Fine maps of twelve images: about twenty thousand cells.
CELLS = {
    **{"view": "separation", "network": "scenes-hfgd", "data": "scenes", "split": "val", "pooled": "12"},
    **{"separation.per_class": "2500", "separation.classes": "11"},
}


def first_pictures(browser: Browser, environment: dict[str, str], count: int) -> Iterator[tuple[float, float, float]]:
    """Seconds of a new server to its answer, of its first reader to a picture, and of the next reader."""
    for _ in range(count):
        start = time.perf_counter()
        with served_explorer(environment) as url:
            served = time.perf_counter() - start
            yield served, _opened(browser, url), _opened(browser, url)


def new_images(page: Page, url: str, count: int) -> Iterator[Timing]:
    """*Next*, to the new picture with its numbers; the images come round after a hundred."""
    _open(page, url)
    button = page.get_by_role("button", name="Next")
    for _ in range(count):
        yield timed(page, button.click)


def clicks(page: Page, url: str, count: int) -> Iterator[Timing]:
    """A pixel that was not asked for, to its dots, weights and numbers."""
    _open(page, url)
    picture = page.locator(PICTURE)
    box = picture.bounding_box() or {"width": 0, "height": 0}
    for number in range(count):
        place = {
            "x": box["width"] * (0.05 + 0.9 * (number * 37 % 101) / 101),
            "y": box["height"] * (0.1 + 0.01 * number % 0.8),
        }
        yield timed(page, _click_at(page, place))


def edits(page: Page, url: str, count: int) -> Iterator[Timing]:
    """Another strength of an edit, to the changed picture and its numbers; the random edits follow."""
    page.goto(f"{url}/edits")
    page.get_by_text("the answer is the same bit for bit").wait_for()
    chooser = page.locator("[data-testid=stSelectbox]", has_text="Edit").locator("input")
    chooser.click()
    page.get_by_role("option", name="sharpen").first.click()
    slider = page.locator("[data-testid=stSlider]").first.get_by_role("slider")
    slider.wait_for()
    _settle(page)
    slider.press("Home")
    _settle(page)
    for number in range(count):
        yield timed_until(page, _press(slider, "ArrowRight"), f"temperature {0.1 + 0.05 * (number + 1):.2f}")


def maps(page: Page, url: str, count: int) -> Iterator[Timing]:
    """UMAP of twenty thousand cells with another seed, to the dots; a first one is not counted."""
    page.goto(f"{url}/?{urlencode(CELLS)}")
    page.get_by_test_id("linked-points").wait_for()
    page.locator("[data-testid=stSelectbox]", has_text="Map").locator("input").click()
    page.get_by_role("option", name="UMAP").click()
    page.get_by_test_id("linked-points").filter(has_text="UMAP of the features").wait_for()
    _settle(page)
    slider = page.locator("[data-testid=stSlider]", has_text="Seed").get_by_role("slider")
    for _ in range(count):
        yield timed(page, _press(slider, "ArrowRight"), quiet_ms=1500)


ACTIONS = {"new_image": new_images, "click": clicks, "edit": edits, "umap": maps}


def new_page(browser: Browser) -> Page:
    """A page with the clock in it."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(WAIT_MS)
    page.add_init_script(SCRIPT)
    return page


def _click_at(page: Page, place: dict[str, float]) -> Callable[[], None]:
    return lambda: page.locator(PICTURE).click(position={"x": place["x"], "y": place["y"]})


def _press(slider, key: str) -> Callable[[], None]:
    return lambda: slider.press(key)


def _opened(browser: Browser, url: str) -> float:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url)
    page.locator(PICTURE).wait_for(timeout=WAIT_MS)
    page.wait_for_function("document.querySelector('.js-plotly-plot .main-svg')", timeout=WAIT_MS)
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.locator(PICTURE).wait_for()
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    _settle(page)


def _settle(page: Page) -> None:
    page.wait_for_timeout(300)
    page.locator(IDLE).wait_for()
    page.wait_for_timeout(700)
