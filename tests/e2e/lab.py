"""A JupyterLab with nobody's settings, and what a reader does in it: open a notebook, run all cells, wait."""

import json
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from apps.browser import free_port, served

TOKEN = "a-token-of-this-test"
SERVER = """
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.open_browser = False
c.KernelManager.transport = "ipc"
c.LabApp.extension_manager = "readonly"
"""
# Without it JupyterLab asks for one.
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": False},
}
# Where pixel (x, y) of a figure's first panel lies on the screen: plotly's own axes know.
PLACE = """(plot, [x, y]) => {
  const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""


@dataclass(frozen=True)
class Lab:
    """A running server: its address and the folder of its notebooks."""

    address: str
    folder: Path

    def run_all(self, page, name: str, cells: list) -> None:
        """Open a notebook of these cells in the page and run all of them; returns while they run."""
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
        nbformat.write(notebook, self.folder / f"{name}.ipynb")
        # JupyterLab's start and the kernel's imports take minutes where other tests keep the processor busy.
        page.set_default_timeout(120_000)
        page.goto(f"{self.address}/lab/workspaces/{name}/tree/{name}.ipynb?token={TOKEN}&reset")
        self._wait_for_kernel(name)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
        page.get_by_text("Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()

    def _wait_for_kernel(self, name: str) -> None:
        """Until the notebook's kernel listens: JupyterLab calls it idle before it has even asked for one."""
        kernel = None
        for _ in range(240):
            kernel = self._kernel_of(f"{name}.ipynb")
            if kernel and kernel["connections"] and kernel["execution_state"] == "idle":
                return
            time.sleep(0.5)
        pytest.fail(f"no kernel was ready within two minutes: {kernel}")

    def _kernel_of(self, path: str) -> dict | None:
        """What the server lists, None while it cannot: it answers 500 to a question between a kernel's birth and its
        first message."""
        try:
            with urllib.request.urlopen(f"{self.address}/api/sessions?token={TOKEN}") as answer:
                sessions = json.load(answer)
        except urllib.error.HTTPError as refusal:
            if refusal.code != 500:
                raise
            return None
        return next((one["kernel"] for one in sessions if one["path"] == path), None)


@contextmanager
def served_lab(folder: Path) -> Generator[Lab]:
    """A JupyterLab while the block runs; all that it writes lies in the folder."""
    config, work = folder / "config", folder / "work"
    (config / "labconfig").mkdir(parents=True)
    work.mkdir()
    (config / "jupyter_lab_config.py").write_text(SERVER)
    (config / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", "--allow-root"]
    command += [f"--ServerApp.root_dir={work}"]
    homes = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA")}
    address = f"http://127.0.0.1:{port}"
    # The kernel's sockets lie in the runtime folder, and the path of a socket has at most 107 letters.
    with tempfile.TemporaryDirectory(prefix="lab") as runtime:
        homes |= {"JUPYTER_RUNTIME_DIR": runtime, "IPYTHONDIR": str(folder / "ipython")}
        with served(command, f"{address}/api?token={TOKEN}", {**os.environ, **homes}):
            yield Lab(address, work)


def click_at(plot, pixel):
    """Click the pixel of a figure's first panel, once the notebook has stopped moving under cells that grow."""
    place: list[float] = []
    plot.scroll_into_view_if_needed()
    while place != (now := plot.evaluate(PLACE, pixel)):
        place = now
        plot.page.wait_for_timeout(1000)
    plot.page.mouse.click(*place)
