"""gald explore: the explorer, in the browser."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from gald_viz.commands.inference import add_network_options, reference_from
from gald_viz.commands.report import Report

# The explorer is another process; apps.roots reads these there.
NETWORK, ROOTS, CODE = "GALD_NETWORK", "GALD_ROOTS", "GALD_ALLOW_CODE"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Port, whether a browser opens, what the pages may open, and which network is looked at first."""
    parser.add_argument("--port", type=int, default=8501, metavar="INT", help="port to serve on (default: 8501)")
    parser.add_argument("--headless", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--folder",
        action="append",
        default=[],
        metavar="DIR",
        help="a further folder whose files the pages may open; may be given again",
    )
    parser.add_argument(
        "--allow-code",
        action="store_true",
        help="let the pages open Python files and pickles, which run their author's code: for readers you trust",
    )
    add_network_options(parser, required=False)


def run(arguments: argparse.Namespace) -> Report:
    """Serve until it is stopped.

    Raises:
        ValueError: if the port or a folder does not exist, weights or classes are given for no network, or the apps
            are not installed.
    """
    if not arguments.checkpoint and (arguments.weights or arguments.classes or arguments.trust_pickle):
        raise ValueError("weights, classes and trust-pickle are for a network; name it with --checkpoint.")
    if not 1 <= arguments.port <= 65535:
        raise ValueError(f"port is {arguments.port}, must lie in 1..65535.")
    command = [sys.executable, "-m", "streamlit", "run", str(explorer()), f"--server.port={arguments.port}"]
    if arguments.headless:
        command.append("--server.headless=true")
    environment = dict(os.environ)
    folders = [str(_folder(name)) for name in arguments.folder]
    environment[ROOTS] = os.pathsep.join(filter(None, [environment.get(ROOTS), *folders]))
    if arguments.allow_code:
        environment[CODE] = "1"
    if arguments.checkpoint:
        environment[NETWORK] = json.dumps(asdict(reference_from(arguments)))
    code = _served(command, environment)
    return Report({"code": code}, "explorer stopped", code)


def _folder(name: str) -> Path:
    place = Path(name).expanduser()
    if not place.is_dir():
        raise ValueError(f"folder {name} does not exist; give one that the pages may open.")
    return place.resolve()


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


def _served(command: list[str], environment: dict[str, str]) -> int:
    """Exit code of the server; it ends with this process, also where that is terminated."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        # On an exception, such as the exit above, run() kills its child.
        return subprocess.run(command, check=False, env=environment).returncode
    finally:
        signal.signal(signal.SIGTERM, before)
