"""Which detection is on which object, as PASCAL VOC counts it (Everingham et al., IJCV 2010, section 4.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def box_iou(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of every pair of boxes x0, y0, x1, y1, whose x1 and y1 lie behind the last pixel.

    Shape:
        (N, 4), (M, 4) -> (N, M)
    """
    one, two = (np.asarray(boxes, dtype=np.float64).reshape(-1, 4) for boxes in (first, second))
    low = np.maximum(one[:, None, :2], two[None, :, :2])
    high = np.minimum(one[:, None, 2:], two[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (one, two)]
    union = areas[0][:, None] + areas[1][None, :] - both
    return np.divide(both, union, out=np.zeros_like(both), where=union > 0)


def matched(
    iou: NDArray[np.floating], ignored: NDArray[np.bool_], threshold: float = 0.5
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give each detection the object that it overlaps most; a second one on the same object is wrong.

    Args:
        iou: (N, M) of detections, the surest first, and objects of their class.
        ignored: (M,) objects that count neither as found nor as missed.
        threshold: the least IoU.

    Returns:
        (N,) 1 for a right detection, 0 for a wrong one, -1 for one on an ignored object; and (N,) the place of its
        object, -1 without one.
    """
    verdict, place = np.zeros(len(iou), dtype=np.int64), np.full(len(iou), -1, dtype=np.int64)
    taken = np.zeros(len(ignored), dtype=bool)
    for row in range(len(iou) if len(ignored) else 0):
        best = int(iou[row].argmax())
        if iou[row, best] < threshold:
            continue
        place[row] = best
        verdict[row] = -1 if ignored[best] else int(not taken[best])
        taken[best] = True
    return verdict, place
