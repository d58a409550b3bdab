"""What is wrong with an upsampler: entangled features, and a backbone that is worse for them."""

from gald_viz.paper.charts import bars
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place, Role
from gald_viz.paper.separations import Separated, draw_maps, separate, told
from gald_viz.paper.studio import Studio

_LAST, _DEEP = "classifier.features", "backbone.c5"
_ROLES = (
    Role("FCN", "scenes-fcn", (_LAST, _DEEP)),
    Role("SemanticFPN", "scenes-sfpn", (_LAST, _DEEP)),
    Role("SemanticFPN (HFG)", "scenes-sfpn-hfgm", (_LAST, _DEEP)),
)


def compute(studio: Studio) -> Made:
    """Features that enter the classifier as maps, the backbone's as numbers."""
    final = separate(studio, tuple((role.name, _LAST) for role in _ROLES), "PCA")
    deep = separate(studio, tuple((role.name, _DEEP) for role in _ROLES), "")
    data = Separated(final.measured + deep.measured, final.class_id, final.names, final.colors)
    says = (
        "Above: the features that enter the classifier of an FCN, of SemanticFPN, whose upsampler trains the backbone, "
        "and of SemanticFPN with guidance (HFG), which keeps the upsampler's gradient from the backbone; principal "
        "components of the same cells. Below: how many of the 10 nearest neighbours have the same class, there and on "
        "the last level of the backbone, in the features' own space."
    )
    differs = (
        "the paper shows a scheme; here it is measured. The FCN is dilated to output stride 8 and had fewer steps, "
        "so its "
        "bars do not tell the effect of the gradient; those of the two SemanticFPNs do, on generated scenes."
    )
    rule = "the cells are those of the classes with the lowest recall of the FCN, drawn by the seed"
    return Made(data, Facts(says, differs, rule, "first two principal components", numbers=told(data)))


def draw(data: Separated, place: Place) -> None:
    """Maps above, bars below."""
    upper, lower = place.subfigures(2, 1, squeeze=False, height_ratios=(1.5, 1))[:, 0]
    draw_maps(data, upper)
    half = len(data.measured) // 2
    values = {
        stage: [100 * one.separation.purity for one in part]
        for stage, part in ((_LAST, data.measured[:half]), (_DEEP, data.measured[half:]))
    }
    groups = [one.title.partition("\n")[0] for one in data.measured[:half]]
    bars(groups, values, lower.subplots(), "neighbours of\nthe own class [%]")


FIGURES = (
    PaperFigure(
        "hfgd-1",
        "HFGD",
        "Fig. 1",
        "Features of an upsampler and of its backbone, without and with guidance",
        compute,
        draw,
        lambda _data, width: min(max(0.75 * width, 3.9), 4.9),
        roles=_ROLES,
    ),
)
