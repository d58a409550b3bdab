"""Several networks on the same images: the answers or the errors of each beside the label, boxes where two differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.error import Difference, difference, error_map
from gald_viz.analysis.regions import largest_boxes
from gald_viz.paper.figure import Facts, Made, PaperFigure, Role
from gald_viz.paper.pictures import Mark, Panel, PictureTable, draw_table, table_height
from gald_viz.paper.select import Choice, by_percentile, by_seed
from gald_viz.paper.studio import Studio

MENDS, BREAKS = "#ffe100", "#ff2a2a"  # yellow and red, as in the papers
_LEAST = 12  # pixels of a region that gets a box


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared and shown.

    Attributes:
        roles: networks, a column each.
        pair: (worse, better), the two whose difference chooses the images and gets the boxes.
        percentiles: of the better one's gain in right pixels; one row each.
        errors: draw error maps instead of answers.
        boxes: of each kind in a panel at most.
        only: class names whose pixels count for the gain; empty for all.
    """

    roles: tuple[str, ...]
    pair: tuple[str, str]
    percentiles: tuple[float, ...] = (100, 75, 50, 0)
    errors: bool = False
    boxes: int = 2
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Title of a figure, what its caption says, and how it differs from the paper's."""

    title: str
    says: str
    differs: str = ""


@dataclass(frozen=True, slots=True)
class AnswersPlan:
    """Which images show one network's answers: at percentiles of its right pixels, or some drawn by the seed."""

    percentiles: tuple[float, ...] = ()
    says: str = ""
    drawn: int = 0


def comparison_figure(
    name: str, place: tuple[str, str], words: Words, roles: tuple[Role, ...], plan: Comparison
) -> PaperFigure:
    """A figure that compares networks.

    Args:
        name: of the figure.
        place: paper and number.
        words: of its caption.
        roles: networks.
        plan: what is compared.
    """

    def compute(studio: Studio) -> Made:
        return compare_networks(studio, plan, words.says, words.differs)

    return PaperFigure(name, *place, words.title, compute, draw_table, table_height, roles)


def answers_figure(named: tuple[str, str, str], plan: AnswersPlan, differs: str) -> PaperFigure:
    """A figure of DeepLabv3's answers alone; named: name, number and title."""
    name, number, title = named

    def compute(studio: Studio) -> Made:
        return _answers(studio, plan, differs)

    roles = (Role("DeepLabv3", "scenes-deeplabv3"),)
    return PaperFigure(name, "DeepLabv3", number, title, compute, draw_table, table_height, roles)


def compare_networks(studio: Studio, plan: Comparison, says: str, differs: str = "") -> Made:
    """Choose the images by the gain, and take every network's answer to them.

    Args:
        studio: networks and images.
        plan: what is compared.
        says: sentences of the caption.
        differs: from the paper.

    Raises:
        ValueError: if a network does not fit, or too few images are looked at.
    """
    roles = [role for role in plan.roles if studio.has(role)]
    gains = [_gain(studio, plan, index) for index in studio.candidates]
    choice = chosen(studio, gains, plan.percentiles, f"the gain in right pixels of {plan.pair[1]} over {plan.pair[0]}")
    shown = [studio.candidates[place] for place in choice.indices]
    studio.show(shown)
    rows = tuple(_row(studio, plan, roles, index, 100 * gains[studio.candidates.index(index)]) for index in shown)
    table = PictureTable(("image", *roles, "label"), rows, studio.classes.names, studio.classes.palette())
    numbers = {f"right pixels of {role}, mean over the images looked at": _accuracy(studio, role) for role in roles}
    told = ", ".join(f"{role} {100 * value:.1f} %" for role, value in zip(roles, numbers.values(), strict=True))
    what = (
        f"{says} Below each panel its share of right pixels; yellow boxes: the largest regions that {plan.pair[1]} "
        f"mends, dotted red ones: that it breaks. Over the {len(studio.candidates)} images looked at: {told}."
    )
    return Made(table, Facts(what, differs, choice.rule, numbers=numbers | _gains(studio, shown, gains)))


def _answers(studio: Studio, plan: AnswersPlan, differs: str) -> Made:
    """Image, answer, errors and label of one network."""
    (role,) = studio.names
    if plan.drawn:
        choice = by_seed(min(plan.drawn, len(studio.candidates)), len(studio.candidates), studio.settings.seed)
        where = f"{studio.settings.data} {studio.settings.split}"
        choice = Choice(choice.indices, f"{choice.rule} among images spread evenly over {where}")
    else:
        shares = [accuracy(studio, role, index) for index in studio.candidates]
        choice = chosen(studio, shares, plan.percentiles, "the share of right pixels")
    shown = [studio.candidates[place] for place in choice.indices]
    studio.show(shown)
    rows = []
    for index in shown:
        image, label, answer = studio.sample(index).image, studio.label(index), studio.answer(role, index)
        errors = error_map(answer, label, studio.classes.ignore_id)
        note = f"{100 * accuracy(studio, role, index):.1f} % right"
        mistakes = Panel(image, answer, errors.wrong, errors.known)
        rows.append((Panel(image), Panel(image, answer, note=note), mistakes, Panel(image, label)))
    titles = ("image", role, "errors", "label")
    table = PictureTable(titles, tuple(rows), studio.classes.names, studio.classes.palette())
    says = f"Image, answer, errors in the predicted colours (white where right), and label. {plan.says}".strip()
    numbers = {f"right pixels on {studio.sample(index).id}": accuracy(studio, role, index) for index in shown}
    return Made(table, Facts(says, differs, choice.rule, numbers=numbers))


def accuracy(studio: Studio, role: str, index: int) -> float:
    """Share 0..1 of the labelled pixels of the image at this index of the studio that a role's network has right."""
    errors = error_map(studio.answer(role, index), studio.label(index), studio.classes.ignore_id)
    return _share(errors.wrong, errors.known)


def chosen(studio: Studio, scores: list[float], percentiles: tuple[float, ...], what: str) -> Choice:
    """by_percentile over the scores of a studio's candidates, with the rule told in full; what: the score in words."""
    choice = by_percentile(scores, percentiles[: len(scores)], what)
    where = f"{studio.settings.data} {studio.settings.split}"
    return Choice(choice.indices, f"{choice.rule} images spread evenly over {where}")


def marks_of(change: Difference, count: int, names: tuple[str, str]) -> tuple[Mark, ...]:
    """Boxes round the largest regions that are mended and broken."""
    worse, better = names
    found = []
    for where, color, verb, dashed in ((change.fixed, MENDS, "mends", False), (change.broken, BREAKS, "breaks", True)):
        boxes = [box for box in largest_boxes(where, count, margin=4) if box.pixels >= _LEAST]
        found += [Mark(box, color, f"{better} {verb} {worse}", dashed) for box in boxes]
    return tuple(found)


def _gain(studio: Studio, plan: Comparison, index: int) -> float:
    """Share of the labelled pixels that count which the better one has right, less that of the worse one."""
    label = studio.label(index)
    counted = label != studio.classes.ignore_id
    if plan.only:
        present = [studio.classes.index(name) for name in plan.only if name in studio.classes.names]
        counted &= np.isin(label, present)
    right = [((studio.answer(role, index) == label) & counted).sum() for role in plan.pair]
    return float((right[1] - right[0]) / counted.sum()) if counted.any() else float("nan")


def _row(studio: Studio, plan: Comparison, roles: list[str], index: int, gain: float) -> tuple[Panel, ...]:
    image, label, ignore = studio.sample(index).image, studio.label(index), studio.classes.ignore_id
    answers = {role: studio.answer(role, index) for role in roles}
    change = difference(answers[plan.pair[0]], answers[plan.pair[1]], label, ignore)
    marks = marks_of(change, plan.boxes, plan.pair)
    panels = [Panel(image, note=f"gain {gain + 0.0:+.2f} points")]
    for role in roles:
        errors = error_map(answers[role], label, ignore)
        note = f"{100 * _share(errors.wrong, errors.known):.1f} % right"
        own = marks if role in plan.pair else ()
        wrong = (errors.wrong, errors.known) if plan.errors else (None, None)
        panels.append(Panel(image, answers[role], *wrong, marks=own, note=note))
    return (*panels, Panel(image, label, marks=marks))


def _share(wrong: NDArray[np.bool_], known: NDArray[np.bool_]) -> float:
    return 1 - wrong.sum() / known.sum() if known.any() else float("nan")


def _accuracy(studio: Studio, role: str) -> float:
    return float(np.nanmean([accuracy(studio, role, index) for index in studio.candidates]))


def _gains(studio: Studio, shown: list[int], gains: list[float]) -> dict[str, float]:
    return {f"gain on {studio.sample(index).id}": gains[studio.candidates.index(index)] for index in shown}
