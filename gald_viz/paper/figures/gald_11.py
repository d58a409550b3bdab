"""Example results, image after image."""

from gald_viz.paper.comparison import Comparison, compare_networks
from gald_viz.paper.figure import Made, PaperFigure, Role
from gald_viz.paper.pictures import draw_table, table_height
from gald_viz.paper.studio import Studio

_PLAN = Comparison(("GA", "GALD"), ("GA", "GALD"))


def compute(studio: Studio) -> Made:
    """Answers of the GA head alone and with LDv2."""
    says = "Image, the answer of the GA head alone, with local distribution (LDv2), and the label, a row an image."
    return compare_networks(
        studio, _PLAN, says, "images run down the rows; small networks and generated or CamVid scenes, not Cityscapes."
    )


FIGURES = (
    PaperFigure(
        "gald-11",
        "GALD TIP",
        "Fig. 11",
        "Example results with and without local distribution",
        compute,
        draw_table,
        table_height,
        roles=(Role("GA", "scenes-aspp"), Role("GALD", "scenes-aspp-ldv2")),
    ),
)
