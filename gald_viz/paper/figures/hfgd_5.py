"""The two upsamplers of HFGD."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "hfgd-5",
        ("HFGD", "Fig. 5"),
        "SemanticFPN and U-SFPN",
        Plan(
            (
                Drawn(
                    "SemanticFPN",
                    "sfpn",
                    ("backbone.c", "ga.context", "decoder", "classifier", "tokens", "gald.logits"),
                    ("decoder.pyramid", "decoder.branches"),
                ),
                Drawn(
                    "U-SFPN",
                    "u-sfpn",
                    ("backbone.c", "ga.context", "decoder", "classifier", "tokens", "gald.logits"),
                    ("decoder.pyramid", "decoder.branches"),
                ),
            ),
            "The upsampler, convolution by convolution.",
            "",
            columns=1,
        ),
    ),
)
