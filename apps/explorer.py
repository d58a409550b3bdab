"""The explorer: choose a network and an image, see what the network did with its context.

    streamlit run apps/explorer.py

The page itself is page.py. The server loads its libraries and the first picture when it starts, not when the first
reader opens the page.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncGenerator[dict[str, Any]]:
    """Load beside the starting server: torch alone takes longer than opening a browser."""
    threading.Thread(target=_load, daemon=True).start()
    yield {}


def _load() -> None:
    from apps import page

    page.warm_up()


app = st.App(Path(__file__).with_name("page.py"), lifespan=warm_up)
