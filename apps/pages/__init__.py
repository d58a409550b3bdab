"""The app's pages: each is a module of this room with ``page()``, which draws it, and a line in PAGES."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

# Section of the navigation, "" for none -> module -> title; the first page is the app's own address.
PAGES = {
    "": {
        "explore": "Explorer",
        "edits": "Edit",
        "attribution": "Attribution",
        "ranking": "Ranking",
        "compare": "Compare",
        "size_response": "Size response",
        "train": "Train",
    },
    "Lessons": {"lessons": "Ten lessons"},
}


def navigation() -> dict[str, list[StreamlitPage]]:
    """What st.navigation takes."""
    return {section: [place(name) for name in pages] for section, pages in PAGES.items()}


def place(name: str) -> StreamlitPage:
    """The page of a module, as st.switch_page takes it.

    Raises:
        KeyError: if it is not in PAGES.
    """
    import streamlit as st

    titles = {module: title for pages in PAGES.values() for module, title in pages.items()}
    first = next(iter(titles))
    path = None if name == first else name.replace("_", "-")
    return st.Page(partial(_draw, name), title=titles[name], url_path=path, default=name == first)


def _draw(name: str) -> None:
    # Only the page that is looked at is imported: the libraries of some take seconds.
    importlib.import_module(f"{__name__}.{name}").page()
