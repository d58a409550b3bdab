"""What a network says about a few fixed images while it learns: small files that a watcher can draw.

frames/images.npz holds the images and what their annotation says, frames/STEP.npz what the network made of them at that
step.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from models.checkpoint import write_atomically
from models.data.classes import ClassSet, Sample, SegmentationData
from models.data.detection.sample import DetectionData, DetectionSample
from models.data.subset import spread
from models.network import evaluating
from models.training.looks import LABELS, PLACES, SEGMENTATION, TOKENS, VECTORS, Arrays, Look, small

IMAGES = 3
MOST = 60  # files; beyond, every second one goes
IMAGE = "cells.images"
_INDEX = "images.npz"


class FrameWriter:
    """Writes what the network says about evenly spread images.

    Args:
        folder: frames/ of the run.
        data: what is validated on.
        look: how this kind of network is looked at.
        count: how many images.
    """

    def __init__(
        self, folder: Path, data: SegmentationData | DetectionData, look: Look = SEGMENTATION, count: int = IMAGES
    ) -> None:
        self.folder, self._data, self._look = folder, data, look
        self._places = spread(len(data), count)

    def write(self, model: nn.Module, step: int) -> None:
        """Write the network's answers; it is left in the mode it was in.

        Raises:
            ValueError: if an image cannot be read or is too small for the network.
        """
        samples = [self._data[place] for place in self._places]
        if not (self.folder / _INDEX).exists():
            _save(self.folder / _INDEX, self._index(samples))
        with evaluating(model):
            answers = [self._look.answer(model, sample) for sample in samples]
        for answer in [answer for answer in answers if TOKENS in answer][1:]:
            # They belong to the network: once is enough.
            del answer[TOKENS]
        _save(self.folder / f"{step:08d}.npz", _numbered(answers))
        self._thin_out()

    def _index(self, samples: list[Any]) -> Arrays:
        classes = self._data.classes
        held: Arrays = {"names": np.array(classes.names), "colors": classes.palette()}
        held["ignore_id"] = np.array(classes.ignore_id)
        truths = [self._look.truth(sample, classes.ignore_id) for sample in samples]
        pictures = [{"image": small(sample.image), "id": np.array(sample.id)} for sample in samples]
        return held | _numbered([picture | truth for picture, truth in zip(pictures, truths, strict=True)])

    def _thin_out(self) -> None:
        files = [self.folder / f"{step:08d}.npz" for step in frame_steps(self.folder)]
        if len(files) > MOST:
            for file in files[1:-1:2]:
                file.unlink(missing_ok=True)


def frame_steps(folder: Path) -> list[int]:
    """Steps of which there are frames, in order."""
    return sorted(int(file.stem) for file in folder.glob("*.npz") if file.stem.isdigit())


def fixed_pictures(folder: Path) -> tuple[ClassSet, list[Sample] | list[DetectionSample]]:
    """Class set and images of a run's frames, with their annotation, shrunk; no image before the first validation.

    A label is the ignore id everywhere where there is none.
    """
    file = folder / _INDEX
    if not file.exists():
        return ClassSet(("unknown",), ((0, 0, 0),)), []
    with np.load(file, allow_pickle=False) as opened:
        held = dict(opened)
    names = tuple(map(str, held["names"]))
    colors = tuple((red, green, blue) for red, green, blue in held["colors"].tolist())
    classes = ClassSet(names, colors, int(held["ignore_id"]))
    parts = [_of(held, number) for number in range(sum(key.endswith(".image") for key in held))]
    if any("boxes" in part for part in parts):
        return classes, [_with_objects(part) for part in parts]
    return classes, [Sample(part["image"], part["label"].astype(np.int64), str(part["id"])) for part in parts]


def read_frame(folder: Path, step: int, number: int) -> Arrays:
    """What the network said about one image.

    Of a segmentation network ``output`` and stages (H, W) uint8; of a detector ``boxes``, ``labels``, ``scores`` and
    maybe ``masks``. Of both ``ld.mask`` (h, w), the mean over its channels, or ``ld.affinity`` (k*k, h, w), float16.
    Of a segmentation network's labelled images also a few cells of what enters the classifier, the same at every step:
    ``cells.vectors`` (n, C) float16, ``cells.places`` (n, 2), x and y in the image, ``cells.labels`` (n,); and with the
    first of them ``tokens`` (K, C) float16. Runs of before these were kept have none.
    """
    with np.load(folder / f"{step:08d}.npz", allow_pickle=False) as held:
        return _of(held, number)


def read_cells(folder: Path, step: int) -> tuple[Arrays, NDArray[np.floating]] | None:
    """The cells of all images at a step, and the class tokens (K, C); None where none were kept.

    Returns:
        ``cells.vectors``, ``cells.places``, ``cells.labels``, and ``cells.images`` (n,), the number of the image.
    """
    with np.load(folder / f"{step:08d}.npz", allow_pickle=False) as held:
        numbers = [key.partition(".")[0] for key in held if key.endswith(f".{VECTORS}")]
        if not numbers:
            return None
        parts = {name: [held[f"{number}.{name}"] for number in numbers] for name in (VECTORS, PLACES, LABELS)}
        tokens = held[f"{numbers[0]}.{TOKENS}"]
    images = [np.full(len(part), int(number)) for number, part in zip(numbers, parts[VECTORS], strict=True)]
    return {name: np.concatenate(part) for name, part in parts.items()} | {IMAGE: np.concatenate(images)}, tokens


def _with_objects(part: Arrays) -> DetectionSample:
    return DetectionSample(
        part["image"], part["boxes"], part["labels"], part.get("masks"), part["ignored"], str(part["id"])
    )


def _numbered(parts: list[Arrays]) -> Arrays:
    return {f"{number}.{name}": value for number, part in enumerate(parts) for name, value in part.items()}


def _of(held: Any, number: int) -> dict[str, NDArray[Any]]:
    mark = f"{number}."
    return {key.removeprefix(mark): held[key] for key in held if key.startswith(mark)}


def _save(file: Path, arrays: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(file, buffer.getvalue())
