"""What an installation consists of: pyproject.toml, environment.yml and the wheel say the same."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
DIRECT = ("torch", "jupyterlab", "ipywidgets", "plotly", "umap-learn", "captum", "streamlit", "matplotlib")
OURS = {"models", "gald_viz", "apps"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def conda() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "environment.yml").read_text())


@pytest.fixture(scope="module")
def pip_lines(conda: dict[str, Any]) -> list[str]:
    return next(entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict))


def test_the_eight_packages_are_direct_dependencies(project: dict[str, Any]):
    assert set(DIRECT) <= {Requirement(line).name for line in project["project"]["dependencies"]}


def test_conda_asks_for_the_same_packages_and_lower_bounds(project: dict[str, Any], pip_lines: list[str]):
    wanted = [*project["project"]["dependencies"], *groups(project)]

    assert sorted(line for line in pip_lines if not line.startswith("-")) == sorted(wanted)


def test_conda_installs_the_project_editable_on_the_same_python(
    project: dict[str, Any], conda: dict[str, Any], pip_lines: list[str]
):
    assert [line for line in pip_lines if line.startswith("-")] == ["-e ."]
    assert f"python{project['project']['requires-python']}" in conda["dependencies"]
    assert conda["channels"] == ["conda-forge", "nodefaults"]


def test_every_pin_is_one_exact_version_without_an_address(project: dict[str, Any]):
    for line in project["tool"]["uv"]["constraint-dependencies"]:
        pin = Requirement(line)

        assert [specifier.operator for specifier in pin.specifier] == ["=="], line
        assert pin.url is None, line


def test_every_direct_dependency_is_pinned_within_its_bounds(project: dict[str, Any]):
    pins = [Requirement(line) for line in project["tool"]["uv"]["constraint-dependencies"]]

    for line in [*project["project"]["dependencies"], *groups(project)]:
        wanted = Requirement(line)
        versions = [next(iter(pin.specifier)).version for pin in pins if pin.name == wanted.name]
        assert versions, f"{line} has no pin; run .ci/renew-pins --keep"
        assert all(wanted.specifier.contains(version, prereleases=True) for version in versions), (line, versions)


def test_every_third_party_import_is_a_direct_dependency(project: dict[str, Any]):
    declared = {canonicalize_name(Requirement(line).name) for line in project["project"]["dependencies"]}
    # Only the latency script and the browser tests drive a browser.
    declared.add(canonicalize_name("playwright"))
    # Comes with torch where torch has a GPU.
    declared.add(canonicalize_name("triton"))
    owners = packages_distributions()
    undeclared = {
        name
        for part in OURS
        for file in (ROOT / part).rglob("*.py")
        for name in imported(file)
        if not declared & {canonicalize_name(owner) for owner in owners.get(name, [name])}
    }

    assert undeclared == set()


def test_the_wheel_holds_the_code_the_checkpoints_the_tables_and_the_settings_of_the_app():
    inside = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    zoo = {path.relative_to(ROOT).as_posix() for path in (ROOT / "models" / "zoo").glob("*.safetensors")}

    assert {"apps/.streamlit/config.toml", "apps/explorer.py", "models/segmenter.py", "gald_viz/cli.py"} <= inside
    tables = {path.relative_to(ROOT).as_posix() for path in (ROOT / "models" / "data" / "tables").glob("*.csv")}
    assert zoo <= inside
    assert len(tables) == 8
    assert tables | {"models/published.csv"} <= inside
    assert {path.split("/")[0] for path in inside} == OURS


def groups(project: dict[str, Any]) -> list[str]:
    """What tests and documentation need besides."""
    return [line for group in project["dependency-groups"].values() for line in group]


def imported(file: Path) -> set[str]:
    """First names of the third-party modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names - OURS - set(sys.stdlib_module_names)
