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
[data-testid="stMetricValue"] > div { white-space: normal; }
[data-testid="stCheckbox"] p { white-space: normal; }
/* In a narrow window a figure has the whole width, below its least width it scrolls, and numbers stand in a row. */
@media (max-width: 1000px) {
  [data-testid="stMain"] [data-testid="stHorizontalBlock"]:has([data-testid="stPlotlyChart"]) { flex-wrap: wrap; }
  [data-testid="stMain"] [data-testid="stColumn"]:has([data-testid="stPlotlyChart"]) { min-width: 100%; }
  [data-testid="stColumn"]:has(> [data-testid="stVerticalBlock"] > [data-testid="stElementContainer"]
    > [data-testid="stMetric"]) > [data-testid="stVerticalBlock"] { flex-flow: row wrap; column-gap: 1.5rem; }
  [data-testid="stColumn"] [data-testid="stElementContainer"]:has(> [data-testid="stMetric"]) { width: auto; }
  [data-testid="stElementContainer"]:has(> [data-testid="stFullScreenFrame"] > [data-testid="stPlotlyChart"]) {
    overflow-x: auto; }
  [data-testid="stFullScreenFrame"]:has(> [data-testid="stPlotlyChart"]) { min-width: 720px; }
  .st-key-figure-weights [data-testid="stFullScreenFrame"]:has(> [data-testid="stPlotlyChart"]) { min-width: 0; }
}
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
