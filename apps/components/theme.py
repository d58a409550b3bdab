"""Figures in the theme of the page, light or dark, which the reader's browser tells."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from gald_viz.figures.dark import darkened


def in_theme(figure: go.Figure) -> go.Figure:
    """The figure as it is, or a dark copy where the page is dark."""
    return darkened(figure) if st.context.theme.type == "dark" else figure
