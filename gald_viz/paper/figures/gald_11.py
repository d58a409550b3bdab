"""Results of GA alone and with local distribution."""

from gald_viz.paper.comparison import Comparison, Words, comparison_figure
from gald_viz.paper.figure import Role

FIGURES = (
    comparison_figure(
        "gald-11",
        ("GALD TIP", "Fig. 11"),
        Words(
            "Example results with and without local distribution",
            "Image, the answer of the GA head alone (ASPP), with local distribution (LDv2), and the label.",
            "an image is a row; MobileNetV2 and short training; generated scenes or CamVid instead of Cityscapes and "
            "ADE20K.",
        ),
        (
            Role("GA", "scenes-aspp"),
            Role("GALD", "scenes-aspp-ldv2"),
        ),
        Comparison(("GA", "GALD"), ("GA", "GALD")),
    ),
)
