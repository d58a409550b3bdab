"""SemanticFPN and attention beside HFGD."""

from gald_viz.paper.comparison import Comparison, Words, comparison_figure
from gald_viz.paper.figure import Role

FIGURES = (
    comparison_figure(
        "hfgd-7",
        ("HFGD", "Fig. 7"),
        Words(
            "SemanticFPN, self-attention and HFGD",
            "Image, the answers of SemanticFPN (output stride 4), of non-local attention (CGNL, output stride 8), of "
            "HFGD (output stride 4), and the label.",
            "CGNL stands where the paper has self-attention with CAR, of which no checkpoint ships (preset d8-sa-car "
            "builds it); generated scenes instead of Pascal Context.",
        ),
        (
            Role("SemanticFPN", "scenes-sfpn"),
            Role("attention (CGNL)", "scenes-cgnl"),
            Role("HFGD", "scenes-hfgd"),
        ),
        Comparison(("SemanticFPN", "attention (CGNL)", "HFGD"), ("attention (CGNL)", "HFGD")),
    ),
)
