"""ANN, part by part."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "ann-3",
        ("ANN", "Fig. 3"),
        "The asymmetric non-local neural network",
        Plan(
            (Drawn("", "ann-r101"),),
            "Every part of ANN: AFNB fuses the last two levels of the backbone, APNB aggregates, each by 110 anchors.",
            "",
            columns=1,
        ),
    ),
)
