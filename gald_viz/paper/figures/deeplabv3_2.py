"""Alternatives to take in context."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

# Each network has some of these.
_MAIN = ("image", "backbone", "fcn.features", "cascade", "ga.context", "head.aspp", "decoder", "gald.logits")

FIGURES = (
    architecture_figure(
        "deeplabv3-2",
        ("DeepLabv3", "Fig. 2"),
        "Four ways to take in context",
        Plan(
            (
                Drawn(
                    "(a) image pyramid: one network, twice the size and once",
                    "os32-fcn",
                    _MAIN,
                    (),
                    2.0,
                ),
                Drawn(
                    "(b) encoder and decoder",
                    "sfpn",
                    _MAIN,
                ),
                Drawn(
                    "(c) deeper, atrous",
                    "cascade-r50-block7",
                    _MAIN,
                ),
                Drawn(
                    "(d) spatial pyramid pooling",
                    "deeplabv3-r50",
                    _MAIN,
                ),
            ),
            "Main parts of a network for each way. For the image pyramid (a) the network is drawn at twice the size; "
            "its answers at several sizes are averaged.",
            "the image pyramid is drawn at one of its sizes.",
            columns=2,
        ),
    ),
)
