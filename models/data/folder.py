"""Folder: one's own images and labels, with the classes in a JSON file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data import DATASETS
from models.data.classes import IGNORE, ClassSet, Sample, SegmentationData
from models.data.images import (
    Color,
    LabelPixels,
    check_sizes_match,
    first_position,
    ids_of_colors,
    read_image,
    read_label_pixels,
)

LAYOUT = (
    "a data folder holds classes.json and images/, labels/ (or SPLIT/images/, SPLIT/labels/), "
    "and each image NAME.jpg has its label NAME.png."
)
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_KEYS = ("names", "colors", "ignore_id", "ignore_color", "labels")
_READINGS = ("auto", "ids", "colors")


@dataclass(frozen=True)
class LabelRules:
    """How the labels of a folder are read.

    Attributes:
        classes: names, colours and ignore id.
        ignore_color: colour of what is neither trained nor evaluated, if there is one.
        reading: ``ids``, ``colors``, or ``auto``, which takes what the file allows.
    """

    classes: ClassSet
    ignore_color: Color | None = None
    reading: str = "auto"

    def ids(self, pixels: LabelPixels, path: Path) -> NDArray[np.int64]:
        """Class ids (H, W) of a label file.

        Raises:
            ValueError: naming the first id or colour that no class has, or that ids and colours disagree.
        """
        by_id = None if pixels.ids is None or self.reading == "colors" else self._known_ids(pixels.ids)
        by_color = None if self.reading == "ids" else self._colors_to_ids(pixels.colors)
        valid = [label for label in (by_id, by_color) if label is not None and (label >= 0).all()]
        if not valid:
            raise ValueError(self._complaint(pixels, path))
        if len(valid) == 2 and (valid[0] != valid[1]).any():
            raise ValueError(
                f"{path} reads as ids and as colours with different classes; "
                'add "labels": "ids" or "labels": "colors" to classes.json.'
            )
        return valid[0]

    def _known_ids(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        known = (ids < len(self.classes)) | (ids == self.classes.ignore_id)
        return np.where(known, ids, -1)

    def _colors_to_ids(self, colors: NDArray[np.uint8]) -> NDArray[np.int64]:
        return ids_of_colors(colors, self.classes.colors, self.ignore_color, self.classes.ignore_id)

    def _complaint(self, pixels: LabelPixels, path: Path) -> str:
        if pixels.ids is not None and self.reading != "colors":
            row, column = first_position(self._known_ids(pixels.ids) < 0)
            return (
                f"{path} has id {pixels.ids[row, column]} at row {row}, column {column}, must be "
                f"0..{len(self.classes) - 1} or {self.classes.ignore_id} (ignored); "
                "add the class to classes.json or repaint the pixels."
            )
        if self.reading == "ids":
            return f'{path} holds RGB colours, no ids; take "labels": "ids" out of classes.json or save ids.'
        row, column = first_position(self._colors_to_ids(pixels.colors) < 0)
        return (
            f"{path} has colour {tuple(pixels.colors[row, column].tolist())} at row {row}, column {column}, "
            "which no class has; add it to the colors, or as ignore_color, in classes.json."
        )


@DATASETS.register("folder")
class Folder(SegmentationData):
    """Photographs ROOT/SPLIT/images/NAME.jpg (.jpeg, .png, .webp), labels ROOT/SPLIT/labels/NAME.png.

    Without split folders images/ and labels/ lie in ROOT; ROOT/SPLIT.txt then lists the names of a split, one a
    line, and without that file every split is all images. Labels are grey or palette PNGs of ids, or show the
    class colours. Without a labels folder the samples have no label.

    ROOT/classes.json: ``{"names": [...], "colors": [[r, g, b], ...]}`` and, if needed, ``"ignore_id"`` (255),
    ``"ignore_color": [r, g, b]`` and ``"labels": "ids"`` or ``"colors"`` where files could be read as both.

    Args:
        root: the data folder.
        split: name of a split.

    Raises:
        ValueError: naming the first path that is missing or wrong and the layout that is expected.
    """

    SPLITS = ("train", "val", "test", "all")
    name = "folder"
    title = "Own folder"
    layout = LAYOUT

    def __init__(self, root: str | Path, split: str = "val") -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise ValueError(f"data folder {self.root} does not exist; {LAYOUT}")
        self.rules = read_classes(self.root / "classes.json")
        self.classes = self.rules.classes
        place = _place(self.root, split)
        images = _images(place / "images")
        if place == self.root:
            images = _listed(images, self.root / f"{split}.txt")
        labels = place / "labels"
        self._images = list(images.values())
        self._labels = _labels(labels, images) if labels.is_dir() else None
        self.ids = [path.relative_to(self.root).with_suffix("").as_posix() for path in self._images]

    def __getitem__(self, index: int) -> Sample:
        image = read_image(self._images[index])
        if self._labels is None:
            return Sample(image, None, self.ids[index])
        path = self._labels[index]
        label = self.rules.ids(read_label_pixels(path), path)
        check_sizes_match(image, label, path)
        return Sample(image, label, self.ids[index])


def read_classes(path: Path) -> LabelRules:
    """Read a classes.json.

    Raises:
        ValueError: if the file is missing, no JSON, or says something that cannot be.
    """
    content = _json_object(path)
    unknown = sorted(set(content) - set(_KEYS))
    missing = [key for key in ("names", "colors") if key not in content]
    if unknown or missing:
        raise ValueError(f"{path} lacks {missing} and has unknown {unknown}; its keys are {list(_KEYS)}.")
    names, ignore_id = content["names"], content.get("ignore_id", IGNORE)
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"names in {path} are {names!r}, must be a list of at least one text.")
    if not isinstance(content["colors"], list):
        raise ValueError(f"colors in {path} are {content['colors']!r}, must be a list of [r, g, b].")
    if isinstance(ignore_id, bool) or not isinstance(ignore_id, int) or not len(names) <= ignore_id <= 65535:
        raise ValueError(f"ignore_id in {path} is {ignore_id!r}, must lie in {len(names)}..65535, beyond the classes.")
    reading = content.get("labels", "auto")
    if reading not in _READINGS:
        raise ValueError(f"labels in {path} is {reading!r}, must be one of {list(_READINGS)}.")
    if len(names) != len(content["colors"]):
        raise ValueError(
            f"{path} has {len(names)} names and {len(content['colors'])} colors; give one of each per class."
        )
    colors = [_color(color, path) for color in content["colors"]]
    ignore_color = content.get("ignore_color")
    ignored = None if ignore_color is None else _color(ignore_color, path)
    if len({*colors, ignored}) <= len(colors):
        raise ValueError(f"a colour stands twice in {path}; give each class, and ignore_color, its own.")
    try:
        classes = ClassSet(tuple(names), tuple(colors), ignore_id)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return LabelRules(classes, ignored, reading)


def _json_object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} is missing or cannot be opened; {LAYOUT}") from error
    except ValueError as error:
        raise ValueError(f"{path} is no JSON ({error}); correct it there.") from error
    if not isinstance(content, dict):
        raise ValueError(f'{path} holds a {type(content).__name__}, must be an object {{"names": [...], ...}}.')
    return content


def _color(color: Any, path: Path) -> Color:
    values = color if isinstance(color, list) else []
    if len(values) != 3 or not all(type(value) is int and 0 <= value <= 255 for value in values):
        raise ValueError(f"colour {color!r} in {path} must be [r, g, b] of whole numbers in 0..255.")
    return values[0], values[1], values[2]


def _place(root: Path, split: str) -> Path:
    if split and (root / split / "images").is_dir():
        return root / split
    if (root / "images").is_dir():
        return root
    others = sorted(path.parent.name for path in root.glob("*/images"))
    found = f"the splits here are {others}" if others else "there is no split here"
    raise ValueError(f"{root / split / 'images'} and {root / 'images'} are missing, {found}; {LAYOUT}")


def _images(folder: Path) -> dict[str, Path]:
    images: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
            continue
        if path.stem in images:
            raise ValueError(f"{images[path.stem]} and {path} would share one label; rename one of them.")
        images[path.stem] = path
    if not images:
        raise ValueError(f"{folder} holds no image of {list(SUFFIXES)}; {LAYOUT}")
    return images


def _listed(images: dict[str, Path], listing: Path) -> dict[str, Path]:
    if not listing.is_file():
        return images
    names = [line.strip() for line in listing.read_text(encoding="utf-8").splitlines() if line.strip()]
    missing = [name for name in names if name not in images]
    if missing or not names:
        raise ValueError(f"{listing} must list names in images/ without suffix, one a line; unknown: {missing[:3]}.")
    return {name: images[name] for name in names}


def _labels(folder: Path, images: dict[str, Path]) -> list[Path]:
    labels = [folder / f"{stem}.png" for stem in images]
    for label, image in zip(labels, images.values(), strict=True):
        if not label.is_file():
            raise ValueError(
                f"{label}, the label of {image}, is missing; add it, or take the labels folder away to work without."
            )
    return labels
