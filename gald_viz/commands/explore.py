"""gald explore: the explorer, in the browser."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

from gald_viz.commands.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Port and whether a browser opens."""
    parser.add_argument("--port", type=int, default=8501, metavar="INT", help="port to serve on (default: 8501)")
    parser.add_argument("--headless", action="store_true", help="do not open a browser")


def run(arguments: argparse.Namespace) -> Report:
    """Serve until it is stopped.

    Raises:
        ValueError: if the port does not exist, or the apps are not installed.
    """
    if not 1 <= arguments.port <= 65535:
        raise ValueError(f"port is {arguments.port}, must lie in 1..65535.")
    command = [sys.executable, "-m", "streamlit", "run", str(explorer()), f"--server.port={arguments.port}"]
    if arguments.headless:
        command.append("--server.headless=true")
    code = subprocess.run(command, check=False).returncode
    return Report({"code": code}, "explorer stopped", code)


def explorer() -> Path:
    """File of the explorer, found without importing it.

    Raises:
        ValueError: if the package apps is not installed.
    """
    found = importlib.util.find_spec("apps")
    places = [Path(place) / "explorer.py" for place in found.submodule_search_locations or ()] if found else []
    for place in places:
        if place.is_file():
            return place
    raise ValueError("apps/explorer.py is not installed; install gald-viz, or run this in its checkout.")
