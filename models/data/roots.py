"""Where data sets lie: the --root option, or GALD_DATA/NAME."""

from __future__ import annotations

import os
from pathlib import Path


def find_root(name: str, root: str | Path | None) -> Path:
    """Folder of the data set.

    Raises:
        ValueError: if it is not given or does not exist.
    """
    if root:
        folder = Path(root).expanduser()
    elif os.environ.get("GALD_DATA"):
        folder = Path(os.environ["GALD_DATA"]).expanduser() / name
    else:
        raise ValueError(f"data set {name!r} needs its folder; give --root DIR, or GALD_DATA, the folder above it.")
    if not folder.is_dir():
        raise ValueError(f"data folder {folder} does not exist; give the folder of {name!r} with --root.")
    return folder
