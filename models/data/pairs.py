"""Data sets in files: pairs of an image and a label, found by folder or by list, read one at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.data.classes import Sample, SegmentationData
from models.data.images import check_sizes_match, read_image, read_label
from models.data.label_tables import LabelTable

# A data set lies on the user's own disk: Mapillary has photographs of more pixels than an upload may have.
MAX_PIXELS = 64_000_000


class Pair(NamedTuple):
    """Paths of an image and of its label; None where a split has no labels."""

    image: Path
    label: Path | None


class PairedData(SegmentationData):
    """Base of the data sets in files. A data set says what its table and its layout are, and finds its pairs.

    Args:
        root: its folder.
        split: one of ``SPLITS``.

    Attributes:
        layout: how its folder looks, for people.
        table: meaning of the values in its label files.

    Raises:
        ValueError: for another split, or naming the first path that is missing and the layout that is expected.
    """

    table: LabelTable

    def __init__(self, root: str | Path, split: str = "val") -> None:
        check_split(self.name, split, self.SPLITS)
        self.root = self.locate(Path(root))
        self.need(".")
        self._pairs = list(self.find(split))
        check_files([path for pair in self._pairs for path in pair if path], self.root, self.layout)
        self.ids = [file_id(pair.image, self.root) for pair in self._pairs]

    def locate(self, root: Path) -> Path:
        """The folder in which the layout begins; the root itself, if a data set does not say otherwise."""
        return root

    def find(self, split: str) -> Iterable[Pair]:
        """The pairs of a split, in a stable order."""
        return ()

    def read_values(self, path: Path) -> NDArray[np.int64]:
        """The (H, W) values of a label file, which the table knows."""
        return read_label(path, MAX_PIXELS)

    def need(self, place: str) -> Path:
        """A path below the root that has to exist.

        Raises:
            ValueError: naming the first folder or file on the way to it that does not.
        """
        return needed(self.root, place, self.layout)

    def __getitem__(self, index: int) -> Sample:
        pair = self._pairs[index]
        image = read_image(pair.image, MAX_PIXELS)
        if pair.label is None:
            return Sample(image, None, self.ids[index])
        label = self.table.train_ids(self.read_values(pair.label), pair.label)
        check_sizes_match(image, label, pair.image)
        return Sample(image, label, self.ids[index])


def check_split(name: str, split: str, splits: Sequence[str]) -> None:
    """Refuse a split that a data set does not have.

    Raises:
        ValueError: naming those that it has.
    """
    if split not in splits:
        raise ValueError(f"{name} split is {split!r}, must be one of {list(splits)}.")


def check_files(paths: Sequence[Path], root: Path, layout: str) -> None:
    """Refuse a data set without files, or with one missing.

    Every folder is listed once, for asking for each file is slow on a network drive.

    Raises:
        ValueError: naming the first path that does not exist, and the layout.
    """
    if not paths:
        raise ValueError(f"{root} holds no image of this split; expected {layout}.")
    names: dict[Path, set[str]] = {}
    for path in paths:
        folder = path.parent
        if folder not in names:
            names[folder] = set(os.listdir(folder)) if folder.is_dir() else set()
        if path.name not in names[folder]:
            raise ValueError(f"{path} does not exist; expected {layout}.")


def file_id(image: Path, root: Path) -> str:
    """Id of a sample: path of its image below the root, without suffix."""
    return image.relative_to(root).with_suffix("").as_posix()


def needed(root: Path, place: str, layout: str) -> Path:
    """A path below a root that has to exist.

    Raises:
        ValueError: naming the first folder or file on the way to it that does not, and the layout.
    """
    path = root
    for part in ("", *Path(place).parts):
        path = path / part
        if not path.exists():
            raise ValueError(f"{path} does not exist; expected {layout}.")
    return path


def in_folder(
    images: Path, ending: str | tuple[str, ...], labels: Path | None = None, label: str = ""
) -> Iterator[Pair]:
    """Pairs of all images below a folder, by name; folders below it are the same on both sides.

    Args:
        images: folder of images.
        ending: how the name of an image ends, such as ``_leftImg8bit.png``.
        labels: folder of labels, None without.
        label: how the name of a label ends in place of that.
    """
    endings = (ending,) if isinstance(ending, str) else ending
    for path in sorted(images.rglob("*")):
        found = next((end for end in endings if path.name.endswith(end)), None)
        if found is None or path.name.startswith("."):
            continue
        stem = path.relative_to(images).as_posix().removesuffix(found)
        yield Pair(path, labels / f"{stem}{label}" if labels else None)


def listed(listing: Path) -> list[str]:
    """Names in a list, one a line: ``2007_000032``, or the path of an image and perhaps of its label.

    Raises:
        ValueError: if the file cannot be read as text.
    """
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{listing} cannot be read as a list of names ({error}); copy it again.") from error
    return [Path(line.split()[0]).stem for line in lines if line.strip()]


def devkit(root: Path, year: str) -> Path:
    """The folder VOC``year``: below the root, below its VOCdevkit, or the root itself."""
    places = [root / "VOCdevkit" / f"VOC{year}", root / f"VOC{year}"]
    return next((place for place in places if place.is_dir()), root)


def read_mat(path: Path, key: str) -> NDArray[np.int64]:
    """An (H, W) array of whole numbers from a MATLAB file (version 5 to 7.2).

    Raises:
        ValueError: if the file cannot be read, or does not hold it.
    """
    from scipy.io import loadmat

    # SciPy's reader raises whatever a damaged file makes it stumble over.
    try:
        content = loadmat(path, variable_names=[key])
    except Exception as error:
        raise ValueError(f"{path} cannot be read as a MATLAB file ({error}); copy it again.") from error
    values = np.asarray(content.get(key))
    if values.ndim != 2 or values.dtype.kind not in "iuf" or values.size == 0:
        raise ValueError(f"{path} holds no map {key!r} of numbers; take the original file.")
    return values.astype(np.int64)
