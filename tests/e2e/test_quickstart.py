"""The quickstart in a real JupyterLab: run the cells, click the picture."""

from pathlib import Path

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUICKSTART = Path(__file__).resolve().parents[2] / "notebooks/00_quickstart.ipynb"
# Where pixel (x, y) lies on the screen: plotly's own axes know.
PLACE = """([x, y]) => {
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  const plot = plots.find((plot) => plot.layout.title.text.includes('affinity'));
  const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""


@pytest.fixture
def cells():
    """The quickstart's up to its widget of the affinity."""
    found = nbformat.read(QUICKSTART, as_version=4).cells
    last = next(index for index, cell in enumerate(found) if "AffinityWidget(" in cell.source)
    return found[: last + 1]


def test_a_click_in_jupyterlab_shows_the_affinity_of_the_pixel(lab, page, cells):  # the page ends before its server
    lab.run_all(page, "quickstart", cells)
    title = page.locator(".js-plotly-plot", has_text="Local affinity of pixel").locator(".gtitle")
    title.wait_for()
    title.scroll_into_view_if_needed()
    assert "pixel (256, 128)" in title.text_content()

    page.mouse.click(*settled_place(page, [400, 60]))
    # The mouse has whole pixels of the screen, which are not those of the image.
    page.wait_for_function("() => /affinity of pixel \\((399|400|401), (59|60|61)\\)/.test(document.body.textContent)")

    # The pictures of the cells before are drawn as well.
    assert page.locator(".js-plotly-plot").count() == 2


def settled_place(page, pixel):
    """Where the pixel lies once the notebook has stopped moving under cells that grow."""
    place = None
    while place != (now := page.evaluate(PLACE, pixel)):
        place = now
        page.wait_for_timeout(1000)
    return place
