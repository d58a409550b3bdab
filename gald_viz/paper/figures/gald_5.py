"""GALDv2, part by part."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "gald-5",
        ("GALD TIP", "Fig. 5"),
        "GALDv2: ASPP and the local affinity",
        Plan(
            (Drawn("", "aspp-ldv2"),),
            "Every part of a network with GALDv2: global aggregation by ASPP, then attention to a window of "
            "neighbours.",
            "the local attention is one operator; its affinity is drawn into what leaves it.",
            columns=1,
        ),
    ),
)
