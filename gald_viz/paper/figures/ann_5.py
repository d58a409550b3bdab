"""ANN beside other networks."""

from gald_viz.paper.comparison import Comparison, Words, comparison_figure
from gald_viz.paper.figure import Role

FIGURES = (
    comparison_figure(
        "ann-5",
        ("ANN", "Fig. 5"),
        Words(
            "ANN beside DeepLabv3 and another GA head",
            "Image, the answers of DeepLabv3, of an FCN with ASPP, and of ANN, and the label.",
            "ASPP stands where the paper has PSPNet, of which no checkpoint ships; MobileNetV2; output strides are "
            "16, 8 and 8; generated scenes instead of Cityscapes.",
        ),
        (
            Role("DeepLabv3", "scenes-deeplabv3"),
            Role("ASPP", "scenes-aspp", optional=True),
            Role("ANN", "scenes-ann"),
        ),
        Comparison(("DeepLabv3", "ASPP", "ANN"), ("DeepLabv3", "ANN")),
    ),
)
