"""What a network says about a few fixed images while it learns: small files that a watcher can draw.

frames/images.npz holds the images and labels, frames/STEP.npz what the network made of them at that step.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from models.checkpoint import write_atomically
from models.data.classes import ClassSet, SegmentationData
from models.data.subset import spread
from models.evaluation.inference import OUTPUT, predict_stages, stage_names
from models.segmenter import Segmenter
from models.stages import record, stages_of

IMAGES = 3
LONGEST = 384  # pixels of the longer side that is kept
MOST = 60  # files; beyond, every second one goes
MASK, AFFINITY = "ld.mask", "ld.affinity"
_INDEX = "images.npz"


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the fixed images.

    Attributes:
        id: name in its data set.
        image: (H, W, 3) uint8, shrunk.
        label: (H, W) int64, the ignore id where there is none.
    """

    id: str
    image: NDArray[np.uint8]
    label: NDArray[np.int64]


class FrameWriter:
    """Writes what the network says about evenly spread images.

    Args:
        folder: frames/ of the run.
        data: what is validated on.
        count: how many images.
    """

    def __init__(self, folder: Path, data: SegmentationData, count: int = IMAGES) -> None:
        self.folder, self._data = folder, data
        self._places = spread(len(data), count)

    def write(self, model: Segmenter, step: int) -> None:
        """Write the network's answers; it is left in the mode it was in.

        Raises:
            ValueError: if an image cannot be read or is too small for the network.
        """
        samples = [self._data[place] for place in self._places]
        if not (self.folder / _INDEX).exists():
            arrays: dict[str, Any] = _classes(self._data.classes)
            for number, sample in enumerate(samples):
                label = np.full(sample.image.shape[:2], self._data.classes.ignore_id)
                label = label if sample.label is None else sample.label
                arrays[f"{number}.image"] = _small(sample.image)
                arrays[f"{number}.label"] = _small(label.astype(np.uint8))
                arrays[f"{number}.id"] = np.array(sample.id)
            _save(self.folder / _INDEX, arrays)
        answers: dict[str, Any] = {}
        for number, sample in enumerate(samples):
            answers |= {f"{number}.{name}": value for name, value in _answers(model, sample.image).items()}
        _save(self.folder / f"{step:08d}.npz", answers)
        self._thin_out()

    def _thin_out(self) -> None:
        files = [self.folder / f"{step:08d}.npz" for step in frame_steps(self.folder)]
        if len(files) > MOST:
            for file in files[1:-1:2]:
                file.unlink(missing_ok=True)


def frame_steps(folder: Path) -> list[int]:
    """Steps of which there are frames, in order."""
    return sorted(int(file.stem) for file in folder.glob("*.npz") if file.stem.isdigit())


def fixed_pictures(folder: Path) -> tuple[ClassSet, list[Picture]]:
    """Class set and images of a run's frames; no image before the first validation."""
    file = folder / _INDEX
    if not file.exists():
        return ClassSet(("unknown",), ((0, 0, 0),)), []
    with np.load(file, allow_pickle=False) as held:
        names = tuple(map(str, held["names"]))
        colors = tuple((red, green, blue) for red, green, blue in held["colors"].tolist())
        classes = ClassSet(names, colors, int(held["ignore_id"]))
        count = sum(key.endswith(".image") for key in held.files)
        pictures = [
            Picture(str(held[f"{n}.id"]), held[f"{n}.image"], held[f"{n}.label"].astype(np.int64)) for n in range(count)
        ]
    return classes, pictures


def read_frame(folder: Path, step: int, number: int) -> dict[str, NDArray[Any]]:
    """What the network said about one image: ``output`` and stages (H, W) uint8, ``ld.mask`` (h, w), ``ld.affinity``.

    The mask is the mean over its channels; the affinity is (k*k, h, w), both float16.
    """
    with np.load(folder / f"{step:08d}.npz", allow_pickle=False) as held:
        mark = f"{number}."
        return {key.removeprefix(mark): held[key] for key in held.files if key.startswith(mark)}


def _answers(model: Segmenter, image: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    names = (OUTPUT, *stage_names(model))
    inner = [name for name in (MASK, AFFINITY) if name in stages_of(model)]
    with record(model, inner) as seen:
        predictions = predict_stages(model, image, stages=names)
    found: dict[str, NDArray[Any]] = {
        name: _small(prediction.label.astype(np.uint8)) for name, prediction in predictions.items()
    }
    for name in inner:
        value = seen[name][0].float()
        kept = value.mean(dim=0) if name == MASK else value
        found[name] = kept.to(torch.float16).numpy()
    return found


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At most LONGEST pixels on the longer side; ids keep being ids."""
    height, width = picture.shape[:2]
    factor = max(height, width) / LONGEST
    if factor <= 1:
        return picture
    size = (max(round(width / factor), 1), max(round(height / factor), 1))
    how = Image.Resampling.NEAREST if picture.ndim == 2 else Image.Resampling.BOX
    return np.asarray(Image.fromarray(picture).resize(size, how))


def _classes(classes: ClassSet) -> dict[str, NDArray[Any]]:
    return {"names": np.array(classes.names), "colors": classes.palette(), "ignore_id": np.array(classes.ignore_id)}


def _save(file: Path, arrays: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(file, buffer.getvalue())
