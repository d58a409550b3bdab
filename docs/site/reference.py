"""The pages of the modules: one for each, filled by autodoc, and one for each package that lists them."""

from __future__ import annotations

import ast
from pathlib import Path

_MODULE = """{title}
{line}

.. automodule:: {name}
   :members:
   :show-inheritance:
   :ignore-module-all:
   :member-order: bysource
"""
_LIST = """
.. toctree::
   :maxdepth: 1

{entries}
"""


def write(root: Path, target: Path, packages: tuple[str, ...]) -> None:
    """Write the pages of packages of the repository; modules whose name begins with _ are none of its public names."""
    for package in packages:
        for folder in [root / package, *(path for path in sorted((root / package).rglob("*")) if path.is_dir())]:
            if (folder / "__init__.py").is_file():
                _package(root, folder, target)


def _package(root: Path, folder: Path, target: Path) -> None:
    page = target / folder.relative_to(root) / "index.rst"
    page.parent.mkdir(parents=True, exist_ok=True)
    modules = [path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]
    for path in modules:
        (page.parent / f"{path.stem}.rst").write_text(_page(_dotted(root, path.with_suffix(""))))
    inner = [path.parent.name for path in sorted(folder.glob("*/__init__.py"))]
    entries = [f"   {name} <{name}/index>" for name in inner] + [f"   {path.stem}" for path in modules]
    page.write_text(_page(_dotted(root, folder)) + _LIST.format(entries="\n".join(entries)))


def _page(name: str) -> str:
    return _MODULE.format(title=name, line="=" * len(name), name=name)


def _dotted(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).parts)


def summary(path: Path) -> str:
    """First line of a module's docstring; empty without one."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]
