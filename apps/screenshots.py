"""The pictures of docs/views.md: every view and page of a served explorer in a Chromium. python -m apps.screenshots."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from PIL import Image

from apps.browser import chromium, served_explorer
from models.checkpoint import write_atomically
from models.console import run_command

if TYPE_CHECKING:
    from playwright.sync_api import Page

PROGRAM = "python -m apps.screenshots"
SIZE = (1280, 900)
_SCENE = {"data": "scenes", "split": "val"}
_GALD1, _GALD2 = "scenes-cgnl-ldv1", "scenes-aspp-ldv2"
# name: page and what its address says.
SHOTS: Mapping[str, tuple[str, dict[str, str]]] = {
    "all": ("", {"view": "all", "network": _GALD2, **_SCENE}),
    "masks": ("", {"view": "masks", "network": _GALD1, **_SCENE}),
    "affinity": ("", {"view": "affinity", "network": _GALD2, **_SCENE}),
    "errors": ("", {"view": "errors", "network": _GALD2, **_SCENE}),
    "stages": ("", {"view": "stages", "network": _GALD2, **_SCENE}),
    "separation": ("", {"view": "separation", "network": _GALD2, **_SCENE}),
    "tokens": ("", {"view": "tokens", "network": _GALD2, **_SCENE}),
    "detections": ("", {"view": "detections", "network": "scenes-mask-rcnn-gald", **_SCENE}),
    "decomposition": ("", {"view": "decomposition", "network": _GALD2, **_SCENE}),
    "backbone": ("", {"view": "backbone", "network": _GALD2, **_SCENE}),
    "edits": ("edits", {}),
    "attribution": ("attribution", {}),
    "ranking": ("ranking", {}),
    "compare": ("compare", {}),
    "size-response": ("size-response", {}),
    "lessons": ("lessons", {"lesson": "atrous"}),
}
_COLOURS = 128  # a screen of few colours; a quarter of the bytes
_MOST = 180_000  # milliseconds
_READY = "[data-testid=stApp][data-test-script-state=notRunning]"
# A lesson asks before it draws.
_SHOWN = ".js-plotly-plot .main-svg, canvas, iframe, [data-testid=stDataFrame], [data-testid=stRadio]"
_BUSY = "[data-testid=stSpinner], [data-testid=stSkeleton]"


def shoot(page: Page, url: str, name: str) -> bytes:
    """PNG of one screen, once its script has ended and its pictures are drawn."""
    path, asked = SHOTS[name]
    page.goto(f"{url}/{path}?{urlencode(asked)}")
    page.locator(_READY).wait_for()
    page.locator(_SHOWN).first.wait_for()
    page.wait_for_function(f"!document.querySelector('{_BUSY}')")
    page.locator(_READY).wait_for()
    page.wait_for_timeout(1500)  # Plotly's own entry, which tells nobody when it is done
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(_COLOURS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def main(argv: Sequence[str] | None = None) -> int:
    """Shoot what the command line names, all by default, and print the files."""
    parser = argparse.ArgumentParser(PROGRAM, description=__doc__, allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SHOTS)} (default: all)")
    parser.add_argument("--out", type=Path, default=Path("docs/screens"), help="folder (default: docs/screens)")
    given = parser.parse_args(argv)
    return run_command(PROGRAM, lambda: _shoot_all(given.names or list(SHOTS), given.out))


def _shoot_all(names: Sequence[str], out: Path) -> int:
    unknown = sorted(set(names) - set(SHOTS))
    if unknown:
        raise ValueError(f"screens are {unknown}, must be among {list(SHOTS)}.")
    out.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, served_explorer() as url:
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        page.set_default_timeout(_MOST)
        for name in names:
            file = out / f"{name}.png"
            write_atomically(file, shoot(page, url, name))
            print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
