"""UMAP of the features that enter the classifier, network beside network."""

from gald_viz.paper.figure import Facts, Made, PaperFigure, Role
from gald_viz.paper.separations import Separated, draw_maps, separate, told
from gald_viz.paper.studio import Studio

_STAGE = "classifier.features"
_ROLES = (
    Role("FCN", "scenes-fcn", (_STAGE,)),
    Role("SemanticFPN", "scenes-sfpn", (_STAGE,), optional=True),
    Role("SemanticFPN (HFG)", "scenes-sfpn-hfgm", (_STAGE,), optional=True),
    Role("HFGD", "scenes-hfgd", (_STAGE,)),
)


def compute(studio: Studio) -> Made:
    """The same cells of the error-prone classes through every network."""
    data = separate(studio, tuple((role.name, _STAGE) for role in _ROLES if studio.has(role.name)), "UMAP")
    embedding = data.measured[0].embedding
    settings = "" if embedding is None else ", ".join(f"{key} {value}" for key, value in embedding.settings.items())
    says = (
        f"UMAP ({settings}) of {len(data.class_id)} cells, the same for every network. Distances between groups on a "
        "map "
        "mean little: silhouette and purity below are measured in the features' own space."
    )
    rule = (
        "the classes with the lowest recall of the FCN that have enough cells of one class; up to 40 cells of each, "
        "drawn "
        "by the seed from the images named here"
    )
    differs = "generated scenes or CamVid instead of Pascal Context; the FCN has output stride 8, the others 4."
    return Made(data, Facts(says, differs, rule, "UMAP to two dimensions", numbers=told(data)))


def height(data: Separated, width: float) -> float:
    """Of square panels with titles and numbers."""
    return min(width / len(data.measured) + 0.95, 3.2)


FIGURES = (
    PaperFigure(
        "hfgd-4", "HFGD", "Fig. 4", "UMAP of the features that enter the classifier", compute, draw_maps, height, _ROLES
    ),
)
