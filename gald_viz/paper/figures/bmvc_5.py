"""Stages of a network with GALDv1, more images in the middle."""

from gald_viz.paper.figures._stages import stages_figure

FIGURES = (stages_figure("bmvc-5", "GALD BMVC", "Fig. 5", (80, 60, 40, 20), "scenes-cgnl-ldv1"),)
