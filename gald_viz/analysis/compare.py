"""Two networks on the same images of a data set: differences of their scores, with intervals over the images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.bootstrap import PairedDifference, paired_bootstrap
from gald_viz.analysis.index_query import confusions
from gald_viz.index.files import IndexFolder
from models.evaluation.iou import class_iou, hits_and_unions, iou_of, mean_iou, mean_over_classes


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second network against the first on N images.

    Attributes:
        image: ids, in the order of the first index.
        first, second: (N, K, K) confusion matrices.
        miou: difference of the mIoU.
        iou: difference of the IoU of every class, (K,).
    """

    image: tuple[str, ...]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    miou: PairedDifference
    iou: PairedDifference

    @property
    def pixels(self) -> NDArray[np.int64]:
        """(N,) labelled pixels."""
        return self.first.sum(axis=(1, 2))

    @property
    def right(self) -> NDArray[np.int64]:
        """(2, N) right pixels of either network."""
        return np.stack([np.trace(counts, axis1=1, axis2=2) for counts in (self.first, self.second)])

    @property
    def scores(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """mIoU (2,) and IoU (2, K) of either network on all images."""
        total = np.stack([self.first.sum(axis=0), self.second.sum(axis=0)])
        return mean_iou(total), class_iou(total)


def compare(
    first: tuple[IndexFolder, str], second: tuple[IndexFolder, str], resamples: int = 1000, seed: int = 0
) -> Comparison:
    """Compare two stages, of one index or of two, on the images that both have.

    Args:
        first: index and stage.
        second: index and stage, of the same data and classes.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ValueError: if the data or the classes differ, no image is in both, or their labels differ.
    """
    one, other = first[0].meta, second[0].meta
    if (one.data, one.split, one.class_names) != (other.data, other.split, other.class_names):
        raise ValueError(
            f"the indexes are of {one.data} {one.split} and of {other.data} {other.split}; choose two of the same data "
            "and classes."
        )
    (ids, a), (other_ids, b) = confusions(*first), confusions(*second)
    place = {image: number for number, image in enumerate(other_ids)}
    common = [number for number, image in enumerate(ids) if image in place]
    if not common:
        raise ValueError(f"no image is in both indexes of {one.data} {one.split}; make both with the same --limit.")
    a, b = a[common], b[[place[ids[number]] for number in common]]
    if not np.array_equal(a.sum(axis=2), b.sum(axis=2)):
        raise ValueError(f"the labels of {one.data} changed between the two indexes; make both again.")
    # 2 K numbers an image instead of K K: with 150 classes the resampled sums took nine seconds.
    parts = hits_and_unions(a), hits_and_unions(b)
    scores = (lambda summed: mean_over_classes(iou_of(summed)), iou_of)
    intervals = [paired_bootstrap(*parts, score, resamples, seed) for score in scores]
    return Comparison(tuple(ids[number] for number in common), a, b, *intervals)
