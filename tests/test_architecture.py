"""Who may import whom, held over the syntax tree; and what an import loads.

models -> probes ----------------+
types  -> analysis -> figures ---+-> views -> widgets, paper, apps, notebooks
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("models", "gald_viz", "apps", "tests")
# What a GPU node has besides the standard library; tqdm comes with timm and lightning.
GPU_NODE = {
    *("torch", "torchvision", "timm", "lightning", "torchmetrics", "numpy", "scipy", "skimage", "PIL"),
    *("safetensors", "cv2", "pandas", "tqdm"),
    # Faster where they are there; every result is the same without.
    *("numba", "triton"),
}
METRICS = (
    *("models.evaluation.iou", "models.evaluation.boundary", "models.evaluation.error_kinds"),
    *("models.evaluation.segments", "models.detection.matching"),
)


@dataclass(frozen=True)
class Import:
    """One import statement's target: ``from a.b import c`` is a.b.c when that is a module of ours, else a.b."""

    file: str
    line: int
    target: str
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.target}"

    def is_in(self, *packages: str) -> bool:
        return any(self.target == package or self.target.startswith(f"{package}.") for package in packages)

    @property
    def top(self) -> str:
        return self.target.split(".")[0]

    @property
    def is_third_party(self) -> bool:
        return self.top not in sys.stdlib_module_names and self.top not in OURS


@dataclass(frozen=True)
class Room:
    """What a part of the tree may import: modules of ours by prefix, third-party packages by name."""

    path: str
    ours: tuple[str, ...]
    third_party: frozenset[str]


def room(path: str, ours: str, third_party: str) -> Room:
    return Room(path, tuple(ours.split()), frozenset(third_party.split()))


ROOMS = (
    Room("models", ("models",), frozenset(GPU_NODE)),
    room("gald_viz/types.py", "", "numpy"),
    room("gald_viz/graph.py", "", ""),
    room("gald_viz/probes", "models gald_viz.types gald_viz.graph gald_viz.probes", "numpy torch captum"),
    room(
        "gald_viz/analysis",
        f"gald_viz.types gald_viz.graph gald_viz.analysis gald_viz.index.files {' '.join(METRICS)}",
        "numpy scipy sklearn umap duckdb",
    ),
    room("gald_viz/index/files.py", "models.config", ""),
    room("gald_viz/index", "models gald_viz.index", "numpy pyarrow"),
    room("gald_viz/figures", "gald_viz.types gald_viz.analysis gald_viz.figures", "numpy plotly matplotlib PIL"),
    room("gald_viz/views", "gald_viz.types gald_viz.analysis gald_viz.figures gald_viz.views", "numpy"),
    room("gald_viz/export.py", "gald_viz.types", "numpy PIL"),
    room("gald_viz/pictures.py", "gald_viz.analysis", "numpy PIL"),
    room("gald_viz/editing.py", "models gald_viz.types gald_viz.probes gald_viz.analysis gald_viz.figures", "numpy"),
    room("gald_viz/runs.py", "models gald_viz.types gald_viz.analysis gald_viz.figures", "numpy plotly"),
    room("gald_viz/cli.py", "models.console gald_viz.commands", ""),
    room(
        "gald_viz/paper",
        "gald_viz.types gald_viz.graph gald_viz.probes gald_viz.analysis gald_viz.figures gald_viz.paper models",
        "numpy scipy matplotlib",
    ),
    room("gald_viz/commands", "models gald_viz.commands gald_viz.paper gald_viz.index", "torch tqdm"),
    room("gald_viz/widgets", "gald_viz models", "numpy PIL plotly ipywidgets anywidget traitlets"),
    room("apps", "apps gald_viz models", "streamlit numpy PIL plotly playwright"),
)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.path)
def test_a_room_imports_only_what_lies_before_it(room: Room):
    found = list(imports_under(room.path))

    assert [str(i) for i in found if i.top in OURS and not i.is_in(*room.ours)] == []
    assert [str(i) for i in found if i.is_third_party and i.top not in room.third_party] == []


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("streamlit", ("apps/",)),
        ("ipywidgets", ("gald_viz/widgets/",)),
        ("anywidget", ("gald_viz/widgets/",)),
        ("captum", ("gald_viz/probes/attribution.py",)),
        ("umap", ("gald_viz/analysis/separation.py",)),
        ("numba", ("models/distribution/local_attention/kernels.py",)),
        ("triton", ("models/distribution/local_attention/fused_kernels.py",)),
        ("pyarrow", ("gald_viz/index/",)),
        ("duckdb", ("gald_viz/analysis/index_query.py",)),
        ("tests", ("tests/",)),
        ("apps", ("apps/", "tests/")),
    ],
)
def test_a_package_is_imported_only_in_its_home(package: str, homes: tuple[str, ...]):
    everywhere = [i for part in OURS for i in imports_under(part)]

    assert [str(i) for i in everywhere if i.is_in(package) and not i.file.startswith((*homes, "tests/"))] == []


def test_umap_is_imported_inside_one_function():
    found = [i for i in imports_under("gald_viz/analysis/separation.py") if i.is_in("umap")]

    assert len(found) == 1
    assert found[0].function, f"{found[0]} at module level: it costs seconds and belongs into the function that uses it"


@pytest.mark.parametrize("package", ["models", "gald_viz"])
def test_importing_a_package_loads_nothing_heavy_and_prints_nothing(package: str):
    heavy = ("torch", "plotly", "streamlit", "timm", "lightning", "sklearn", "umap", "matplotlib", "captum")

    assert loaded_by(f"import {package}", heavy) == []


def test_analysis_figures_and_views_run_without_torch():
    walk = "import importlib, pkgutil\n" + "".join(
        f"import gald_viz.{part} as p\n[importlib.import_module(m.name) for m in pkgutil.walk_packages(p.__path__, "
        "p.__name__ + '.')]\n"
        for part in ("analysis", "figures", "views")
    )

    assert loaded_by(walk, ("torch", "streamlit", "umap")) == []


def loaded_by(code: str, packages: tuple[str, ...]) -> list[str]:
    """Which of the packages a fresh interpreter has loaded after the code; fails if it printed anything."""
    report = f"\nimport sys\nsys.exit(','.join(p for p in {packages} if p in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout == ""
    assert "\n" not in done.stderr.strip(), done.stderr
    return [name for name in done.stderr.strip().split(",") if name]


def imports_under(path: str) -> Iterator[Import]:
    """Every import below a folder, or of one file."""
    where = ROOT / path
    files = [where] if where.is_file() else sorted(where.rglob("*.py"))
    assert files, f"{path} holds no Python file"
    for file in files:
        yield from imports_of(file)


@cache
def imports_of(file: Path) -> tuple[Import, ...]:
    name = file.relative_to(ROOT).as_posix()
    tree = ast.parse(file.read_text(), name)
    inside = {
        id(node): function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    return tuple(
        Import(name, node.lineno, target, inside.get(id(node), ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for target in targets(node, file)
    )


def targets(node: ast.Import | ast.ImportFrom, file: Path) -> list[str]:
    """Dotted names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = file.relative_to(ROOT).parts[: -node.level]
        base = ".".join([*package, base] if base else package)
    return [_module(base, alias.name) for alias in node.names]


def _module(base: str, name: str) -> str:
    inner = ROOT.joinpath(*base.split("."), name)
    return f"{base}.{name}" if inner.is_dir() or inner.with_suffix(".py").is_file() else base


def test_relative_imports_and_submodules_are_resolved():
    file = ROOT / "gald_viz" / "views" / "example.py"
    lines = (
        "from . import _common",
        "from ..types import View",
        "from models import zoo",
        "from models.zoo import names",
        "import a.b",
    )

    nodes = [node for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, ast.Import | ast.ImportFrom)]
    found = [target for node in nodes for target in targets(node, file)]

    assert found == ["gald_viz.views._common", "gald_viz.types", "models.zoo", "models.zoo", "a.b"]
