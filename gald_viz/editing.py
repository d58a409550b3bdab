"""An edit of what a stage holds, from what a reader asks for to pictures, numbers and rows: the page and the widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.edits import changed_cells, edited, edits_of, random_edit, relative_size
from gald_viz.analysis.intervention import Change, Intervention, change_of, intervention
from gald_viz.figures.intervention import Scene, answer_figure, baseline_figure
from gald_viz.figures.sheet import Heading
from gald_viz.probes.replay import Replay
from gald_viz.types import Number, ViewResult
from models.detection.detector import Detector
from models.network import Network
from models.stages import stages_of

# Those whose change a reader can think about come first.
_FIRST = ("ld.mask", "ld.affinity", "ga.branches", "gald.features", "ga.context")
_EDITABLE = ("mask", "affinity", "branches", "features")


@dataclass(frozen=True, slots=True)
class Request:
    """An edit as the reader asked for it.

    Attributes:
        stage: where.
        edit: name of one of edits_of the stage.
        amount, seed: what the edit takes.
        baseline: how the random edits are drawn.
        seeds: how many of them.
    """

    stage: str
    edit: str
    amount: float
    seed: int
    baseline: str
    seeds: int


@dataclass(frozen=True, slots=True)
class Done:
    """What an edit did.

    Attributes:
        result: answers and numbers beside those of the random edits.
        size: of the edit, relative to that of the stage's values.
        cells: share of the cells that it changed, 0..1.
        touched: whether it changed any.
    """

    result: Intervention
    size: float
    cells: float
    touched: bool


def editable_stages(model: Network | Detector) -> list[str]:
    """Names of the stages that hold maps, those of GA and LD first."""
    names = [name for name, stage in stages_of(model).items() if stage.kind in _EDITABLE]
    return sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))


def do_edit(
    held: Replay, request: Request, label: NDArray[np.int64] | None = None, where: NDArray[np.bool_] | None = None
) -> Done:
    """Do the edit, and as many random ones of equal size.

    Args:
        held: the network's look at the image, held at the request's stage.
        request: what is asked for.
        label: (H, W) class ids of the network's classes, None without annotation.
        where: (h, w) cells that are edited, all by default.

    Raises:
        ValueError: if the edit is refused, or the label does not fit.
    """
    done = edit_alone(held, request, label, where)
    return beside(done, [random_change(held, request, label, where, seed) for seed in seeds_of(done, request)])


def edit_alone(
    held: Replay, request: Request, label: NDArray[np.int64] | None = None, where: NDArray[np.bool_] | None = None
) -> Done:
    """The edit without the random ones, which take several times as long; label (H, W) and where (h, w) of do_edit.

    Raises:
        ValueError: as do_edit.
    """
    changed = _changed(held, request, where)
    cells, classes = changed_cells(held.value, changed), held.model.classes
    answers = (held.answer, held.run(changed))
    result = intervention(answers, (), label, len(classes), classes.ignore_id)
    return Done(result, relative_size(held.value, changed), float(cells.mean()), bool(cells.any()))


def seeds_of(done: Done, request: Request) -> range:
    """Of the random edits that belong beside the edit."""
    # Where nothing is changed, a random edit of equal size changes nothing either.
    return range(request.seeds if done.touched else 0)


def random_change(
    held: Replay, request: Request, label: NDArray[np.int64] | None, where: NDArray[np.bool_] | None, seed: int
) -> Change:
    """What one random edit of equal size does; label (H, W) and where (h, w) of do_edit.

    Raises:
        ValueError: as do_edit.
    """
    changed, classes = _changed(held, request, where), held.model.classes
    drawn = random_edit(held.value, changed, held.info["kind"], request.baseline, seed)
    return change_of(held.answer, held.run(drawn), label, len(classes), classes.ignore_id)


def beside(done: Done, random: Sequence[Change]) -> Done:
    """The edit with these random ones beside it."""
    return replace(done, result=replace(done.result, random=tuple(random)))


def _changed(held: Replay, request: Request, where: NDArray[np.bool_] | None) -> NDArray[np.floating]:
    kind = edits_of(held.info)[request.edit]
    return edited(held.value, kind, request.amount, request.seed, where)


def words_of(held: Replay, request: Request) -> str:
    """Stage, edit and its strength, for a heading."""
    kind = edits_of(held.info)[request.edit]
    strength = "" if kind.amount is None else f", {kind.amount.label} {request.amount:.2f}"
    return f"{request.stage}: {kind.label}{strength}"


def how_held(held: Replay) -> str:
    """What the stage holds, and what runs again."""
    _, rows, columns = held.value.shape
    what = f"{held.name} holds {len(held.value)} channels of {rows} × {columns} cells"
    if held.resumes:
        return f"{what}; only what lies behind it runs again"
    return f"{what}; this network cannot be resumed there, so all of it runs again"


def edit_result(done: Done, scene: Scene, title: str) -> ViewResult:
    """Answer before and after, the baseline where there are random edits, the numbers, the verdict and the rows."""
    figures = [edit_picture(done, scene, title)]
    if done.result.random:
        figures.append(baseline_picture(done, scene))
    rows = edit_rows(done.result, scene.names)
    return ViewResult(tuple(figures), edit_numbers(done), verdict(done), tuple(rows))


def edit_picture(done: Done, scene: Scene, title: str) -> Any:
    """A plotly figure of the answer before and after; random edits are not in it, so that it can come before them."""
    numbers = edit_numbers(done)
    return answer_figure(scene, done.result, Heading(title, _in_line((numbers[0], *numbers[3:6]))))


def baseline_picture(done: Done, scene: Scene) -> Any:
    """A plotly figure of the edit beside random edits."""
    heading = Heading("The edit beside random edits of equal size", _in_line(edit_numbers(done)[:3]))
    return baseline_figure(done.result, scene.names, scene.colors, heading)


def verdict(done: Done) -> str:
    """What the edit did, in one sentence."""
    result = done.result
    if not done.touched:
        return "This edit changes nothing: 0 pixels differ, and the answer is the same bit for bit."
    if not result.edit.share and not result.edit.confidence:
        return "The stage holds something else, and the answer is the same bit for bit: nothing leads from here to it."
    count = len(result.random)
    if not count:
        return f"The edit changes {100 * result.edit.share:.2f} % of the pixels."
    return (
        f"The edit changes {100 * result.edit.share:.2f} % of the pixels, a random edit of equal size "
        f"{100 * result.random_share:.2f} %; {result.as_much} of {count} random ones change at least as many."
    )


def edit_numbers(done: Done) -> tuple[Number, ...]:
    """The numbers that back the picture."""
    result = done.result
    total = result.changed.size
    counts = [round(change.share * total) for change in result.random]
    random = round(float(np.mean(counts))) if counts else float("nan")
    as_much = result.as_much if counts else float("nan")
    spread = f"From {min(counts):,} to {max(counts):,} px over {len(counts)} seeds." if counts else ""
    numbers = (
        Number("changed pixels", int(result.changed.sum()), "px", "Pixels whose class is another after the edit."),
        Number("by random edits", random, "px", f"Mean of random edits of equal size. {spread}"),
        Number("random ≥ edit", as_much, "", f"Of {len(counts)} random edits, those that change as much."),
        Number("confidence", result.edit.confidence, "%", "Mean absolute change of the confidence."),
        Number("size of the edit", done.size, "%", "Norm of the change over the norm of what the stage holds."),
        Number("edited cells", done.cells, "%", "Cells of the stage in which a number differs."),
    )
    if np.isnan(result.before.miou):
        return numbers
    return (
        *numbers,
        Number("mIoU before", result.before.miou, "%", "Of this image, over the classes in it or predicted."),
        Number("mIoU after", result.edit.miou, "%", "The same with the edit."),
    )


def _in_line(numbers: Sequence[Number]) -> str:
    return " · ".join(f"{number.name} {number.text}" for number in numbers)


def edit_rows(result: Intervention, names: Sequence[str]) -> list[dict[str, str | float]]:
    """One row a class that is there before or after: every number beside its random baseline."""
    everything = (result.before, result.edit, *result.random)
    rows = [_row("all", result, lambda change: change.miou, lambda change: int(change.pixels.sum()))]
    for k, name in enumerate(names):
        if any(change.pixels[k] or change.iou[k] >= 0 for change in everything):
            rows.append(
                _row(name, result, lambda change, k=k: change.iou[k], lambda change, k=k: int(change.pixels[k]))
            )
    return rows


def _row(
    name: str, result: Intervention, iou: Callable[[Change], float], pixels: Callable[[Change], int]
) -> dict[str, str | float]:
    row: dict[str, str | float] = {
        "class": name,
        "px before": pixels(result.before),
        "px after": pixels(result.edit),
    }
    if result.random:
        row["px random"] = round(float(np.mean([pixels(change) for change in result.random])), 1)
    if np.isnan(result.before.miou):
        return row
    row |= {"IoU % before": round(100 * iou(result.before), 2), "IoU % after": round(100 * iou(result.edit), 2)}
    if result.random:
        row["IoU % random"] = round(100 * float(np.mean([iou(change) for change in result.random])), 2)
    return row
