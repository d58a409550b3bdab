"""Error maps of GA alone and with local distribution."""

from gald_viz.paper.comparison import Comparison, Words, comparison_figure
from gald_viz.paper.figure import Role

FIGURES = (
    comparison_figure(
        "gald-10",
        ("GALD TIP", "Fig. 10"),
        Words(
            "Error maps of GA and of GALD",
            "Image, the errors of GA (ASPP) and of GALD (with LDv2): predicted colours where wrong, white where "
            "right; and the label.",
            "MobileNetV2 and short training; generated scenes or CamVid instead of Cityscapes and ADE20K.",
        ),
        (
            Role("GA", "scenes-aspp"),
            Role("GALD", "scenes-aspp-ldv2"),
        ),
        Comparison(("GA", "GALD"), ("GA", "GALD"), percentiles=(90, 50, 10), errors=True),
    ),
)
