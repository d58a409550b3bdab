"""Counts of every image by itself: what resampling images needs, and any sum can be made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.data.classes import SegmentationData
from models.evaluation.boundary import boundary_f
from models.evaluation.inference import InferenceOptions, predict
from models.evaluation.iou import confusion
from models.network import Network


@dataclass(frozen=True, slots=True)
class PerImage:
    """What a network got right in each of N images.

    Attributes:
        ids: N names.
        confusion: (N, K, K) pixel counts, rows are labels, columns are predictions.
        boundary_f: (N, K, T) in 0..1, nan where neither label nor prediction outlines the class; a column per
            tolerance of models.evaluation.boundary.
    """

    ids: tuple[str, ...]
    confusion: NDArray[np.int64]
    boundary_f: NDArray[np.float64]


def per_image(
    model: Network, data: SegmentationData, options: InferenceOptions | None = None, progress: bool = True
) -> PerImage:
    """Measure a network on every labelled image.

    Args:
        model: network with the classes of the data.
        data: samples; those without a label are left out.
        options: scales and mirroring; the plain image when None.
        progress: show a bar on stderr.

    Raises:
        ValueError: if no sample has a label, or one does not fit.
    """
    classes = data.classes
    ids, counts, outlines = [], [], []
    for index in tqdm(range(len(data)), desc=f"measure {data.name}", unit="image", disable=not progress):
        sample = data[index]
        if sample.label is None:
            continue
        answer = predict(model, sample.image, options).label
        ids.append(sample.id)
        counts.append(confusion(answer, sample.label, len(classes), classes.ignore_id))
        outlines.append(boundary_f(answer, sample.label, len(classes), classes.ignore_id))
    if not ids:
        raise ValueError(f"0 of {len(data)} images of {data.name} have a label, at least 1 is needed.")
    return PerImage(tuple(ids), np.stack(counts), np.stack(outlines))
