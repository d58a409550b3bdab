"""Results of DeepLabv3, the last row a failure."""

from gald_viz.paper.comparison import AnswersPlan, answers_figure

FIGURES = (
    answers_figure(
        ("deeplabv3-6", "Fig. 6", "Results of DeepLabv3; the last row is a failure"),
        AnswersPlan((100, 75, 50, 0), "The last row is the image with the fewest right pixels of all looked at."),
        "MobileNetV2 at output stride 16; generated scenes instead of PASCAL VOC 2012.",
    ),
)
