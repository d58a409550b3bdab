"""The framework of GALD."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "gald-3",
        ("GALD TIP", "Fig. 3"),
        "The framework: global aggregation, then local distribution",
        Plan(
            (
                Drawn(
                    "GA (PSP)", "psp", ("image", "backbone", "fcn.features", "ga.context", "ld.", "gald.", "classifier")
                ),
                Drawn(
                    "GALD (PSP and LDv1)",
                    "psp-ldv1",
                    ("image", "backbone", "fcn.features", "ga.context", "ld.", "gald.", "classifier"),
                ),
            ),
            "A network with global aggregation alone and with local distribution behind it, its main stages.",
            "",
            columns=2,
        ),
    ),
)
