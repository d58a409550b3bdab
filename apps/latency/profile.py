"""Where a server spends its time: the stacks of its threads, looked at every few milliseconds from within.

A sampling profiler, because the page's script runs in a thread of Streamlit's. It tells shares of wall time, not of
computing: a thread that waits for a lock is seen as well.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

PAGE = Path(__file__).resolve().parents[1] / "shell" / "page.py"
_EVERY = 0.004  # seconds
_OURS = ("apps", "gald_viz", "models")
_ROOT = PAGE.parents[2]


def profiled(act: Callable[[], Any], shown: int = 8) -> dict[str, float]:
    """Function of ours -> seconds in it or in what it calls of others, those of most first."""
    seen: Counter[str] = Counter()
    ended = threading.Event()

    def look() -> None:
        me = threading.get_ident()
        while not ended.wait(_EVERY):
            for thread, frame in sys._current_frames().items():
                if thread != me and (name := _innermost(frame)):
                    seen[name] += 1

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    start = time.perf_counter()
    try:
        act()
    finally:
        ended.set()
        watcher.join()
    seconds = time.perf_counter() - start
    looks = max(sum(seen.values()), 1)
    return {name: round(seconds * count / looks, 3) for name, count in seen.most_common(shown)}


def server_profiles() -> dict[str, dict[str, float]]:
    """The server's part of *Next* and of a click, without a browser, warm."""
    explorer = AppTest.from_file(str(PAGE), default_timeout=300).run()
    _next(explorer).click().run()
    found = {"new_image": profiled(lambda: _next(explorer).click().run())}
    explorer.session_state["pixel"] = (300, 200)
    # More than a click: a test's page runs as a whole, where a browser's runs its clicked part alone.
    found["click, with the page around it"] = profiled(explorer.run)
    return found


def _next(explorer: AppTest) -> Any:
    return next(button for button in explorer.button if button.key == "next")


def _innermost(frame: Any) -> str:
    """The deepest frame of ours, where it is called on behalf of a page."""
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(_ROOT) and (place := file.relative_to(_ROOT)).parts[0] in _OURS:
            own = "latency" not in place.parts
            return f"{place.with_suffix('').as_posix()}:{frame.f_code.co_name}" if own else ""
        frame = frame.f_back
    return ""
