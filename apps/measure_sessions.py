"""Measure what several readers at once do to one explorer: failures, memory of the server, and how long each waits.

    uv run python -m apps.measure_sessions --sessions 10 --rounds 6

Every reader has a browser context of his own in one Chromium, and does in every round: ``new_image``, *Next* in the
image list; ``pixel_click``, a click in the image; ``other_view``, Errors and back; ``upload``, a photograph of his own.
All do it at the same time, so a time holds the wait for the others, and the browsers' own work on the same cores.
The memory is what the server's process has in RAM (VmRSS), after every round.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from apps.browser import FLAGS, explorer_process, find_chromium
from apps.latency.clock import PICTURE, machine
from apps.latency.table import summary
from models.data.scenes import draw_scene

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Page

ACTIONS = ("new_image", "pixel_click", "other_view", "upload")
_WAIT_MS = 120_000


class Reader:
    """One session: a page, what it waited for, and what went wrong.

    Args:
        page: of a context of its own.
        number: of the session; tells its uploads from those of others.
    """

    def __init__(self, page: Page, number: int) -> None:
        self.page, self.number, self._uploads, self._clicks = page, number, 0, 0
        self.seconds: dict[str, list[float]] = {name: [] for name in ACTIONS}
        self.failures: list[str] = []
        page.set_default_timeout(_WAIT_MS)
        page.on("pageerror", lambda error: self.failures.append(f"session {number}: {error}"))

    async def open(self, url: str) -> None:
        """Open the explorer at a scene of its own."""
        await self.page.goto(f"{url}/?view=affinity&data=scenes&split=val&image=scenes/val/{self.number:06d}")
        await self.page.locator(PICTURE).wait_for()
        await self._settle()

    async def round(self) -> None:
        """Every action once; one that fails is noted, and the next one tried."""
        for name in ACTIONS:
            try:
                self.seconds[name].append(await getattr(self, name)())
            except Exception as error:  # whatever a browser or a server does wrong is a failure of this session
                self.failures.append(f"session {self.number}, {name}: {str(error).splitlines()[0]}")
                continue
            if await self.page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count():
                self.failures.append(f"session {self.number}, {name}: the page shows an error")

    async def new_image(self) -> float:
        """*Next*, to the new picture; seconds."""
        start = time.perf_counter()
        await self._new_picture(lambda: self.page.get_by_role("button", name="Next").click())
        return time.perf_counter() - start

    async def pixel_click(self) -> float:
        """A click at a place of its own, to the answer for that pixel."""
        picker = self.page.get_by_test_id("pixel-picker")
        before = await picker.get_attribute("data-pixel")
        width, height = await self.page.locator(PICTURE).evaluate("image => [image.clientWidth, image.clientHeight]")
        self._clicks += 1
        turn = (7 * self.number + 13 * self._clicks) % 80
        start = time.perf_counter()
        await self.page.locator(PICTURE).click(
            position={"x": width * (0.1 + turn / 100), "y": height * (0.2 + turn / 200)}
        )
        await self.page.locator(f"[data-testid=pixel-picker]:not([data-pixel='{before}'])").wait_for()
        column, row = (await picker.get_attribute("data-pixel") or ",").split(",")
        await self.page.get_by_text(f"Pixel ({column}, {row})").first.wait_for()
        return time.perf_counter() - start

    async def other_view(self) -> float:
        """Another view and back, to both pictures."""
        start = time.perf_counter()
        await self._view("Errors")
        await self.page.get_by_test_id("stMetric").first.wait_for()
        await self._view("Local affinity")
        await self.page.locator(PICTURE).wait_for()
        return time.perf_counter() - start

    async def upload(self) -> float:
        """A photograph that nobody has uploaded before, to its picture."""
        await self._choose("Upload a photograph")
        self._uploads += 1
        name = f"reader-{self.number}-{self._uploads}.jpg"
        photograph = await asyncio.to_thread(_photograph, 1000 * self.number + self._uploads)
        start = time.perf_counter()
        await self.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "image/jpeg", "buffer": photograph}
        )
        await self.page.get_by_text(f"{name} · ").first.wait_for()
        await self._settle()
        seconds = time.perf_counter() - start
        await self._new_picture(lambda: self._choose("Scenes (generated)"))
        return seconds

    async def _new_picture(self, act: Callable[[], Awaitable[Any]]) -> None:
        before = await self.page.locator(PICTURE).get_attribute("data-signature")
        await act()
        await self.page.locator(f"{PICTURE}:not([data-signature='{before}'])").wait_for()
        await self._settle()

    async def _view(self, name: str) -> None:
        await self.page.get_by_role("radio", name=name, exact=True).click()
        await self._settle()

    async def _choose(self, option: str) -> None:
        await self.page.locator("[data-testid=stSelectbox]", has_text="Image from").locator("input").click()
        await self.page.get_by_role("option", name=option, exact=True).first.click()
        await self._settle()

    async def _settle(self) -> None:
        await self.page.wait_for_timeout(150)
        await self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def memory(process: int) -> float:
    """What a process has in RAM, MB.

    Raises:
        ValueError: where the system does not tell.
    """
    file = Path(f"/proc/{process}/status")
    if not file.is_file():
        raise ValueError("this system has no /proc, where the memory of a process stands; measure on Linux.")
    line = next(line for line in file.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


async def measure(sessions: int, rounds: int, told: Callable[[str], None]) -> dict[str, Any]:
    """All figures; told is given a line after every round."""
    with explorer_process() as (url, process):
        memories = [memory(process)]
        async with _pages(sessions) as pages:
            readers = [Reader(page, number) for number, page in enumerate(pages)]
            await asyncio.gather(*(reader.open(url) for reader in readers))
            memories.append(memory(process))
            told(f"{sessions} sessions open: {memories[-1]:.0f} MB, {memories[0]:.0f} MB before")
            for number in range(1, rounds + 1):
                await asyncio.gather(*(reader.round() for reader in readers))
                memories.append(memory(process))
                waited = ", ".join(f"{name} {one['median']:.2f} s" for name, one in _seconds(readers).items())
                failed = sum(len(reader.failures) for reader in readers)
                told(f"round {number} of {rounds}: {memories[-1]:.0f} MB, {failed} failures, medians so far: {waited}")
    failures = [failure for reader in readers for failure in reader.failures]
    kept = {"memory_mb": {"before": memories[0], "open": memories[1], "rounds": memories[2:]}}
    return {"sessions": sessions, "rounds": rounds, "failures": failures, **kept} | {
        "seconds": _seconds(readers),
        "machine": machine(),
    }


def _seconds(readers: list[Reader]) -> dict[str, dict[str, float]]:
    return {name: summary([s for reader in readers for s in reader.seconds[name]]) for name in ACTIONS}


@asynccontextmanager
async def _pages(count: int) -> AsyncGenerator[list[Page]]:
    path = find_chromium()
    if path is None:
        raise ValueError("no Chromium is installed; install one, or set GALD_CHROMIUM.")
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        contexts = [await browser.new_context(viewport={"width": 1280, "height": 800}) for _ in range(count)]
        yield [await context.new_page() for context in contexts]
        await browser.close()


def _photograph(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(draw_scene(10_000 + seed, (256, 512)).image).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def main() -> int:
    """Print the figures; 1 where anything failed."""
    parser = argparse.ArgumentParser(description="Several readers at once: failures, memory and waiting times.")
    parser.add_argument("--sessions", type=int, default=10, help="readers at once (default: 10)")
    parser.add_argument("--rounds", type=int, default=6, help="rounds of every action (default: 6)")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    found = asyncio.run(
        measure(options.sessions, options.rounds, (lambda _line: None) if options.json else partial(print, flush=True))
    )
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for name, one in found["seconds"].items():
            print(f"{name:12} median {one['median']:.2f} s, 95 % within {one['p95']:.2f} s ({one['n']} times)")
        print("\n".join(found["failures"]) or "no failures")
        print(found["machine"])
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
