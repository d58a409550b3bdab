"""The pages of the packages: their modules one below the other, filled by autodoc."""

from __future__ import annotations

from pathlib import Path

_PAGE = """{name}
{line}

.. automodule:: {name}
{options}
"""
_MODULE = """
{name}
{line}

.. automodule:: {name}
   :members:
   :member-order: bysource
"""
_INSIDE = """
.. toctree::
   :maxdepth: 1

{entries}
"""


def write(root: Path, target: Path, packages: tuple[str, ...]) -> None:
    """Write a page for each package; modules whose name begins with _ are none of its public names.

    A page a module would be four hundred of them, and the theme draws the list of all pages on each.

    Args:
        root: folder of the repository.
        target: folder of the pages.
        packages: top packages.
    """
    for package in packages:
        for init in sorted((root / package).rglob("__init__.py")):
            folder = init.parent
            page = target / folder.relative_to(root).with_suffix(".rst")
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(_text(root, folder))


def _text(root: Path, folder: Path) -> str:
    name = _dotted(root, folder)
    text = _PAGE.format(name=name, line="=" * len(name), options="   :members:\n   :ignore-module-all:")
    inside = [f"   {folder.name}/{path.parent.name}" for path in sorted(folder.glob("*/__init__.py"))]
    if inside:
        text += _INSIDE.format(entries="\n".join(inside))
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("_"):
            module = _dotted(root, path.with_suffix(""))
            text += _MODULE.format(name=module, line="-" * len(module))
    return text


def _dotted(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).parts)
