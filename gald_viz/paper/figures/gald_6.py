"""The arrangements of the ablation."""

from gald_viz.paper.architecture import Drawn, Plan, architecture_figure

FIGURES = (
    architecture_figure(
        "gald-6",
        ("GALD TIP", "Fig. 6"),
        "Arrangements of GA and LD",
        Plan(
            (
                Drawn("(a) PSP, LD", "psp-ldv1", ("fcn.features", "ga.context", "ld.", "gald.features", "classifier")),
                Drawn(
                    "(b) ASPP, LD", "aspp-ldv1", ("fcn.features", "ga.context", "ld.", "gald.features", "classifier")
                ),
                Drawn(
                    "(c) non-local, LD",
                    "nonlocal-ldv1",
                    ("fcn.features", "ga.context", "ld.", "gald.features", "classifier"),
                ),
                Drawn(
                    "(d, e) CGNL, LD", "cgnl-ldv1", ("fcn.features", "ga.context", "ld.", "gald.features", "classifier")
                ),
                Drawn("(f) parallel", "parallel", ("fcn.features", "ga.context", "ld.", "gald.features", "classifier")),
                Drawn("(g) LD, then GA", "ldga", ("fcn.features", "ga.context", "ld.", "gald.features", "classifier")),
                Drawn("(h) GA alone", "cgnl", ("fcn.features", "ga.context", "ld.", "gald.features", "classifier")),
                Drawn("(i) LD alone", "ldv1", ("fcn.features", "ga.context", "ld.", "gald.features", "classifier")),
            ),
            "Main stages of each arrangement of the ablation, from the feature of the FCN to that of the classifier.",
            "",
            columns=4,
        ),
    ),
)
