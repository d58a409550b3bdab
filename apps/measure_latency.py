"""Measure in a real browser how long the explorer takes to answer; prints one JSON value.

    uv run python -m apps.measure_latency

``server_start``: from the command to a server that answers, torch loaded (packages compiled, on a warm disk);
``first_picture``: from opening the page to its picture, by a server that has just been started;
``next_reader``: the same once the process has its network; ``new_image``: from *Next* to the new picture;
``pixel_click``: from the click to the new dots, weights and numbers. Seconds: median and largest.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from typing import TYPE_CHECKING, Any

from apps.browser import chromium, served_explorer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURE = "[data-testid=pixel-picker] img"
_WAIT_MS = 120_000

# The clock stops at the first frame in which the condition holds, so the driver's own delays do not count.
_CLICK = """async ([x, y]) => {
  const hosts = [...document.querySelectorAll('*')].map((element) => element.shadowRoot).filter(Boolean);
  const picker = hosts.map((root) => root.querySelector('[data-testid=pixel-picker]')).find(Boolean);
  const image = picker.querySelector('img'), box = image.getBoundingClientRect(), before = picker.dataset.pixel;
  const start = performance.now();
  const position = { clientX: box.left + x * box.width, clientY: box.top + y * box.height, bubbles: true };
  image.dispatchEvent(new MouseEvent('click', position));
  while (true) {
    await new Promise(requestAnimationFrame);
    const [column, row] = picker.dataset.pixel.split(',');
    const done = picker.dataset.pixel !== before && document.body.textContent.includes(`Pixel (${column}, ${row})`);
    if (done) return (performance.now() - start) / 1000;
    if (performance.now() - start > 30000) throw new Error('no answer to the click');
  }
}"""


def measure(rounds: int) -> dict[str, Any]:
    """All latencies, each measured `rounds` times."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    seconds: dict[str, list[float]] = {
        name: [] for name in ("server_start", "first_picture", "next_reader", "new_image", "pixel_click")
    }
    with chromium() as browser:
        with served_explorer(environment) as url:
            _open(browser, url)
        for _ in range(rounds):
            start = time.perf_counter()
            with served_explorer(environment) as url:
                seconds["server_start"].append(time.perf_counter() - start)
                seconds["first_picture"].append(_open(browser, url))
                seconds["next_reader"].append(_open(browser, url))
        with served_explorer(environment) as url:
            seconds |= _answers(browser, url, rounds)
    return {name: _summary(values) for name, values in seconds.items()} | {"machine": machine()}


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    return {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()}


def click_seconds(page: Page, x: float, y: float) -> float:
    """Seconds from a click at a share (x, y) of the image to the answer on the page."""
    return float(page.evaluate(_CLICK, [x, y]))


def _open(browser: Browser, url: str) -> float:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url)
    page.locator(PICTURE).wait_for(timeout=_WAIT_MS)
    page.wait_for_function("document.querySelector('.js-plotly-plot .main-svg')", timeout=_WAIT_MS)
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def _answers(browser: Browser, url: str, rounds: int) -> dict[str, list[float]]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(url)
    image = page.locator(PICTURE)
    image.wait_for(timeout=_WAIT_MS)
    new_image, clicks = [], []
    for number in range(rounds):
        before = image.get_attribute("data-signature")
        start = time.perf_counter()
        page.get_by_role("button", name="Next").click()
        page.locator(f"{PICTURE}:not([data-signature='{before}'])").wait_for(timeout=_WAIT_MS)
        new_image.append(time.perf_counter() - start)
        page.wait_for_timeout(1000)
        clicks += [click_seconds(page, 0.2 + 0.1 * step, 0.3 + 0.05 * number) for step in range(5)]
    return {"new_image": new_image, "pixel_click": clicks}


def _summary(values: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 3), "max": round(max(values), 3), "n": len(values)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Latencies of the explorer in a real browser, as JSON.")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions of each measurement")
    print(json.dumps(measure(parser.parse_args().rounds), indent=2))
