"""Rules of the tree that no linter holds: sizes, unfinished work, stored outputs, addresses and machine paths."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILE_LINES = 300
FUNCTION_LINES = 40
FILE_BYTES = 16 * 2**20
# Written so that this file does not break its own rules.
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K|NotImplemented[E]rror|pytest\.mark\.x[f]ail)\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(?:home|root|Users|work|workspace|opt|mnt|srv|media)/\w")
# A page to read may be named; a package index, a mirror or a server of somebody's may not.
ADDRESS = re.compile(
    r"\w+://(?!(?:arxiv\.org|doi\.org|keepachangelog\.com|semver\.org|www\.w3\.org|127\.0\.0\.1|localhost)\b)[\w.]+"
)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that git tracks and that still exists."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("the house rules are checked in a git checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in done.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


@pytest.fixture(scope="module")
def texts(tracked: list[Path]) -> dict[str, str]:
    """Path below the root -> content, of every tracked text file."""
    return {file.relative_to(ROOT).as_posix(): file.read_text() for file in tracked if b"\0" not in _start(file)}


@pytest.fixture(scope="module")
def python(texts: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name.endswith(".py")}


def test_python_files_stay_short(python: dict[str, str]):
    assert {name: n for name, text in python.items() if (n := len(text.splitlines())) > FILE_LINES} == {}


def test_functions_stay_short(python: dict[str, str]):
    assert [entry for name, text in python.items() for entry in long_functions(name, text)] == []


def test_nothing_is_left_unfinished(texts: dict[str, str]):
    assert matches(UNFINISHED, {name: text for name, text in texts.items() if name.endswith((".py", ".ipynb"))}) == []


def test_no_path_of_a_machine_and_no_address_of_a_server(texts: dict[str, str]):
    assert matches(MACHINE_PATH, texts) == []
    assert matches(ADDRESS, texts) == []


def test_notebooks_are_stored_without_outputs(texts: dict[str, str]):
    stored = []
    for name, text in texts.items():
        if name.endswith(".ipynb"):
            cells = json.loads(text)["cells"]
            stored += [f"{name} cell {i}" for i, cell in enumerate(cells) if cell.get("outputs")]
            stored += [f"{name} cell {i}: count" for i, cell in enumerate(cells) if cell.get("execution_count")]

    assert stored == []


def test_no_file_is_large(tracked: list[Path]):
    assert [file.name for file in tracked if file.stat().st_size > FILE_BYTES] == []


def test_the_length_of_a_function_leaves_out_its_docstring():
    body = "    x = 1\n" * FUNCTION_LINES
    fits = f'def fits():\n    """One.\n\n    Two.\n    """\n{body[: -len("    x = 1") - 1]}'
    too_long = f"def too_long():\n{body}"

    assert long_functions("a.py", fits + too_long) == [f"a.py:45 too_long has {FUNCTION_LINES + 1} lines"]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (MACHINE_PATH, ("cd /ho", "me/ann/data")),
        (ADDRESS, ("https:", "//index.example/x")),
        (UNFINISHED, ("# TO", "DO x")),
    ],
)
def test_the_patterns_find_what_they_forbid(pattern: re.Pattern[str], words: tuple[str, str]):
    assert pattern.search("".join(words))


@pytest.mark.parametrize(
    "line", ["runs/a/home/b", "$GALD_DATA/home/x", "/proc/cpuinfo", "TODOS", "http://127.0.0.1:80"]
)
def test_the_patterns_leave_ordinary_text_alone(line: str):
    assert not any(pattern.search(line) for pattern in (MACHINE_PATH, ADDRESS, UNFINISHED))


def long_functions(name: str, text: str) -> list[str]:
    """Functions of more than FUNCTION_LINES lines from def to end, their docstrings left out."""
    found = []
    for node in ast.walk(ast.parse(text, name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = _lines(node) - (_lines(node.body[0]) if ast.get_docstring(node) else 0)
            if lines > FUNCTION_LINES:
                found.append(f"{name}:{node.lineno} {node.name} has {lines} lines")
    return found


def matches(pattern: re.Pattern[str], texts: dict[str, str]) -> list[str]:
    """FILE:LINE text of every line with a match."""
    return [
        f"{name}:{number} {line.strip()[:120]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _start(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(1024)
