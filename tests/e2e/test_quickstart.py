"""The quickstart in a real JupyterLab: run the cells, click the picture."""

import json
import os
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

from apps.browser import free_port, served

# On demand (-m slow): the start of a kernel within JupyterLab is not dependable yet.
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
    """Address of the quickstart, up to its widget, in a JupyterLab with nobody's settings."""
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
            yield f"{address}/lab/tree/quickstart.ipynb?token={TOKEN}&reset"


def run_all(page):
    page.get_by_text("Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def test_a_click_in_jupyterlab_shows_the_affinity_of_the_pixel(page, lab):
    # JupyterLab's start and the kernel's imports take minutes where other tests keep the processor busy.
    page.set_default_timeout(60_000)
    page.goto(lab)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
    run_all(page)
    title = page.locator(".js-plotly-plot", has_text="Local affinity of pixel").locator(".gtitle")
    # Where the cells are run before the session is ready, JupyterLab asks for the kernel instead.
    select = page.locator(".jp-Dialog .jp-mod-accept")
    select.or_(title).first.wait_for()
    if select.is_visible():
        select.click()
        select.wait_for(state="detached")
        run_all(page)
    title.wait_for()
    title.scroll_into_view_if_needed()
    before = title.text_content()

    page.wait_for_timeout(500)
    page.mouse.click(*page.evaluate(PLACE, [400, 60]))
    page.wait_for_function("before => document.body.textContent.includes('pixel (400, 60)')", arg=before)

    assert title.text_content() != before
    # The pictures of the cells before are drawn as well.
    assert page.locator(".js-plotly-plot").count() == 2
