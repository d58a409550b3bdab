"""The quickstart in a real JupyterLab: run the cells, click the picture."""

from pathlib import Path

import nbformat
import pytest

from tests.e2e.lab import click_at

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUICKSTART = Path(__file__).resolve().parents[2] / "notebooks/00_quickstart.ipynb"


@pytest.fixture
def cells():
    """The quickstart's up to its widget of the affinity."""
    found = nbformat.read(QUICKSTART, as_version=4).cells
    last = next(index for index, cell in enumerate(found) if "AffinityWidget(" in cell.source)
    return found[: last + 1]


def test_a_click_in_jupyterlab_shows_the_affinity_of_the_pixel(lab, page, cells):  # the page ends before its server
    lab.run_all(page, "quickstart", cells)
    plot = page.locator(".js-plotly-plot", has_text="Local affinity of pixel")
    plot.locator(".gtitle").wait_for()
    assert "pixel (256, 128)" in plot.locator(".gtitle").text_content()

    click_at(plot, [400, 60])
    # The mouse has whole pixels of the screen, which are not those of the image.
    page.wait_for_function("() => /affinity of pixel \\((399|400|401), (59|60|61)\\)/.test(document.body.textContent)")

    # The pictures of the cells before are drawn as well.
    assert page.locator(".js-plotly-plot").count() == 2
