"""Small things: FCN, SemanticFPN and HFGD."""

from gald_viz.paper.comparison import Comparison, Words, comparison_figure
from gald_viz.paper.figure import Role

FIGURES = (
    comparison_figure(
        "hfgd-9",
        ("HFGD", "Fig. 9"),
        Words(
            "Signs, signal lights and poles by SemanticFPN and HFGD",
            "Image, the answers of the FCN (output stride 8), of SemanticFPN and of HFGD (both output stride 4), and "
            "the label; the images are chosen by the pixels of signs, lights and poles alone.",
            "HFGD at output stride 2 does not ship (preset hfgd-os2 builds it); the FCN is added; generated scenes "
            "or CamVid instead of Cityscapes.",
        ),
        (
            Role("FCN", "scenes-fcn"),
            Role("SemanticFPN", "scenes-sfpn", optional=True),
            Role("HFGD", "scenes-hfgd"),
        ),
        Comparison(
            ("FCN", "SemanticFPN", "HFGD"),
            ("FCN", "HFGD"),
            (100, 50, 0),
            only=("sign", "light", "pole", "signsymbol", "column_pole"),
        ),
    ),
)
