"""The two blocks of ANN."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "ann-1",
        ("ANN", "Fig. 1"),
        "Non-local block and asymmetric pyramid non-local block",
        Plan(
            (
                Drawn("(a) non-local", "ann-nb", ("fcn.features", "head.aggregation", "ga.")),
                Drawn("(b) asymmetric pyramid non-local", "ann-apnb", ("fcn.features", "head.aggregation", "ga.")),
            ),
            "The block between the feature of the FCN and the context. N positions are compared with N positions on "
            "the left, and with S = 110 anchors on the right.",
            "key and query share one convolution, as in the published code.",
            columns=2,
        ),
    ),
)
