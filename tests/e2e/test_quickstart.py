"""The quickstart in a real JupyterLab: run the cells, click the picture."""

import json
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from apps.browser import free_port, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUICKSTART = Path(__file__).resolve().parents[2] / "notebooks/00_quickstart.ipynb"
TOKEN = "a-token-of-this-test"
SERVER = """
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.open_browser = False
c.KernelManager.transport = "ipc"
c.LabApp.extension_manager = "readonly"
"""
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": False},
}
# Where pixel (x, y) lies on the screen: plotly's own axes know.
PLACE = """([x, y]) => {
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  const plot = plots.find((plot) => plot.layout.title.text.includes('affinity'));
  const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""


@pytest.fixture
def lab(tmp_path, browser, shipped):
    """Address of a JupyterLab with nobody's settings, that holds the quickstart up to its widget."""
    config = tmp_path / "config"
    (config / "labconfig").mkdir(parents=True)
    (config / "jupyter_lab_config.py").write_text(SERVER)
    (config / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    notebook = nbformat.read(QUICKSTART, as_version=4)
    last = next(index for index, cell in enumerate(notebook.cells) if "AffinityWidget(" in cell.source)
    notebook.cells = notebook.cells[: last + 1]
    (tmp_path / "work").mkdir()
    nbformat.write(notebook, tmp_path / "work" / "quickstart.ipynb")

    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", "--allow-root"]
    command += [f"--ServerApp.root_dir={tmp_path / 'work'}"]
    homes = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA")}
    address = f"http://127.0.0.1:{port}"
    # The kernel's sockets lie in the runtime folder, and the path of a socket has at most 107 letters.
    with tempfile.TemporaryDirectory(prefix="lab") as runtime:
        homes |= {"JUPYTER_RUNTIME_DIR": runtime, "IPYTHONDIR": str(tmp_path / "ipython")}
        with served(command, f"{address}/api?token={TOKEN}", {**os.environ, **homes}):
            yield address


def test_a_click_in_jupyterlab_shows_the_affinity_of_the_pixel(lab, page):  # the page ends before its server
    # JupyterLab's start and the kernel's imports take minutes where other tests keep the processor busy.
    page.set_default_timeout(120_000)
    page.goto(f"{lab}/lab/tree/quickstart.ipynb?token={TOKEN}&reset")
    wait_for_kernel(lab)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
    page.get_by_text("Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    title = page.locator(".js-plotly-plot", has_text="Local affinity of pixel").locator(".gtitle")
    title.wait_for()
    title.scroll_into_view_if_needed()
    assert "pixel (256, 128)" in title.text_content()

    page.mouse.click(*settled_place(page, [400, 60]))
    # The mouse has whole pixels of the screen, which are not those of the image.
    page.wait_for_function("() => /affinity of pixel \\((399|400|401), (59|60|61)\\)/.test(document.body.textContent)")

    # The pictures of the cells before are drawn as well.
    assert page.locator(".js-plotly-plot").count() == 2


def wait_for_kernel(address):
    """Until the notebook's kernel listens: JupyterLab calls it idle before it has even asked for one."""
    kernels = None
    for _ in range(240):
        kernels = running_kernels(address)
        if kernels and kernels[0]["connections"] and kernels[0]["execution_state"] == "idle":
            return
        time.sleep(0.5)
    pytest.fail(f"no kernel was ready within two minutes: {kernels}")


def running_kernels(address):
    """What the server lists, nothing while it cannot: it answers 500 to a question between a kernel's birth and its
    first message."""
    try:
        with urllib.request.urlopen(f"{address}/api/kernels?token={TOKEN}") as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        if refusal.code != 500:
            raise
        return []


def settled_place(page, pixel):
    """Where the pixel lies once the notebook has stopped moving under cells that grow."""
    place = None
    while place != (now := page.evaluate(PLACE, pixel)):
        place = now
        page.wait_for_timeout(1000)
    return place
