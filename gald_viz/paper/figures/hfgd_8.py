"""SemanticFPN beside HFGD, more images."""

from gald_viz.paper.comparison import Comparison, Words, comparison_figure
from gald_viz.paper.figure import Role

FIGURES = (
    comparison_figure(
        "hfgd-8",
        ("HFGD", "Fig. 8"),
        Words(
            "SemanticFPN beside HFGD",
            "Image, the answers of SemanticFPN and of HFGD, both at output stride 4, and the label.",
            "generated scenes instead of COCO-Stuff 164k.",
        ),
        (
            Role("SemanticFPN", "scenes-sfpn"),
            Role("HFGD", "scenes-hfgd"),
        ),
        Comparison(("SemanticFPN", "HFGD"), ("SemanticFPN", "HFGD"), percentiles=(95, 75, 50, 25, 5)),
    ),
)
