"""What Sphinx does not check of a built site: every link, anchor and picture, and that no page asks the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself; a link that a reader may follow is not among it.
_FETCHED = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}
_DESCRIBES = {"canonical", "search", "next", "prev", "index", "genindex", "author"}


@dataclass
class Page(HTMLParser):
    """Links, fetched files and anchors of one page."""

    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one tag links to, fetches and is called."""
        values = {name: value for name, value in attrs if value}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        for name in ("href", "src"):
            if name not in values:
                continue
            if (tag, name) in _FETCHED and values.get("rel") not in _DESCRIBES:
                self.fetched.append(values[name])
            self.links.append(values[name])


def faults(site: Path) -> list[str]:
    """One line for each link that leads nowhere and each file that a page would fetch from elsewhere."""
    found = []
    pages = (path for path in site.rglob("*.html") if "_static" not in path.parts)
    for path in sorted(pages):
        page, name = _read(path), path.relative_to(site)
        found += [f"{name} fetches {url}" for url in page.fetched if urlsplit(url).netloc]
        found += [f"{name} links to {url}, which is not there" for url in dict.fromkeys(page.links) if _lost(path, url)]
    return found


def _lost(path: Path, url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return True
    anchor = unquote(parts.fragment)
    return bool(anchor) and target.suffix == ".html" and anchor not in _read(target).anchors


@cache
def _read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text())
    return page
