#!/usr/bin/env python3
"""Build the documentation site from docs/, README.md, CONTRIBUTING.md, the notebooks and the docstrings.

    uv run --group docs python docs/site/build.py             into build/docs; notebooks without outputs
    uv run --group docs python docs/site/build.py --execute   every notebook is run, its outputs are shown (minutes)

Needs no network, and a page needs none to be read. A link, a name or a reference that leads nowhere ends it with 1.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCE = ROOT / "build" / "docs-source"
SITE = ROOT / "build" / "docs"
PACKAGES = ("models", "gald_viz")


def main(words: list[str]) -> int:
    """Write the pages, let Sphinx render them, and check what came out."""
    parser = argparse.ArgumentParser(description="Build the documentation site into build/docs.")
    parser.add_argument("--execute", action="store_true", help="run the notebooks and show their outputs")
    arguments = parser.parse_args(words)
    # The texts of help that the commands' page holds: the same on every terminal.
    os.environ |= {"COLUMNS": "100", "NO_COLOR": "1"}
    from sphinx.cmd.build import build_main

    from docs.site import check, commands, notebooks, pages, reference

    # Once here, not in each process of Sphinx; and a module that cannot be imported is named by its own error.
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    try:
        notebooks.write(ROOT / "notebooks", SOURCE / "tutorials", arguments.execute)
        commands.write(SOURCE / "reference" / "commands.md")
        reference.write(ROOT, SOURCE / "reference", PACKAGES)
        pages.write(ROOT, SOURCE)
    except ValueError as error:
        print(f"docs: {error}", file=sys.stderr)
        return 1
    strict = ["--fail-on-warning", "--nitpicky", "--quiet", "--jobs", "auto"]
    code = build_main([*strict, "--builder", "html", "--conf-dir", str(HERE), str(SOURCE), str(SITE)])
    faults = [] if code else check.faults(SITE)
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    if not code and not faults:
        print(f"{len(list(SITE.rglob('*.html')))} pages; open {SITE.relative_to(ROOT)}/index.html")
    return 1 if code or faults else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
