"""Everything that one image shows at every pixel, side by side: answers of the stages, how sure they are, maps.

What the panels with one zoom and one cursor are drawn and read from (GALD TIP, Fig. 2, 7, 8 and 9 in one place).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.affinity import affinity_maps, entropy
from gald_viz.analysis.mask import mean_mask
from gald_viz.analysis.regions import boundary_distance
from gald_viz.analysis.resize import bilinear, nearest_labels
from gald_viz.types import Capture

# Stage -> what people call it; the network's own answer comes last.
STAGES = {"fcn.logits": "FCN", "ga.logits": "GA", "gald.logits": "GALD"}
OUTPUT = "output"
# Answers of three stages at more pixels than this take seconds and more memory than a browser's tab likes.
MAX_PIXELS = 400_000
WIDEST_BAND = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What one stage says at every pixel.

    Attributes:
        name: of the stage.
        classes: (H, W) class ids.
        probability: (H, W) of the class that is answered, 0..1.
        entropy: (H, W) of all classes' probabilities over its largest value ln K, 0..1; None where they are not kept.
    """

    name: str
    classes: NDArray[np.int64]
    probability: NDArray[np.float32]
    entropy: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A number at every pixel.

    Attributes:
        name: for people.
        values: (H, W).
        limits: smallest and largest value.
        unit: of the values, empty for a plain number.
    """

    name: str
    values: NDArray[np.float32]
    limits: tuple[float, float]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class LinkedMaps:
    """All of one image, at one size (H, W).

    Attributes:
        image: (H, W, 3) uint8.
        scale: image pixels per pixel of these maps, 1 unless the image is large.
        label: (H, W) class ids, None without annotation.
        answers: of the stages and the output.
        heats: confidence, entropy, mask, affinity, as far as the network has them.
        band: (H, W) distance to the nearest boundary of the label in pixels of these maps, 0 at it and at most
            WIDEST_BAND; None without annotation.
    """

    image: NDArray[np.uint8]
    scale: float
    label: NDArray[np.int64] | None
    answers: tuple[Answer, ...]
    heats: tuple[HeatMap, ...]
    band: NDArray[np.int64] | None


def linked_maps(capture: Capture, label: NDArray[np.int64] | None = None) -> LinkedMaps:
    """Gather the maps of an image.

    Args:
        capture: a segmentation network's look at the image.
        label: (H, W) class ids, None without annotation.
    """
    full = (capture.image.shape[0], capture.image.shape[1])
    scale = max(1.0, float(np.sqrt(full[0] * full[1] / MAX_PIXELS)))
    size = (max(1, round(full[0] / scale)), max(1, round(full[1] / scale)))
    # An exact resize of a photograph is not needed here, the nearest pixel keeps colours true.
    image = (
        capture.image
        if scale == 1
        else np.stack([nearest_labels(capture.image[..., channel], size) for channel in range(3)], -1).astype(np.uint8)
    )
    small = None if label is None else nearest_labels(label, size).astype(np.int64)
    answers = _answers(capture, size)
    band = None if small is None else np.minimum(boundary_distance(small), WIDEST_BAND).astype(np.int64)
    return LinkedMaps(image, scale, small, answers, _heats(capture, answers, size), band)


def _answers(capture: Capture, size: tuple[int, int]) -> tuple[Answer, ...]:
    """Of the stages, then of the network; a last stage that is the network's own classifier stands for both."""
    stages = [_answer(name, capture.stages[key], size) for key, name in STAGES.items() if key in capture.stages]
    last = _output(capture, size)
    if stages and np.array_equal(stages[-1].classes, last.classes):
        return (*stages[:-1], replace(stages[-1], name=f"{stages[-1].name} = {OUTPUT}"))
    return (*stages, last)


def _answer(name: str, logits: NDArray[np.floating], size: tuple[int, int]) -> Answer:
    values = bilinear(logits.astype(np.float32), size)
    values = np.exp(values - values.max(axis=0))
    values /= values.sum(axis=0)
    classes = values.argmax(axis=0)
    sure = np.take_along_axis(values, classes[None], axis=0)[0]
    spread = entropy(values) / np.log(max(len(values), 2))
    return Answer(name, classes, sure.astype(np.float32), spread.astype(np.float32))


def _output(capture: Capture, size: tuple[int, int]) -> Answer:
    rows, columns = (
        ((np.arange(count) + 0.5) * total / count).astype(int)
        for count, total in zip(size, capture.prediction.shape, strict=True)
    )
    return Answer(
        OUTPUT,
        nearest_labels(capture.prediction, size).astype(np.int64),
        capture.confidence[rows[:, None], columns[None]].astype(np.float32),
        None,
    )


def _heats(capture: Capture, answers: tuple[Answer, ...], size: tuple[int, int]) -> tuple[HeatMap, ...]:
    last = answers[-1]
    heats = [HeatMap("confidence", last.probability, (0.0, 1.0))]
    spread = next((answer for answer in reversed(answers) if answer.entropy is not None), None)
    if spread is not None and spread.entropy is not None:
        heats.append(HeatMap(f"entropy of {spread.name}", spread.entropy, (0.0, 1.0), "of ln K"))
    if "ld.mask" in capture.stages:
        heats.append(_heat("LD mask, mean gate", mean_mask(capture.stages["ld.mask"]), size))
    if "ld.affinity" in capture.stages:
        maps = affinity_maps(capture.stages["ld.affinity"])
        heats.append(_heat("LD affinity, own weight", maps.self_weight, size))
        heats.append(_heat("LD affinity, entropy", maps.entropy, size, "nats"))
    return tuple(heats)


def _heat(name: str, cells: NDArray[np.floating], size: tuple[int, int], unit: str = "") -> HeatMap:
    values = bilinear(cells.astype(np.float32), size)
    return HeatMap(name, values.astype(np.float32), (float(values.min()), float(values.max())), unit)
