"""Mask maps of GALD and of LDGA, images drawn by a seed."""

from gald_viz.paper.figures._masks import mask_figure

FIGURES = (mask_figure("bmvc-4", "GALD BMVC", "Fig. 4", drawn=3),)
