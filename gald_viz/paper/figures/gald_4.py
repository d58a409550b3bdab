"""GALDv1, part by part."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "gald-4",
        ("GALD TIP", "Fig. 4"),
        "GALDv1: CGNL and the mask",
        Plan(
            (Drawn("", "cgnl-ldv1"),),
            "Every part of a network with GALDv1: global aggregation by CGNL at half size, then a mask that scales "
            "the context.",
            "",
            columns=1,
        ),
    ),
)
