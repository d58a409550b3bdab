"""Stages of a network with GALDv1."""

from gald_viz.paper.figures._stages import stages_figure

FIGURES = (stages_figure("gald-8", "GALD TIP", "Fig. 8", (100, 75, 50, 0), "scenes-cgnl-ldv1"),)
