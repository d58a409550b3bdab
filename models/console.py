"""How a command ends: the user's mistakes are one sentence on stderr, never a traceback."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

MISTAKE = 1
INTERRUPTED = 130


def run_command(program: str, action: Callable[[], int]) -> int:
    """Run a command and return its exit code: its own, 1 for the user's mistake, 130 when interrupted.

    ValueError and OSError become one sentence, a warning one line; any other exception is a fault of ours and keeps
    its traceback.

    Args:
        program: name in front of every line.
        action: the command.
    """
    with warnings.catch_warnings():
        warnings.showwarning = _one_line(program)  # ty: ignore[invalid-assignment]
        try:
            code = action()
            sys.stdout.flush()
            return code
        except BrokenPipeError:
            # The reader, such as head, has seen enough; Python would complain again while it closes stdout.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return MISTAKE
        except (ValueError, OSError) as error:
            print(f"{program}: error: {error}", file=sys.stderr)
            return MISTAKE
        except KeyboardInterrupt:
            print(f"{program}: interrupted", file=sys.stderr)
            return INTERRUPTED


def _one_line(program: str) -> Callable[..., None]:
    """A writer of warnings as one line, without the place in our code where they were given."""

    def show(message: Warning | str, *_place: Any, **_options: Any) -> None:
        print(f"{program}: warning: {' '.join(str(message).split())}", file=sys.stderr)

    return show
