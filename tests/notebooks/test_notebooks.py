import os
import re

import pytest
from nbclient import NotebookClient

from models import zoo
from tests.notebooks.notebook_files import FOLDER, NOTEBOOKS, SECONDS, code_of, kinds_of, printed, read


def test_there_is_a_quickstart():
    assert FOLDER / "00_quickstart.ipynb" in NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path):
    for cell in code_of(path):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_use_the_package_and_define_nothing(path):
    for cell in code_of(path):
        for word in ("def ", "class ", "sys.path", "!pip", "!wget", "%pip"):
            assert word not in cell.source


def executed(name):
    """Code cells of a notebook after all of them ran."""
    notebook = read(FOLDER / f"{name}.ipynb")
    NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": os.getcwd()}}
    ).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def quickstart():
    if not zoo.names():
        pytest.skip("no checkpoint in models/zoo: the notebooks look through those that ship")
    return executed("00_quickstart")


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    # One thread and a device of its own: other tests train on the same machine.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("GALD_LOCKS", str(tmp_path_factory.mktemp("locks")))
        return executed("10_train_and_watch")


def test_a_training_is_estimated_watched_stopped_resumed_compared_and_opened(training):
    shown = [kinds_of(cell) for cell in training]
    values = [output.data.get("text/plain", "") for cell in training for output in cell.outputs if "data" in output]

    # Runs compared, errors, affinity.
    assert sum("application/vnd.plotly.v1+json" in kinds for kinds in shown) == 3
    assert sum("application/vnd.jupyter.widget-view+json" in kinds for kinds in shown) == 1
    assert any(value.startswith("('stopped', ") for value in values)
    assert "('done', True)" in values


def test_a_training_tells_its_cost_and_leaves_no_memory(training):
    text = printed(training)

    assert re.search(r"\d+ s on \w+: 24 steps of \d+ ms", text)
    assert re.search(r"\d+\.\d samples a second on", text)
    assert re.search(r"peak memory \d+\.\d\d GB\nnow: at work False, 0\.00 GB", text)
    assert printed(training, "stderr") == ""


def test_quickstart_has_six_pictures_and_ends_with_the_explorer(quickstart):
    shown = [kinds_of(cell) for cell in quickstart]

    assert sum("application/vnd.plotly.v1+json" in kinds for kinds in shown) == 5
    # The affinity, and all of them.
    assert sum("application/vnd.jupyter.widget-view+json" in kinds for kinds in shown) == 2


def test_quickstart_prints_no_warning(quickstart):
    assert printed(quickstart, "stderr") == ""
