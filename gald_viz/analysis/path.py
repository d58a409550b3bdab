"""How a pixel fares on its way through one network: right or wrong after FCN, GA and GALD.

Li et al., IEEE TIP 2021 (GALD), Fig. 8: classifiers on the features of three stages of one model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.regions import Box, largest_boxes
from gald_viz.analysis.resize import bilinear

STAGES = ("FCN", "GA", "GALD")
PATHS = 2 ** len(STAGES)


@dataclass(frozen=True, slots=True)
class StagePaths:
    """The path of every labelled pixel.

    Attributes:
        code: (H, W) 0..7, the sum of 4 if FCN is right, 2 if GA is and 1 if GALD is; -1 where ignored.
        counts: (8,) pixels per code; they sum to all labelled pixels.
    """

    code: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """(3,) share of the labelled pixels that FCN, GA and GALD get right, nan without labels."""
        total = self.counts.sum()
        right = np.array([self.counts[_right_at(step)].sum() for step in range(len(STAGES))])
        return right / total if total else np.full(len(STAGES), np.nan)


@dataclass(frozen=True, slots=True)
class StageChanges:
    """Where a stage changes the answer of the one before, right or wrong; needs no label.

    Attributes:
        by_ga: (H, W) GA says something else than FCN.
        by_gald: (H, W) GALD says something else than GA.
    """

    by_ga: NDArray[np.bool_]
    by_gald: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SankeyLinks:
    """Flows between the nodes 2 * stage + (0 right, 1 wrong), one link per step and code.

    Attributes:
        source, target, pixels, code: (16,) each.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    pixels: NDArray[np.int64]
    code: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StepBoxes:
    """Boxes round the largest regions that change between two stages.

    Attributes:
        mended: wrong before, right after.
        broken: right before, wrong after; as many as `mended` asked for.
    """

    mended: tuple[Box, ...]
    broken: tuple[Box, ...]


def stage_prediction(logits: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.int64]:
    """Class ids at image size: bilinear resize of the logits, then the largest.

    Shape:
        (K, h, w) -> (H, W)
    """
    return bilinear(logits, size).argmax(axis=0)


def stage_paths(
    predictions: tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]],
    label: NDArray[np.integer],
    ignore_id: int,
) -> StagePaths:
    """The 8-code path of every labelled pixel.

    Args:
        predictions: (H, W) class ids of FCN, GA and GALD.
        label: (H, W) class ids.
        ignore_id: label value that is left out.

    Raises:
        ValueError: if a size differs.
    """
    code = np.zeros(label.shape, dtype=np.int64)
    for name, prediction in zip(STAGES, predictions, strict=True):
        if prediction.shape != label.shape:
            raise ValueError(
                f"the {name} prediction is {prediction.shape}, the label is {label.shape}; "
                "resize the logits with stage_prediction()."
            )
        code = 2 * code + (prediction == label)
    code[label == ignore_id] = -1
    return StagePaths(code, np.bincount(code[code >= 0], minlength=PATHS))


def stage_changes(
    predictions: tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]],
) -> StageChanges:
    """Compare the (H, W) class ids of FCN, GA and GALD with each other."""
    fcn, ga, gald = predictions
    return StageChanges(by_ga=fcn != ga, by_gald=ga != gald)


def path_name(code: int) -> str:
    """Such as "FCN ✗ GA ✓ GALD ✓" for 3."""
    return " ".join(f"{name} {'✓' if code in _right_at(step) else '✗'}" for step, name in enumerate(STAGES))


def sankey_links(paths: StagePaths) -> SankeyLinks:
    """Flows FCN -> GA and GA -> GALD, every path kept apart so that it can be followed."""
    codes = np.arange(PATHS)
    wrong = np.stack([1 - (codes >> 2 & 1), 1 - (codes >> 1 & 1), 1 - (codes & 1)])
    nodes = wrong + 2 * np.arange(len(STAGES))[:, None]
    return SankeyLinks(
        source=nodes[:-1].ravel(),
        target=nodes[1:].ravel(),
        pixels=np.tile(paths.counts, len(STAGES) - 1),
        code=np.tile(codes, len(STAGES) - 1),
    )


def step_boxes(paths: StagePaths, step: int, count: int) -> StepBoxes:
    """Boxes of the step from stage `step` to the next: as many worst regressions as best mends.

    Args:
        paths: of the image.
        step: 0 for FCN to GA, 1 for GA to GALD.
        count: boxes of each kind at most.

    Raises:
        ValueError: if the step is not 0 or 1.
    """
    if step not in (0, 1):
        raise ValueError(f"step is {step}, must be 0 (FCN to GA) or 1 (GA to GALD).")
    before, after = np.isin(paths.code, _right_at(step)), np.isin(paths.code, _right_at(step + 1))
    known = paths.code >= 0
    return StepBoxes(
        mended=largest_boxes(known & ~before & after, count),
        broken=largest_boxes(known & before & ~after, count),
    )


def _right_at(step: int) -> list[int]:
    """Codes in which the stage is right."""
    return [code for code in range(PATHS) if code >> (len(STAGES) - 1 - step) & 1]
