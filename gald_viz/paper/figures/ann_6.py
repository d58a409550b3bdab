"""ANN beside a baseline and a non-local block."""

from gald_viz.paper.comparison import Comparison, Words, comparison_figure
from gald_viz.paper.figure import Role

FIGURES = (
    comparison_figure(
        "ann-6",
        ("ANN", "Fig. 6"),
        Words(
            "ANN beside variants of itself",
            "Image, the answers of the FCN baseline, with a non-local block (CGNL), of the full ANN, and the label.",
            "of the variants with AFNB or APNB alone no checkpoint ships (presets ann-afnb and ann-apnb build them); "
            "the FCN and CGNL stand in their place, and ANN had more training steps.",
        ),
        (
            Role("FCN", "scenes-fcn"),
            Role("CGNL", "scenes-cgnl", optional=True),
            Role("ANN", "scenes-ann"),
        ),
        Comparison(("FCN", "CGNL", "ANN"), ("FCN", "ANN"), percentiles=(90, 70, 40, 10)),
    ),
)
