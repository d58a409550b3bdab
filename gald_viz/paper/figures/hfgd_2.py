"""HFGD, part by part."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "hfgd-2",
        ("HFGD", "Fig. 2"),
        "High-level feature guided decoder",
        Plan(
            (Drawn("", "hfgd"),),
            "Every part of HFGD: the context augmentation encoder on the coarse level, the tokens that its logits "
            "and the upsampler share, and the upsampler.",
            "stop-gradients act in training alone and are not to be seen in a forward pass.",
            columns=1,
        ),
    ),
)
