"""LD mask maps, for the figures of both GALD papers."""

from __future__ import annotations

import numpy as np

from gald_viz.analysis.mask import gate_by_class, gate_by_size, mean_mask
from gald_viz.analysis.resize import bilinear
from gald_viz.paper.comparison import chosen
from gald_viz.paper.figure import Facts, Made, PaperFigure, Role
from gald_viz.paper.pictures import Panel, PictureTable, draw_table, table_height
from gald_viz.paper.select import Choice, by_seed
from gald_viz.paper.studio import Studio

_STAGE = "ld.mask"
_BAND = 5  # pixels on either side of a boundary


def mask_figure(name: str, paper: str, number: str, drawn: int = 0) -> PaperFigure:
    """Masks of GALD beside those of LDGA, on images at percentiles of their gate's slope, or drawn by the seed.

    Args:
        name: of the figure.
        paper: whose figure it is.
        number: in that paper.
        drawn: images that the seed draws; 0 for percentiles.
    """

    def compute(studio: Studio) -> Made:
        return _masks(studio, drawn)

    return PaperFigure(
        name,
        paper,
        number,
        "Mask maps of local distribution, by the order of GA and LD",
        compute,
        draw_table,
        table_height,
        roles=(Role("GALD", "scenes-cgnl-ldv1", (_STAGE,)), Role("LDGA", "scenes-ldga", (_STAGE,), optional=True)),
    )


def _masks(studio: Studio, drawn: int) -> Made:
    roles = [role for role in ("LDGA", "GALD") if studio.has(role)]
    choice = _choice(studio, drawn)
    shown = [studio.candidates[place] for place in choice.indices]
    studio.show(shown)
    gates = {}
    for index in shown:
        size = studio.sample(index).image.shape[:2]
        for role in roles:
            mask = mean_mask(studio.capture(role, index, (_STAGE,)).stages[_STAGE])
            gates[role, index] = bilinear(mask, (size[0], size[1]))
    rows = tuple(_row(studio, roles, index, gates) for index in shown)
    values = np.stack([gate.ravel() for gate in gates.values()])
    limits = (float(values.min()), float(values.max()))
    names, colors = studio.classes.names, studio.classes.palette()
    titles = ("image", *(f"mask of {role}" for role in roles), "label")
    table = PictureTable(titles, rows, names, colors, quantity="gate", limits=limits)
    return Made(table, _facts(studio, roles, choice, limits, gates))


def _facts(studio: Studio, roles: list[str], choice: Choice, limits: tuple[float, float], gates: dict) -> Facts:
    classes = len(studio.classes)
    numbers = {}
    for (role, index), gate in gates.items():
        found = gate_by_size(gate, studio.label(index), classes)
        numbers[f"rank correlation of gate and object size, {role} on {studio.sample(index).id}"] = found.spearman
    says = (
        "The mask that scales the context, over the image: brighter is more open. Below each map the mean gate in the "
        f"interior of regions and within {_BAND} px of a boundary."
    )
    differs = "MobileNetV2 and short training; a mask of the published code lies in 0.5 to 1."
    if "LDGA" not in roles:
        differs += (
            " No network that distributes before it aggregates (LDGA) ships for these data: gald train ldga "
            "makes one, and --checkpoint LDGA=FILE sets its mask beside this one."
        )
    return Facts(says, differs, choice.rule, "mean over the mask's channels", {"gate": limits}, numbers)


def _choice(studio: Studio, drawn: int) -> Choice:
    where = f"{studio.settings.data} {studio.settings.split}"
    if drawn:
        count = min(drawn, len(studio.candidates))
        choice = by_seed(count, len(studio.candidates), studio.settings.seed)
        return Choice(choice.indices, f"{choice.rule} among images spread evenly over {where}")
    shares = [_boundary_share(studio, index) for index in studio.candidates]
    return chosen(studio, shares, (90, 50, 10), "the gate at boundaries less that in interiors")


def _boundary_share(studio: Studio, index: int) -> float:
    mask = mean_mask(studio.capture("GALD", index, (_STAGE,)).stages[_STAGE])
    label = studio.label(index)
    found = gate_by_class(bilinear(mask, (label.shape[0], label.shape[1])), label, len(studio.classes), _BAND)
    return found.total_boundary - found.total_interior


def _row(studio: Studio, roles: list[str], index: int, gates: dict) -> tuple[Panel, ...]:
    image, label = studio.sample(index).image, studio.label(index)
    panels = [Panel(image)]
    for role in roles:
        found = gate_by_class(gates[role, index], label, len(studio.classes), _BAND)
        note = f"interior {found.total_interior:.3f}, boundary {found.total_boundary:.3f}"
        panels.append(Panel(image, values=gates[role, index], note=note))
    return (*panels, Panel(image, label))
