"""One server and one Chromium for all browser tests; a page that fails on console errors and outside requests."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.browser import chromium, find_chromium, served_explorer
from models import zoo
from tests.e2e.lab import Lab, served_lab

INSIDE = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def browser():
    if find_chromium() is None:
        if os.environ.get("CI") == "true" or os.environ.get("GALD_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium is installed, and this run demands the browser tests")
        pytest.skip("no Chromium on the PATH (set GALD_CHROMIUM): browser tests are skipped")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def shipped() -> list[str]:
    """Names of the checkpoints that ship; the browser tests look through them."""
    if not zoo.names():
        pytest.skip("no checkpoint in models/zoo")
    return zoo.names()


@pytest.fixture(scope="session")
def app_url(browser, shipped) -> Iterator[str]:
    data = os.environ.get("GALD_DATA") or str(ROOT.parent / "shared" / "data")
    with served_explorer({**os.environ, "GALD_DATA": data}) as url:
        yield url


@pytest.fixture(scope="session")
def lab(browser, shipped, tmp_path_factory) -> Iterator[Lab]:
    """One JupyterLab for all tests of notebooks and widgets."""
    with served_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def context(browser):
    """One profile for all tests, so that the front end is loaded and compiled once."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(120_000)
    yield context
    context.close()


def asked(line) -> bool:
    """Whether Streamlit only asked below a page's own address before it asks the server's root."""
    return re.search(r"/[a-z-]+/_stcore/", line.location.get("url", "")) is not None


def late(error) -> bool:
    """Whether anywidget only says that a page was busy for two seconds, after which our widgets lose nothing."""
    return "[anywidget] Failed to initialize model" in str(error)


@contextmanager
def checked_page(context):
    """A page that is closed in the end and must have asked nobody outside and met no error."""
    page = context.new_page()
    outside, errors = [], []
    page.on("request", lambda sent: None if sent.url.startswith(INSIDE) else outside.append(sent.url))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" and not asked(line) else None)
    page.on("pageerror", lambda error: None if late(error) else errors.append(str(error)))
    yield page
    page.close()
    assert not outside
    assert not errors


@pytest.fixture
def page(context):
    with checked_page(context) as page:
        yield page
