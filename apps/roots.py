"""What of this machine the pages may open: a reader's browser is not the reader's own shell.

A path that is typed into a page, or stands in a link, an index or a run, must lie in one of the server's folders. A
Python file runs its author's code, and so may a pickle: both stay closed unless the server was started to open them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from gald_viz.commands.explore import CODE, NETWORK, ROOTS
from models import zoo
from models.adapters.reference import NetworkReference

RUNS, INDEXES, DATA = "GALD_RUNS", "GALD_INDEXES", "GALD_DATA"


def runs_folder() -> str:
    """Where runs lie: GALD_RUNS, else runs/ where the server was started."""
    return os.environ.get(RUNS) or "runs"


def indexes_folder() -> str:
    """Where indexes lie: GALD_INDEXES, else indexes/ where the server was started."""
    return os.environ.get(INDEXES) or "indexes"


def allowed() -> tuple[Path, ...]:
    """The server's folders, links resolved: where it was started, those of data, runs and indexes, and GALD_ROOTS.

    Started in the home folder or at the root of the disk, that one is not meant: it would hold everything.
    """
    start = Path.cwd()
    named = [runs_folder(), indexes_folder(), os.environ.get(DATA), *os.environ.get(ROOTS, "").split(os.pathsep)]
    folders = [Path(name).expanduser().resolve() for name in named if name]
    if start not in (Path.home(), Path(start.anchor)):
        folders.insert(0, start.resolve())
    return tuple(dict.fromkeys(folders))


def confined(text: str | Path, what: str) -> Path:
    """The path without links, which lies in one of the server's folders.

    Args:
        text: as it was typed; it need not exist.
        what: how the message calls it.

    Raises:
        ValueError: if it lies elsewhere, or is no path.
    """
    try:
        place = Path(text).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"{what} is {str(text)[:80]!r}, which is no path here; give another.") from error
    folders = allowed()
    if not any(place.is_relative_to(folder) for folder in folders):
        raise ValueError(
            f"{what} is {str(text)!r}, must lie in one of the folders of this server: "
            f"{', '.join(map(str, folders))}. Copy it there, or start the server with gald explore --folder DIR."
        )
    return place


def started_with() -> NetworkReference | None:
    """The network that the command line asked for; None without one."""
    text = os.environ.get(NETWORK)
    return NetworkReference(**json.loads(text)) if text else None


def runs_code() -> bool:
    """Whether the server was started to open Python files and pickles."""
    return os.environ.get(CODE) == "1"


def check_reference(reference: NetworkReference) -> None:
    """Refuse a network whose files lie elsewhere, or which would run code; the command line's own is always allowed.

    Raises:
        ValueError: naming the file, and how the server would have to be started.
    """
    if zoo.ships(reference.source) or reference == started_with():
        return
    if not runs_code():
        risk = "a Python file" if reference.parts[0].endswith(".py") else "a pickle" if reference.trust_pickle else ""
        if risk:
            raise ValueError(
                f"network is {reference.source!r}, and {risk} can run code on this machine, which is off here; "
                "start the server with gald explore --allow-code, or name the network there with --checkpoint."
            )
    for file in reference.files:
        confined(file, "network, weights or classes")
