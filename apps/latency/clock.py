"""A clock in the page: from the reader's press to the last change of the page, and what the server sent in between."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

PICTURE = "[data-testid=pixel-picker] img"
WAIT_MS = 240_000

# Notes every message of the page's socket and every change of the page, but for the signs that it is busy.
SCRIPT = """(() => {
  const clock = window.latency = { pressed: 0, sent: 0, received: 0, bytes: 0, changed: 0 };
  const press = () => { if (!clock.pressed) clock.pressed = performance.now(); };
  for (const name of ['pointerdown', 'keydown']) window.addEventListener(name, press, true);
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', (event) => {
        clock.received = performance.now();
        clock.bytes += event.data.byteLength ?? event.data.size ?? event.data.length;
      });
    }
    send(data) { if (clock.pressed && !clock.sent) clock.sent = performance.now(); super.send(data); }
  };
  const busy = '[data-testid=stHeader], [data-testid=stToolbar], [data-testid=stStatusWidget]';
  const idle = () => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
    && !document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton]');
  addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
    if (changes.some(({ target }) => !(target.nodeType === 1 ? target : target.parentElement)?.closest(busy))) {
      clock.changed = performance.now();
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true }));
  clock.reset = () => Object.assign(clock, { pressed: 0, sent: 0, received: 0, bytes: 0, changed: 0 });
  // Shown: a figure's title holds the words, and two frames have passed since.
  clock.shown = async (words, limit) => {
    const begun = performance.now();
    while (performance.now() - begun < limit) {
      await new Promise(requestAnimationFrame);
      if ([...document.querySelectorAll('.gtitle')].some((title) => title.textContent.includes(words))) {
        await new Promise(requestAnimationFrame);
        return [clock.pressed, clock.sent, clock.received, performance.now(), clock.bytes];
      }
    }
    throw new Error('not shown');
  };
  // Answered: the server has sent something since, says that it has ended, and the page has not changed for a while.
  clock.answered = async (quiet, limit) => {
    const begun = performance.now();
    while (performance.now() - begun < limit) {
      await new Promise(requestAnimationFrame);
      const last = Math.max(clock.received, clock.changed);
      if (clock.sent && clock.received > clock.sent && idle() && performance.now() - last > quiet) {
        return [clock.pressed, clock.sent, clock.received, Math.max(last, clock.received), clock.bytes];
      }
    }
    throw new Error('no answer');
  };
})()"""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one action and its parts.

    Attributes:
        total: from the press to the last change of the page.
        asking: from the press to the request that leaves the browser.
        server: from there to the last message of the answer: computing, packing, and the way through loopback.
        drawing: from there to the last change of the page.
        kilobytes: of the answer.
        whole: from the press to the end of what follows the answer, 0 where nothing does.
    """

    total: float
    asking: float
    server: float
    drawing: float
    kilobytes: float
    whole: float = 0.0


def timed(page: Page, act: Callable[[], Any], quiet_ms: int = 300) -> Timing:
    """Do the act, which presses something, and time the page's answer; the page was opened with SCRIPT."""
    page.evaluate("latency.reset()")
    act()
    return _timing(page.evaluate(f"latency.answered({quiet_ms}, {WAIT_MS})"))


def _timing(noted: Sequence[float]) -> Timing:
    pressed, sent, received, changed, size = noted
    parts = (changed - pressed, sent - pressed, received - sent, changed - received)
    return Timing(*(part / 1000 for part in parts), size / 1000)


def timed_until(page: Page, act: Callable[[], Any], words: str) -> Timing:
    """The same, to a figure whose title holds the words, which none did before; what follows is timed as well."""
    page.evaluate("latency.reset()")
    act()
    first = page.evaluate(f"latency.shown({json.dumps(words)}, {WAIT_MS})")
    everything = _timing(page.evaluate(f"latency.answered(300, {WAIT_MS})"))
    return replace(_timing(first), whole=everything.total)


def machine() -> dict[str, Any]:
    """What the numbers were measured on; other load on it makes them larger."""
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    python = platform.python_version()
    return {"cores": os.cpu_count(), "processor": platform.machine(), "python": python, "load": load}
