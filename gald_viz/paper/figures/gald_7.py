"""Mask maps of GALD and of LDGA."""

from gald_viz.paper.figures._masks import mask_figure

FIGURES = (mask_figure("gald-7", "GALD TIP", "Fig. 7"),)
