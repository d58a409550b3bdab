"""What the pages Ranking and Compare keep between reruns: answers of data-set indexes, and thumbnails, all bounded."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st
from PIL import Image

from apps import store
from apps.roots import confined, indexes_folder
from gald_viz.index.files import DESCRIPTION, SHIPPED, IndexFolder, find_indexes, open_index

THUMBNAIL = (160, 80)  # width and height at most, pixels

Answer = TypeVar("Answer")


def known_indexes(folder: str) -> list[IndexFolder]:
    """The finished indexes in the folder, and behind them those that ship.

    Raises:
        ValueError: if the folder is none of this server's.
    """
    own = find_indexes(confined(folder, "folder of indexes")) if folder else []
    return [*own, *find_indexes(SHIPPED)]


def asked(question: Callable[..., Answer], index: IndexFolder, *details: Any) -> Answer:
    """question(index, *details), answered once as long as the index is the same.

    Raises:
        ValueError: as the question.
    """
    modified = (index.path / DESCRIPTION).stat().st_mtime_ns
    return _asked(getattr(question, "__name__", ""), str(index.path), modified, details, question)


@st.cache_data(max_entries=64, show_spinner=False)
def _asked(name: str, path: str, modified: int, details: tuple[Any, ...], _question: Callable[..., Any]) -> Any:
    return _question(open_index(path), *details)


@st.cache_data(max_entries=512, show_spinner=False)
def thumbnail(data: str, root: str, split: str, number: int) -> str | None:
    """A small JPEG of an image as a data URI; None where the image cannot be read."""
    try:
        image = Image.fromarray(store.data_set(data, root, split)[number].image)
    except (ValueError, IndexError):
        return None
    image.thumbnail(THUMBNAIL)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def own_place(folder: str, name: str) -> Path:
    """Folder of an index that the page makes.

    Raises:
        ValueError: if it is none of this server's.
    """
    return confined(Path(folder or indexes_folder()) / name, "folder of indexes")
