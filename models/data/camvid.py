"""CamVid with 11 classes, the SegNet split.

Brostow et al., Pattern Recognition Letters 30(2), 2009; split and classes: Badrinarayanan et al., PAMI 2017.
"""

from __future__ import annotations

from pathlib import Path

from models.data import DATASETS
from models.data.classes import ClassSet, Sample, SegmentationData
from models.data.images import check_sizes_match, first_position, read_image, read_label

CLASSES = ClassSet(
    names=(
        "sky",
        "building",
        "pole",
        "road",
        "pavement",
        "tree",
        "sign",
        "fence",
        "car",
        "pedestrian",
        "bicyclist",
    ),
    colors=(
        (128, 128, 128),
        (128, 0, 0),
        (192, 192, 128),
        (128, 64, 128),
        (60, 40, 222),
        (128, 128, 0),
        (192, 128, 128),
        (64, 64, 128),
        (64, 0, 128),
        (64, 64, 0),
        (0, 128, 192),
    ),
    thing_flags=(False, False, True, False, False, False, True, False, True, True, True),
)
# For choosing recipes, by sequence: val is a single clip that lies inside a train sequence.
_HELD_OUT_SEQUENCE = "0001TP"


@DATASETS.register("camvid")
class CamVid(SegmentationData):
    """Photographs ROOT/SPLIT/images/NAME.jpg (or .png), labels ROOT/SPLIT/labels/NAME.png with class ids, 255 void.

    Args:
        root: folder that holds train, val (and test).
        split: ``train``, ``val``, ``test``, or the cut of train by sequence: ``fit`` (without 0001TP) and ``select``
            (0001TP alone).

    Raises:
        ValueError: naming the first path that is missing and the layout that is expected.
    """

    SPLITS = ("train", "val", "test", "fit", "select")
    name = "camvid"
    classes = CLASSES

    def __init__(self, root: str | Path, split: str = "val") -> None:
        if split not in self.SPLITS:
            raise ValueError(f"camvid split is {split!r}, must be one of {list(self.SPLITS)}.")
        self.root = Path(root)
        folder = "train" if split in ("fit", "select") else split
        images = _existing(self.root / folder / "images")
        labels = _existing(self.root / folder / "labels")
        files = [path for path in sorted(images.iterdir()) if path.suffix.lower() in (".jpg", ".png")]
        if split in ("fit", "select"):
            files = [path for path in files if path.name.startswith(_HELD_OUT_SEQUENCE) == (split == "select")]
        if not files:
            raise ValueError(f"{images} holds no .jpg or .png for camvid split {split!r}; {_LAYOUT}")
        self._files = [(path, labels / f"{path.stem}.png") for path in files]
        for image, label in self._files:
            if not label.is_file():
                raise ValueError(f"{label}, the label of {image.name}, does not exist; {_LAYOUT}")
        self.ids = [f"{folder}/images/{path.stem}" for path in files]

    def __getitem__(self, index: int) -> Sample:
        image_path, label_path = self._files[index]
        image, label = read_image(image_path), read_label(label_path)
        check_sizes_match(image, label, image_path)
        row, column = first_position((label >= len(CLASSES)) & (label != CLASSES.ignore_id))
        if row >= 0:
            raise ValueError(
                f"{label_path} has class id {label[row, column]} at row {row}, column {column}, must be "
                f"0..{len(CLASSES) - 1} or {CLASSES.ignore_id} (void, 11 in the original files); repaint these pixels."
            )
        return Sample(image, label, self.ids[index])


_LAYOUT = "expected ROOT/SPLIT/images/NAME.jpg and ROOT/SPLIT/labels/NAME.png."


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise ValueError(f"camvid folder {folder} does not exist; {_LAYOUT}")
    return folder
