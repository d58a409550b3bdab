"""DeepLabv3, part by part."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "deeplabv3-5",
        ("DeepLabv3", "Fig. 5"),
        "ASPP with image-level features",
        Plan(
            (Drawn("", "deeplabv3-r101"),),
            "Every part of DeepLabv3: parallel convolutions with their rates and the pooled image, concatenated.",
            "",
            columns=1,
        ),
    ),
)
