"""The explorer: choose a network and an image, see what the network did with its context.

    streamlit run apps/explorer.py

The pages are in pages/. The server loads its libraries and the first picture before it answers, so that no reader
waits for them.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import streamlit as st


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncGenerator[dict[str, Any]]:
    """Load, look and draw once before the first page is served."""
    print("  Loading torch and the first picture …", flush=True)
    from apps.pages import explore

    # What cannot be loaded here is told, with its reason, on the page.
    with suppress(ValueError):
        explore.warm_up()
    # Streamlit collects garbage after every click, which took 0.3 s over the libraries' objects: they are here to stay.
    gc.collect()
    gc.freeze()
    yield {}


# Beside a folder "pages" Streamlit would make pages of its files by itself, and answer a page's own address with them.
app = st.App(Path(__file__).parent / "shell" / "page.py", lifespan=warm_up)
