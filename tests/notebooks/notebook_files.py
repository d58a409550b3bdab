"""Reading notebooks, and what their cells showed."""

from pathlib import Path

import nbformat

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECONDS = 240  # a notebook takes less than a minute; a loaded machine with a cold UMAP may need more


def read(path):
    return nbformat.read(path, as_version=4)


def code_of(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def kinds_of(cell):
    """MIME types of everything that a cell showed."""
    return {kind for output in cell.outputs if "data" in output for kind in output["data"]}


def printed(cells, name="stdout"):
    return "".join(output.text for cell in cells for output in cell.outputs if output.get("name") == name)
