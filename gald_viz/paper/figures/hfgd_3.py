"""SemanticFPN beside HFGD."""

from gald_viz.paper.comparison import Comparison, Words, comparison_figure
from gald_viz.paper.figure import Role

FIGURES = (
    comparison_figure(
        "hfgd-3",
        ("HFGD", "Fig. 3"),
        Words(
            "SemanticFPN, guided and HFGD",
            "Image, the answers of SemanticFPN, of SemanticFPN with high-level guidance (HFG), of HFGD, all at "
            "output stride 4, and the label.",
            "HFGD at output stride 2 does not ship (preset hfgd-os2 builds it); the guided SemanticFPN stands in its "
            "place; generated scenes, on which plain SemanticFPN is not below the guided ones.",
        ),
        (
            Role("SemanticFPN", "scenes-sfpn"),
            Role("SemanticFPN (HFG)", "scenes-sfpn-hfgm", optional=True),
            Role("HFGD", "scenes-hfgd"),
        ),
        Comparison(("SemanticFPN", "SemanticFPN (HFG)", "HFGD"), ("SemanticFPN", "HFGD"), percentiles=(100, 60, 20)),
    ),
)
