"""Which objects a detector found: right, wrong and missed ones of one image.

A found object is right when it is the surest of its class on a labelled one of the same class, with an IoU of their
boxes of at least 0.5 (Everingham et al., IJCV 2010; the criterion of mAP@.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.types import Objects
from models.detection.matching import box_iou, matched

RIGHT, WRONG, NEITHER = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Matches:
    """Found against labelled objects.

    Attributes:
        verdict: (N,) RIGHT, WRONG, or NEITHER for what lies on an ignored object.
        missed: (M,) labelled objects that count and that nothing found.
        labelled: how many labelled objects count.
    """

    verdict: NDArray[np.int64]
    missed: NDArray[np.bool_]
    labelled: int

    @property
    def right(self) -> int:
        """True positives."""
        return int((self.verdict == RIGHT).sum())

    @property
    def wrong(self) -> int:
        """False positives."""
        return int((self.verdict == WRONG).sum())

    @property
    def precision(self) -> float:
        """Share of the found objects that are right, nan without any."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of the labelled objects that were found, nan without any."""
        return _share(self.right, self.labelled)


def sure_ones(objects: Objects, threshold: float) -> Objects:
    """The objects with at least this score."""
    return chosen_objects(objects, np.asarray(objects.scores) >= threshold)


def chosen_objects(objects: Objects, chosen: NDArray[np.bool_]) -> Objects:
    """Some of the objects, in their order; chosen: (N,) for N objects, True where one is kept."""
    return Objects(
        objects.boxes[chosen],
        objects.labels[chosen],
        objects.scores[chosen],
        None if objects.masks is None else objects.masks[chosen],
        None if objects.ignored is None else objects.ignored[chosen],
    )


def match_objects(found: Objects, labelled: Objects, threshold: float = 0.5) -> Matches:
    """Compare what was found in an image with what is there.

    Args:
        found: the surest first.
        labelled: with ``ignored`` where some count neither way.
        threshold: the least IoU of two boxes.
    """
    ignored = np.zeros(len(labelled), dtype=bool) if labelled.ignored is None else labelled.ignored
    verdict, missed = np.zeros(len(found), dtype=np.int64), ~ignored
    for label in np.unique(found.labels):
        own, there = np.flatnonzero(found.labels == label), np.flatnonzero(labelled.labels == label)
        verdict[own], place = matched(box_iou(found.boxes[own], labelled.boxes[there]), ignored[there], threshold)
        missed[there[place[place >= 0]]] = False
    return Matches(verdict, missed, int((~ignored).sum()))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
