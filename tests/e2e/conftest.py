"""One server and one Chromium for all browser tests; a page that fails on console errors and outside requests."""

import os
from collections.abc import Iterator

import pytest

from apps.browser import chromium, find_chromium, served_explorer

INSIDE = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")


@pytest.fixture(scope="session")
def browser():
    if find_chromium() is None:
        if os.environ.get("CI") == "true" or os.environ.get("GALD_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium is installed, and this run demands the browser tests")
        pytest.skip("no Chromium on the PATH (set GALD_CHROMIUM); browser tests are skipped")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def app_url(browser) -> Iterator[str]:
    with served_explorer() as url:
        yield url


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    outside, errors = [], []
    page.on("request", lambda sent: None if sent.url.startswith(INSIDE) else outside.append(sent.url))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not outside
    assert not errors
