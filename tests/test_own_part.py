"""A GA and a data set of one's own: two files in a copy of the tree, then contracts, command line and app."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```python\n# (\S+/(?:mean|stripes)\.py)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OWN = dict(BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text()))
TRAIN = """
from gald_viz.cli import main
words = "train tiny-cgnl-ldv1 --data stripes --aggregation-name mean --out run --iterations 2 --batch 2 --crop 128,128"
raise SystemExit(main([*words.split(), "--workers", "0"]))
"""
# The page of a network that holds the user's GA, on an image of the user's data.
OPEN = """
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("{page}", default_timeout=120)
page.session_state["control.view"] = "masks"
page.run()
page.selectbox(key="control.checkpoint").select("own checkpoint \u2026").run()
page.text_input(key="control.checkpoint.path").set_value("{checkpoint}").run()
page.selectbox(key="control.data").select("stripes").run()
assert not page.exception and not page.error, [*page.exception, *page.error]
print(page.metric[0].label, "|", page.caption[-1].value)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """The project with the two files of CONTRIBUTING in their rooms, and without the checkpoints that ship."""
    copy = tmp_path_factory.mktemp("own") / "project"
    left_out = shutil.ignore_patterns("__pycache__", "*.safetensors")
    for room in ("models", "gald_viz", "apps", "tests"):
        shutil.copytree(ROOT / room, copy / room, ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for path, code in OWN.items():
        (copy / path).write_text(code)
    return copy


def python(tree: Path, *words: str) -> str:
    """What Python prints in the copy, whose modules come before the installed ones."""
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=tree, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("path", OWN)
def test_twelve_lines_are_enough(path):
    module = ast.parse(OWN[path])
    told = {node.body[0].lineno for node in ast.walk(module) if isinstance(node, (ast.Module, ast.ClassDef))}
    lines = [number for number, line in enumerate(OWN[path].splitlines(), 1) if line.strip()]

    assert set(OWN) == {"models/aggregation/mean.py", "models/data/stripes.py"}
    assert len([number for number in lines if number not in told]) <= 12


@pytest.mark.slow
@pytest.mark.parametrize(("room", "name"), [("models/aggregation", "mean"), ("models/data", "stripes")])
def test_the_contract_of_the_room_runs_on_it(tree, room, name):
    tests = [f"tests/{room}/test_contract.py", "-n", "0", "-k", name, "-p", "no:cacheprovider"]

    passed = re.search(r"^(\d+) passed", python(tree, "-m", "pytest", *tests), re.MULTILINE)

    assert passed is not None
    assert int(passed[1]) >= 2


@pytest.mark.slow
def test_a_network_with_it_is_trained_from_the_command_line_and_opens_in_the_app(tree):
    python(tree, "-c", TRAIN)
    checkpoint = tree / "run/checkpoints/final.safetensors"

    seen = python(tree, "-c", OPEN.format(page=tree / "apps/shell/page.py", checkpoint=checkpoint))

    assert "lowest gate |" in seen
    assert "stripes" in seen
