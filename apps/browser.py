"""The explorer served on a free port and a headless Chromium: for the browser tests and the latency script."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EXPLORER = Path(__file__).resolve().parent / "explorer.py"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_TRIES, _PAUSE = 600, 0.2  # at least two minutes, for machines that are busy otherwise


def find_chromium() -> str | None:
    """Path of a Chromium: GALD_CHROMIUM, or one on the PATH; None when there is none."""
    return os.environ.get("GALD_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium() -> Generator[Browser]:
    """Run a headless Chromium while the block runs.

    Raises:
        ValueError: if no Chromium is installed.
    """
    path = find_chromium()
    if path is None:
        raise ValueError(
            f"no Chromium on the PATH (looked for {', '.join(_NAMES)}); install one, or set GALD_CHROMIUM."
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served_explorer(environment: Mapping[str, str] | None = None) -> Generator[str]:
    """Run ``streamlit run explorer.py`` on a free port while the block runs; yields its address."""
    with explorer_process(environment) as (address, _):
        yield address


@contextmanager
def explorer_process(environment: Mapping[str, str] | None = None) -> Generator[tuple[str, int]]:
    """The same, which yields the server's address and the number of its process."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(EXPLORER), "--server.port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with served(command, f"{address}/_stcore/health", environment) as process:
        yield address, process


@contextmanager
def served(command: list[str], health: str, environment: Mapping[str, str] | None = None) -> Generator[int]:
    """Run a server while the block runs, from when its health address answers; yields the number of its process.

    Raises:
        RuntimeError: with the server's output, if it ends or does not answer within two minutes.
    """
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "server.log").open("w+") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, cwd=folder, env=environment or os.environ
        )
        try:
            if not _answers(process, health):
                log.seek(0)
                raise RuntimeError(f"{' '.join(command)} did not answer:\n{log.read()}")
            yield process.pid
        finally:
            _stop(process)


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(process: subprocess.Popen, health: str) -> bool:
    for _ in range(_TRIES):
        if process.poll() is not None:
            return False
        try:
            with urllib.request.urlopen(health, timeout=1):
                return True
        except OSError:
            time.sleep(_PAUSE)
    return False
