"""A job from the Train page in a real Chromium: started, watched, left alone, stopped, resumed and looked at."""

import json
import os
import re

import numpy as np
import pytest
from PIL import Image

from apps.browser import served_explorer
from apps.latency.clock import PICTURE
from models.training import launch
from models.training.run_folder import RunFolder

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 700
STEP = re.compile(rf"step (\d+) of {STEPS}")


@pytest.fixture
def blocks(tmp_path):
    """A folder data set of small pictures, each a bright block on a dark ground."""
    root, random = tmp_path / "blocks", np.random.default_rng(3)
    root.mkdir()
    classes = {"names": ["ground", "block"], "colors": [[40, 40, 40], [230, 200, 40]]}
    (root / "classes.json").write_text(json.dumps(classes))
    for split, count in (("train", 4), ("val", 2)):
        for part in ("images", "labels"):
            (root / split / part).mkdir(parents=True)
        for number in range(count):
            label = np.zeros((64, 96), np.uint8)
            top, left = random.integers(0, 32, 2)
            label[top : top + 30, left : left + 50] = 1
            image = 60 + 120 * label[..., None] + random.integers(0, 40, (64, 96, 3))
            Image.fromarray(image.astype(np.uint8)).save(root / split / "images" / f"{number}.png")
            Image.fromarray(label).save(root / split / "labels" / f"{number}.png")
    return root


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    for run in launch.runs(folder):
        if run.active:
            launch.stop(run.path)


@pytest.fixture
def url(browser, runs, tmp_path):
    # One thread: a job must not be slower than a page that looks at it.
    folders = {"GALD_RUNS": str(runs), "GALD_ROOTS": str(tmp_path), "GALD_LOCKS": str(tmp_path / "locks")}
    environment = {**os.environ, **folders, "OMP_NUM_THREADS": "1"}
    with served_explorer(environment) as address:
        yield address


def fill(page, label, value):
    box = page.get_by_label(label, exact=True).first
    box.fill(str(value))
    box.press("Enter")
    settle(page)


def choose(page, label, option):
    box = page.locator("[data-testid=stSelectbox]", has_text=label).locator("input").first
    box.click()
    box.press_sequentially(option)
    page.get_by_role("option", name=option).first.click()
    settle(page)


def settle(page):
    page.wait_for_timeout(200)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def press(page, name):
    page.locator(f"[data-testid=stButton] button:has-text('{name}'):enabled").first.click()


def new_step(page, before):
    """The number of the step that the page shows, once it is another one."""
    page.wait_for_function(
        "([steps, before]) => { const found = document.body.textContent.match(new RegExp(`step (\\\\d+) of ${steps}`));"
        " return found && found[1] !== before; }",
        arg=[STEPS, before],
    )
    return STEP.search(page.locator("body").text_content()).group(1)


def describe(page, data):
    """Fill the page's form: a small network on this folder."""
    choose(page, "Preset", "tiny-aspp-ldv2")
    choose(page, "Data set", "folder")
    fill(page, "Folder", data)
    for label, value in (("Crop, px", 64), ("by", 64), ("Batch", 2), ("Steps", STEPS)):
        fill(page, label, value)
    page.get_by_text("More of the recipe").click()
    fill(page, "Validate every", 60)


def test_a_job_is_started_watched_stopped_resumed_and_opened(page, url, runs, blocks):
    # The page's own address, which a server must answer before anybody saw its first page.
    page.goto(f"{url}/train")
    page.get_by_role("button", name="Start", exact=True).wait_for()
    settle(page)
    describe(page, blocks)
    press(page, "Start")

    shown = ""
    for _ in range(3):
        shown = new_step(page, shown)
    page.reload()
    assert int(new_step(page, shown)) > int(shown)
    press(page, "Stop")
    page.get_by_text("interrupted; continue with --resume").wait_for()
    run = RunFolder(runs / "tiny-aspp-ldv2-folder")
    stopped = run.status()["step"]
    assert run.load_state()["step"] == stopped < STEPS

    press(page, "Resume")
    page.get_by_text("LD affinity: weight kept for itself").first.wait_for()
    page.get_by_text("IoU of each class").wait_for()
    page.locator("[data-testid=stButton] button:has-text('Open in the explorer'):enabled").wait_for(timeout=300_000)
    page.get_by_text("done", exact=True).wait_for()
    losses = [step for step, split, name, _ in run.metrics() if (split, name) == ("train", "loss")]
    assert losses == list(range(1, STEPS + 1))

    press(page, "Open in the explorer")
    page.get_by_text("Error maps.").wait_for()
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    settle(page)
    assert page.get_by_label("Checkpoint file").input_value() == str(run.checkpoint.resolve())
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
    page.get_by_test_id("stButtonGroup").get_by_text("Local affinity", exact=True).click()
    page.locator(PICTURE).wait_for()
