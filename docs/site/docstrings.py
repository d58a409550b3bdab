"""Docstrings are plain text with ``code`` in it; Sphinx reads reStructuredText. What differs is escaped here."""

from __future__ import annotations

import re

_CODE = re.compile(r"(``.+?``|`[^`]+`)")
_NDARRAY = re.compile(r"~?numpy\.ndarray\[tuple\[[^\]]*\], ~?numpy\.dtype\[(?:~?numpy\.)?([\w~.]+)\]\]")
_MARKUP = re.compile(r"(?<!\\)[*|`]|(?<=\w)_(?!\w)")


def escaped(lines: list[str]) -> list[str]:
    """Docstring lines in which nothing but ``code`` is markup; `code` in single backticks becomes such."""
    return [_line(line) for line in lines]


def short_arrays(signature: str) -> str:
    """A signature in which an array is told as in the code, by NDArray and the type of its numbers."""
    return _NDARRAY.sub(r"NDArray[\1]", signature)


def _line(line: str) -> str:
    parts = _CODE.split(line)
    for index, part in enumerate(parts):
        if index % 2 == 0:
            parts[index] = _MARKUP.sub(lambda found: "\\" + found[0], part)
        elif not part.startswith("``"):
            parts[index] = f"`{part}`"
    return "".join(parts)
