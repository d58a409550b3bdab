"""COCO's instances JSON: images, categories and annotated regions, checked and grouped by image."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Region:
    """One annotated object, or one crowd of them.

    Attributes:
        category: COCO's number of its class.
        box: x, y, width and height in pixels.
        area: pixels.
        crowd: whether it is a crowd, which counts neither as found nor as missed.
        segmentation: polygons or run lengths, as ``region_mask`` takes them.
    """

    category: int
    box: tuple[float, float, float, float]
    area: float
    crowd: bool
    segmentation: Any


@dataclass(frozen=True)
class CocoImage:
    """One image of the file.

    Attributes:
        file_name: below the folder of images.
        height: pixels.
        width: pixels.
        regions: what is annotated in it.
    """

    file_name: str
    height: int
    width: int
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class CocoFile:
    """Content of an instances JSON.

    Attributes:
        images: in the order of their numbers.
        categories: number of a class -> its name, by rising number.
    """

    images: tuple[CocoImage, ...]
    categories: Mapping[int, str]

    @cached_property
    def place(self) -> dict[int, int]:
        """Number of a class -> its place among the categories."""
        return {number: place for place, number in enumerate(self.categories)}


def read_coco(path: Path) -> CocoFile:
    """Read an instances JSON.

    Raises:
        ValueError: if it is no JSON, lacks a key, or an annotation names an image or a category that is not there.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as JSON ({error}); copy it again.") from error
    try:
        return _parsed(content)
    except KeyError as error:
        raise ValueError(f"{path} has an entry that needs {error}; give COCO's instances format.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} is not in COCO's instances format: {error}") from error


def _parsed(content: Any) -> CocoFile:
    categories = {int(entry["id"]): str(entry["name"]) for entry in content["categories"]}
    regions: dict[int, list[Region]] = {int(entry["id"]): [] for entry in content["images"]}
    for entry in content["annotations"]:
        image, category = int(entry["image_id"]), int(entry["category_id"])
        if image not in regions or category not in categories:
            raise ValueError(
                f"annotation {entry.get('id')} is of image {image} and category {category}, which are not both listed."
            )
        x, y, width, height = (float(value) for value in entry["bbox"])
        region = Region(
            category,
            (x, y, width, height),
            float(entry["area"]),
            bool(entry.get("iscrowd", 0)),
            entry.get("segmentation"),
        )
        regions[image].append(region)
    entries = sorted(content["images"], key=lambda entry: int(entry["id"]))
    images = tuple(
        CocoImage(str(entry["file_name"]), int(entry["height"]), int(entry["width"]), tuple(regions[int(entry["id"])]))
        for entry in entries
    )
    return CocoFile(images, dict(sorted(categories.items())))
