"""A folder of images with panoptic maps: the things in it as objects (Kirillov et al., arXiv:1801.00868)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.data.classes import ClassSet
from models.data.detection import DETECTION_SETS
from models.data.detection.sample import DetectionData, DetectionSample, enclosing
from models.data.images import check_sizes_match, read_image, read_label
from models.data.pairs import check_files, check_split, file_id, needed

CONTENT = (
    'classes.json with {"classes": [{"index", "name", "colour", "isthing"}, ...]} and segments.json with {"images": '
    '[{"file", "segments": [{"index", "category", "isthing", "iscrowd"}, ...]}, ...]}'
)


@dataclass(frozen=True)
class _Segment:
    index: int
    label: int
    crowd: bool


@DETECTION_SETS.register("panoptic_folder")
class PanopticFolder(DetectionData):
    """Things of a panoptic map: a mask is the pixels of one segment, its box what encloses them.

    ROOT/classes.json lists the classes (as ``classes``, or as ``classes133``), ROOT/SPLIT/segments.json the segments of
    every image; a pixel of ROOT/SPLIT/panoptic/NAME.png is the index of its segment, 0 for none.

    Args:
        root: the folder.
        split: ``train`` or ``val``.

    Raises:
        ValueError: for another split, or naming the first path that is missing and the layout that is expected.
    """

    SPLITS = ("train", "val")
    name = "panoptic_folder"
    layout = "ROOT/classes.json, ROOT/SPLIT/segments.json, ROOT/SPLIT/images/NAME.jpg and ROOT/SPLIT/panoptic/NAME.png"

    def __init__(self, root: str | Path, split: str = "val") -> None:
        check_split(self.name, split, self.SPLITS)
        root = Path(root)
        listing, segments = (needed(root, place, self.layout) for place in ("classes.json", f"{split}/segments.json"))
        images, maps = (needed(root, f"{split}/{part}", self.layout) for part in ("images", "panoptic"))
        try:
            self.classes, places = _things(json.loads(listing.read_text(encoding="utf-8")))
            entries = json.loads(segments.read_text(encoding="utf-8"))["images"]
            self._segments = [_segments(entry["segments"], places) for entry in entries]
            files = [images / str(entry["file"]) for entry in entries]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{listing} and {segments} do not fit ({error!r}); expected {CONTENT}.") from error
        self._files = [(path, maps / f"{path.stem}.png") for path in files]
        check_files([path for pair in self._files for path in pair], root, self.layout)
        self.ids = [file_id(path, root) for path in files]

    def __getitem__(self, index: int) -> DetectionSample:
        image_path, map_path = self._files[index]
        image, segment_map = read_image(image_path), read_label(map_path)
        check_sizes_match(image, segment_map, image_path)
        segments = self._segments[index]
        numbers = np.array([segment.index for segment in segments], dtype=np.int64)
        masks = segment_map[None] == numbers[:, None, None]
        if not masks.any(axis=(1, 2)).all():
            lost = numbers[~masks.any(axis=(1, 2))][0]
            raise ValueError(f"{map_path} has no pixel of segment {lost}, which segments.json lists; take its own map.")
        boxes = np.array([enclosing(mask) for mask in masks], dtype=np.float32).reshape(-1, 4)
        labels = np.array([segment.label for segment in segments], dtype=np.int64)
        ignored = np.array([segment.crowd for segment in segments], dtype=bool)
        return DetectionSample(image, boxes, labels, masks, ignored, self.ids[index])


def _things(content: dict[str, Any]) -> tuple[ClassSet, dict[int, int]]:
    """Class set of the things, and their number in the file -> place in it."""
    things = [entry for entry in content.get("classes133") or content["classes"] if entry["isthing"]]
    names, colors = tuple(str(entry["name"]) for entry in things), tuple(tuple(entry["colour"]) for entry in things)
    classes = ClassSet(names, colors, thing_flags=(True,) * len(things))
    return classes, {int(entry["index"]): place for place, entry in enumerate(things)}


def _segments(entries: list[dict[str, Any]], places: dict[int, int]) -> list[_Segment]:
    """The things among the segments of an image."""
    return [
        _Segment(int(entry["index"]), places[entry["category"]], bool(entry["iscrowd"]))
        for entry in entries
        if entry["isthing"]
    ]
