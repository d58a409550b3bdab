"""Average precision of PASCAL VOC: one IoU threshold, 11 points (2007) or the whole curve (since 2010).

Everingham et al., IJCV 2010, section 4.2, and the devkit's VOCevaldet: the surest detection first, each goes to the
object of its class that it overlaps most; a second one on the same object is wrong; difficult objects count neither as
found nor as missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.detection.matching import box_iou, matched

_ELEVEN = np.linspace(0, 1, 11)


@dataclass(frozen=True, slots=True)
class VocScores:
    """Average precision of each class, in 0..1; nan for a class without an object that counts.

    Attributes:
        eleven: (K,) mean of the precision at recall 0, 0.1 .. 1, as for VOC 2007.
        area: (K,) area under the curve of precision made monotone, as since VOC 2010.
    """

    eleven: NDArray[np.float64]
    area: NDArray[np.float64]


@dataclass
class VocTally:
    """Collects images.

    Args:
        num_classes: K.
        threshold: IoU from which a detection is on an object.
    """

    num_classes: int
    threshold: float = 0.5
    _found: list[tuple[int, float, bool]] = field(default_factory=list)
    _objects: list[int] = field(default_factory=list)

    def add(
        self,
        found: tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.integer]],
        objects: tuple[NDArray[np.floating], NDArray[np.integer], NDArray[np.bool_]],
    ) -> None:
        """Count an image.

        Args:
            found: boxes (N, 4), scores (N,) and labels (N,) of the detections.
            objects: boxes (M, 4), labels (M,), and whether they are ignored (M,).
        """
        boxes, scores, labels = found
        own, classes, ignored = objects
        self._objects += classes[~ignored].tolist()
        for label in np.unique(labels):
            chosen, there = np.flatnonzero(labels == label), np.flatnonzero(classes == label)
            order = chosen[np.argsort(-scores[chosen], kind="stable")]
            right, _ = matched(box_iou(boxes[order], own[there]), ignored[there], self.threshold)
            self._found += [
                (int(label), float(score), value > 0)
                for score, value in zip(scores[order], right, strict=True)
                if value >= 0
            ]

    def result(self) -> VocScores:
        """Scores of all images that were added."""
        eleven, area = np.full((2, self.num_classes), np.nan)
        counts = np.bincount(np.array(self._objects, dtype=np.int64), minlength=self.num_classes)
        for label in np.flatnonzero(counts):
            own = sorted(((score, right) for k, score, right in self._found if k == label), key=lambda pair: -pair[0])
            eleven[label], area[label] = average_precision([right for _, right in own], int(counts[label]))
        return VocScores(eleven, area)


def average_precision(right: Sequence[bool], objects: int) -> tuple[float, float]:
    """Of one class: mean of 11 points, and area under the monotone curve.

    Args:
        right: whether each detection is right, the surest first.
        objects: how many there were to find, at least 1.
    """
    hits = np.cumsum(np.asarray(right, dtype=np.float64))
    recall, precision = hits / objects, hits / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    # Recalls such as 0.3 = 3 / 10 are compared as the devkit does, exactly.
    eleven = [best[recall >= point].max(initial=0.0) for point in _ELEVEN]
    steps = np.diff(recall, prepend=0.0)
    return float(np.mean(eleven)), float((steps * best).sum())
