"""PASCAL VOC 2007 and 2012 detection: boxes of 20 classes (Everingham et al., IJCV 2010 and 2015)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from models.data.classes import ClassSet
from models.data.detection import DETECTION_SETS
from models.data.detection.sample import DetectionData, DetectionSample, cut_boxes
from models.data.images import read_image
from models.data.pairs import check_files, check_split, file_id, listed, needed
from models.data.voc import TABLE

CLASSES = ClassSet(TABLE.classes.names[1:], TABLE.classes.colors[1:], thing_flags=(True,) * 20)
_YEARS = {"train": ("2007", "2012"), "val": ("2007", "2012"), "trainval": ("2007", "2012"), "test": ("2007",)}
_SIDES = ("xmin", "ymin", "xmax", "ymax")


@DETECTION_SETS.register("voc_detection")
class VocDetection(DetectionData):
    """Boxes of VOC 2007 and 2012 together: 16551 trainval images, and the 4952 of the 2007 test set.

    VOC counts pixels from 1 and includes the last; the samples' boxes count from 0 and end behind it.

    Args:
        root: folder that holds VOCdevkit, or VOC2007 and VOC2012.
        split: ``train``, ``val``, ``trainval`` (each of both years) or ``test`` (2007).

    Raises:
        ValueError: for another split, or naming the first path that is missing and the layout that is expected.
    """

    SPLITS = tuple(_YEARS)
    name = "voc_detection"
    layout = (
        "ROOT/VOCYEAR/JPEGImages/NAME.jpg, ROOT/VOCYEAR/Annotations/NAME.xml and ROOT/VOCYEAR/ImageSets/Main/SPLIT.txt "
        "(YEAR: 2007, 2012; ROOT may hold them in VOCdevkit)"
    )
    has_masks = False
    classes = CLASSES

    def __init__(self, root: str | Path, split: str = "val") -> None:
        check_split(self.name, split, self.SPLITS)
        root = Path(root)
        self.root = root / "VOCdevkit" if (root / "VOCdevkit").is_dir() else root
        self._files = [files for year in _YEARS[split] for files in self._of_year(year, split)]
        check_files([path for files in self._files for path in files], self.root, self.layout)
        self.ids = [file_id(image, self.root) for image, _ in self._files]

    def _of_year(self, year: str, split: str) -> Iterator[tuple[Path, Path]]:
        images = needed(self.root, f"VOC{year}/JPEGImages", self.layout)
        notes = needed(self.root, f"VOC{year}/Annotations", self.layout)
        for name in listed(needed(self.root, f"VOC{year}/ImageSets/Main/{split}.txt", self.layout)):
            yield images / f"{name}.jpg", notes / f"{name}.xml"

    def __getitem__(self, index: int) -> DetectionSample:
        image_path, path = self._files[index]
        image = read_image(image_path)
        objects = _objects(path)
        boxes = np.array([box for _, box, _ in objects], dtype=np.float32).reshape(-1, 4)
        boxes[:, :2] -= 1
        boxes, kept = cut_boxes(boxes, *image.shape[:2])
        if not kept.all():
            raise ValueError(f"{path} has a box without area in the image, object {int(kept.argmin())}; correct it.")
        labels = np.array([label for label, _, _ in objects], dtype=np.int64)
        ignored = np.array([difficult for _, _, difficult in objects], dtype=bool)
        return DetectionSample(image, boxes, labels, None, ignored, self.ids[index])


def _objects(path: Path) -> list[tuple[int, list[float], bool]]:
    """Label, box as VOC counts it, and whether it is difficult, of every object in an annotation."""
    try:
        entries = ElementTree.parse(path).getroot().findall("object")
        return [_object(entry) for entry in entries]
    except (OSError, ElementTree.ParseError) as error:
        raise ValueError(f"{path} cannot be read as XML ({error}); copy it again.") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _object(entry: ElementTree.Element) -> tuple[int, list[float], bool]:
    box = [entry.findtext(f"bndbox/{side}") for side in _SIDES]
    if None in box:
        raise ValueError(f"an object lacks one of {list(_SIDES)} in its bndbox; take the original file.")
    label = CLASSES.index((entry.findtext("name") or "").strip())
    return label, [float(side) for side in box if side], entry.findtext("difficult", "0").strip() == "1"
