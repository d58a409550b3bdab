"""Every widget in a real JupyterLab, in one notebook with one kernel: click, callback, picture changes."""

import re

import nbformat
import pytest

from tests.e2e.conftest import checked_page
from tests.e2e.lab import click_at
from tests.e2e.lasso import click_image, lasso_all

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = (
    """
import os
os.environ["GALD_LOCKS"] = "locks"  # a device of its own: other tests train on the same machine
from gald_viz.probes.capture import capture
from gald_viz.types import Look
from gald_viz.widgets.edits import EditWidget
from gald_viz.widgets.explorer import ExplorerWidget
from gald_viz.widgets.linked_points import PointsWidget
from gald_viz.widgets.masks import MaskBrowser
from gald_viz.widgets.training import TrainingWidget
from models.checkpoint import load_checkpoint
from models.config import DataConfig, TrainConfig
from models.data import open_data
from models.presets import preset
from models.training.job import Job
scene = open_data("scenes", split="val")[0]
""",
    'ExplorerWidget(scene.image, ["scenes-aspp-ldv2", "scenes-cgnl-ldv1"], scene.label, pixel=(100, 200))',
    'MaskBrowser(scene.image, "scenes-cgnl-ldv1", scene.label)',
    'EditWidget(scene.image, "scenes-cgnl-ldv1", scene.label)',
    """
umap = {"method": "UMAP (seconds)", "per_class": 20}
PointsWidget(Look(capture(load_checkpoint("scenes-aspp-ldv2"), scene.image), scene.label, umap))
""",
    """
recipe = TrainConfig(iterations=4, batch=2, validate_every=4, accelerator="cpu", weights="none")
data = DataConfig("scenes", crop=(96, 96), limit=2, workers=0)
TrainingWidget("run", Job("tiny-fcn", preset("tiny-fcn").model, data, recipe), seconds=1)
""",
)
EXPLORER, MASKS, EDITS, POINTS, TRAINING = range(1, 6)
# anywidget's two seconds to load a widget are over at once, as on a page that is busy for longer.
BUSY = """
const within = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (time) => within(time === 2000 ? 0 : time);
"""
RINGS = """(plot) => plot.data.filter((trace) => trace.name === 'the chosen pixel')
  .map((trace) => [trace.x[0], trace.y[0]])"""


@pytest.fixture(scope="module")
def notebook(context, lab):
    with checked_page(context) as page:
        page.add_init_script(BUSY)
        lab.run_all(page, "widgets", [nbformat.v4.new_code_cell(source.strip()) for source in CELLS])
        yield page


@pytest.fixture
def widget(notebook):
    """Cell number -> its output, in view."""

    def shown(number):
        output = notebook.locator(".jp-Notebook-cell").nth(number).locator(".jp-Cell-outputArea")
        output.locator(".jupyter-widgets, .lm-Widget").first.wait_for(state="attached")
        output.scroll_into_view_if_needed()
        return output

    return shown


def plot_of(output, title):
    plot = output.locator(".js-plotly-plot").filter(has=output.page.locator(".gtitle", has_text=title))
    plot.locator(".gtitle").wait_for()
    return plot


def near(found, wanted):
    """The mouse has whole pixels of the screen, which are not those of the image."""
    return all(abs(a - b) <= 1 for a, b in zip(found, wanted, strict=True))


def test_the_explorer_moves_its_pixel_in_every_view(widget, notebook):
    explorer = widget(EXPLORER)
    panels = explorer.locator("[data-testid=linked-panels]")
    panels.and_(notebook.locator("[data-kept='100,200']")).wait_for()
    plot_of(explorer, "Pixel (100, 200)")
    canvas = panels.locator("canvas").nth(1)
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.25})
    panels.get_by_text(re.compile(r"pixel \(25\d, 6\d\)")).first.wait_for()
    plot_of(explorer, re.compile(r"Pixel \(25\d, 6\d\)"))

    explorer.get_by_role("button", name="Errors", exact=True).click()
    errors = plot_of(explorer, "Errors of scenes-aspp-ldv2")
    click_at(errors, [400, 60])
    explorer.get_by_text(re.compile(r"○ pixel \((399|400|401), (59|60|61)\)")).wait_for()
    rings = errors.evaluate(RINGS)
    assert len(rings) >= 2 and all(near(ring, (400, 60)) for ring in rings)

    explorer.get_by_role("button", name="Local affinity", exact=True).click()
    affinity = plot_of(explorer, re.compile(r"affinity of pixel \((399|400|401), (59|60|61)\)"))
    click_at(affinity, [120, 180])
    plot_of(explorer, re.compile(r"affinity of pixel \((119|120|121), (179|180|181)\)"))

    explorer.get_by_role("button", name="LD masks", exact=True).click()
    explorer.get_by_text("choose a checkpoint with LDv1").wait_for()


def test_the_mask_browser_goes_to_the_next_channel(widget):
    masks = widget(MASKS)
    masks.get_by_text("1 of 128", exact=True).wait_for()
    first = re.search(r"channel (\d+) of 128", plot_of(masks, "LD mask").text_content())[1]

    masks.get_by_role("button", name="Next →").click()

    masks.get_by_text("2 of 128", exact=True).wait_for()
    pictured = masks.locator(".js-plotly-plot").first.get_by_text(re.compile(r"channel \d+ of 128"))
    pictured.filter(has_not_text=f"channel {first} of").wait_for()


def test_the_edit_panel_runs_what_lies_behind_the_stage(widget):
    edits = widget(EDITS)
    edits.get_by_text("the same bit for bit").wait_for()
    assert edits.locator(".js-plotly-plot").count() == 1

    edits.locator("select").nth(1).select_option("replace by its mean")

    edits.get_by_text("of 5 random ones change at least as many").wait_for()
    plot_of(edits, "ld.mask: replace by its mean")
    plot_of(edits, "The edit beside random edits of equal size")


def test_a_lasso_marks_the_image_and_a_click_marks_the_map(widget, notebook):
    points = widget(POINTS).locator("[data-testid=linked-points]")
    points.and_(notebook.locator("[data-chosen='0']")).wait_for()
    assert "UMAP of the features" in points.locator("h4").text_content()
    lasso_all(notebook, points)
    click_image(notebook, points)


def test_the_training_watcher_starts_a_job_and_follows_it_to_the_end(widget):
    training = widget(TRAINING)
    training.get_by_text("no run yet").wait_for()

    training.get_by_role("button", name="Start").click()

    training.get_by_text("step 4 of 4").wait_for()
    training.get_by_text("done", exact=True).wait_for()
    training.locator(".js-plotly-plot .gtitle", has_text="loss").first.wait_for()
    # One of the fixed images at the last step.
    training.get_by_text("Fixed image").first.wait_for()
