"""The pages that people wrote: docs/ as it is, with sections of README.md and CONTRIBUTING.md where it asks for them.

A line ``<!-- README.md: Training -->`` of a page is replaced by that section, so that it is written once.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MARKER = re.compile(r"^<!-- ([\w./]+\.md): (.+) -->$", re.MULTILINE)
HEADING = re.compile(r"^(?P<level>#+) (?P<title>.+)$")
LINK = re.compile(r"(?<=\]\()([^)\s#]*)(?:#([^)\s]+))?(?=\))")
FENCE = re.compile(r"^\s*(```|~~~)")
# Where a link to the whole of a file leads.
WHOLE = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}


@dataclass(frozen=True)
class Site:
    """What a link can lead to.

    Attributes:
        root: folder of the repository.
        target: folder of the site's sources, with the pages that were made from code.
        pages: path in the repository -> page of the site, of every file that is a page.
        sections: file and anchor of a section -> page that shows it.
    """

    root: Path
    target: Path
    pages: dict[str, str]
    sections: dict[tuple[str, str], str]


def write(root: Path, target: Path) -> None:
    """Write every page of docs/ and every card of models/zoo, and copy the files that they show.

    Pages that are made from code have to be in ``target`` already, to be linked to.

    Raises:
        ValueError: for a link to what is neither a page nor a file of docs/, or a section that does not exist.
    """
    folder = root / "docs"
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*.md")]
    # What a study wrote beside its numbers stands in docs/study.md, too.
    pages = {f"docs/{name}": name for name in names if not name.startswith("study/")}
    zoo = root / "models" / "zoo"
    pages |= {path.relative_to(root).as_posix(): f"reference/checkpoints/{path.name}" for path in zoo.rglob("*.md")}
    site = Site(root, target, pages | WHOLE, dict(_homes(root, pages)))
    for path in folder.rglob("*"):
        if path.suffix in (".png", ".csv", ".json"):
            _copy(path, target / path.relative_to(folder))
    for source, page in pages.items():
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        (target / page).write_text(expanded(site, source, page))


def expanded(site: Site, source: str, page: str) -> str:
    """The text of a file with the sections that it asks for; every link is right on the page."""
    first, *rest = MARKER.split((site.root / source).read_text())
    text = relinked(site, first, source, page)
    for file, heading, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        text += relinked(site, section((site.root / file).read_text(), heading), file, page)
        text += relinked(site, after, source, page)
    return text


def section(text: str, heading: str) -> str:
    """What stands below a heading, its own headings raised so that the first are of level 2.

    Raises:
        ValueError: if there is no such heading, or more than one.
    """
    lines, level, count = [], 0, 0
    for line, is_code in _with_code(text):
        found = None if is_code else HEADING.match(line)
        if found and level and len(found["level"]) <= level:
            level = 0
        if found and found["title"] == heading:
            level, count = len(found["level"]), count + 1
        elif level:
            lines.append(line[level - 1 :] if found else line)
    if count != 1:
        raise ValueError(f"heading {heading!r} is there {count} times, must be there once.")
    return "\n".join(lines).strip("\n")


def relinked(site: Site, text: str, source: str, page: str) -> str:
    """The text with every relative link turned from its place in the repository to its place on the site.

    Args:
        site: what there is to link to.
        text: Markdown; code stays as it is.
        source: path in the repository of the file that the text is from.
        page: page of the site that shows it.

    Raises:
        ValueError: for a link that leads nowhere.
    """

    def turned(found: re.Match[str]) -> str:
        if "://" in found[1]:
            return found[0]
        path = os.path.normpath(PurePosixPath(source).parent / found[1]) if found[1] else source
        return os.path.relpath(_place(site, path, found[2], source), PurePosixPath(page).parent)

    lines = (line if is_code else LINK.sub(turned, line) for line, is_code in _with_code(text))
    return "\n".join(lines) + ("\n" if text.endswith("\n") else "")


def _place(site: Site, path: str, anchor: str | None, source: str) -> str:
    """Page or file of the site that a link in the repository means, with the anchor where it is on that page."""
    if anchor and (path, anchor) in site.sections:
        return site.sections[path, anchor]
    if path in site.pages and (not anchor or path not in WHOLE):
        return site.pages[path] + (f"#{anchor}" if anchor else "")
    if path.startswith("docs/") and (site.target / path.removeprefix("docs/")).is_file():
        return path.removeprefix("docs/")
    raise ValueError(f"{source} links to {path}{'#' + anchor if anchor else ''}, which the site does not have.")


def _homes(root: Path, pages: dict[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
    for source, page in pages.items():
        for file, heading in MARKER.findall((root / source).read_text()):
            yield (file, heading.lower().replace(" ", "-")), page


def _with_code(text: str) -> Iterator[tuple[str, bool]]:
    """Every line, and whether it belongs to a fenced block of code."""
    is_code = False
    for line in text.splitlines():
        fence = FENCE.match(line)
        is_code = is_code != bool(fence)
        yield line, is_code or bool(fence)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
