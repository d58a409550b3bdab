"""The cascade without and with atrous convolution."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "deeplabv3-3",
        ("DeepLabv3", "Fig. 3"),
        "Cascaded modules without and with atrous convolution",
        Plan(
            (
                Drawn(
                    "(a) going deeper without atrous convolution, output stride 256",
                    "cascade-r50-block7-os256",
                    ("image", "backbone", "fcn.features", "cascade", "ga.context", "gald.logits"),
                ),
                Drawn(
                    "(b) with atrous convolution, output stride 16",
                    "cascade-r50-block7",
                    ("image", "backbone", "fcn.features", "cascade", "ga.context", "gald.logits"),
                ),
            ),
            "Copies of the last block of ResNet-50 in cascade: the map shrinks with every block, or stays as large "
            "by rates.",
            "",
            columns=2,
        ),
    ),
)
