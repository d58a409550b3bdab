"""Results of DeepLabv3 on street scenes, drawn by a seed."""

from gald_viz.paper.comparison import AnswersPlan, answers_figure

FIGURES = (
    answers_figure(
        ("deeplabv3-8", "Fig. 8", "Results of DeepLabv3 on street scenes"),
        AnswersPlan(drawn=5),
        "MobileNetV2 at output stride 16; generated scenes instead of Cityscapes.",
    ),
)
