"""The app: what every page shares, and the way from one to another."""

from __future__ import annotations

import streamlit as st

from apps.components.controls import keep_controls
from apps.login import may_enter
from apps.pages import navigation

_STYLE = """<style>
.block-container { padding-left: 1.5rem; padding-right: 1.5rem; }
[data-testid="stSidebarHeader"] { height: 1.5rem; margin-bottom: 0; }
[data-testid="stVerticalBlock"] { gap: 0.7rem; }
[data-testid="stMetric"] { padding: 0; }
[data-testid="stMetricLabel"] p { font-size: 0.8rem; white-space: normal; line-height: 1.15; }
</style>"""


def main() -> None:
    """Draw the page that the reader has chosen."""
    st.set_page_config(page_title="GALD explorer", layout="wide", initial_sidebar_state=270)
    st.html(_STYLE)
    keep_controls()
    if may_enter():
        st.navigation(navigation(), position="top").run()


if __name__ == "__main__":
    main()
