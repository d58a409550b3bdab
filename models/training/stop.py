"""Stopping a job between two steps, so that what it saves is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """While the block runs, the first Ctrl-C or SIGTERM only asks to stop; the next one interrupts at once.

    Signals reach the main thread alone: in any other thread the block changes nothing.

    Args:
        answer: called at once when somebody asks.

    Attributes:
        asked: whether somebody asked.
    """

    def __init__(self, answer: Callable[[], None] = lambda: None) -> None:
        self.asked, self._answer = False, answer
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                # A job in the background is told to ignore the Ctrl-C that is meant for another program.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._answer()


@contextmanager
def interrupted_by_sigterm() -> Generator[None]:
    """While the block runs, SIGTERM interrupts as Ctrl-C does, so that the block's end is reported.

    As with StopRequest, only in the main thread, and where somebody else has not decided otherwise.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
