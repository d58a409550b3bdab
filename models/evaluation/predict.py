"""Label maps and overlays for a folder of photographs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from models.data.classes import ClassSet
from models.data.images import colorize, read_image, write_label
from models.evaluation.inference import InferenceOptions, predict

if TYPE_CHECKING:
    from models.network import Network

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
LABELS, LABEL_IDS, OVERLAYS = "labels", "label_ids", "overlays"

# Position = Cityscapes label id (Cordts et al., CVPR 2016): what its server wants, not the 19 train ids.
CITYSCAPES_LABELS = (
    *("unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground"),
    *("road", "sidewalk", "parking", "rail track"),
    *("building", "wall", "fence", "guard rail", "bridge", "tunnel"),
    *("pole", "polegroup", "traffic light", "traffic sign"),
    *("vegetation", "terrain", "sky", "person", "rider"),
    *("car", "truck", "bus", "caravan", "trailer", "train", "motorcycle", "bicycle"),
)
_SYNONYMS = {
    "pavement": "sidewalk",
    "light": "traffic light",
    "sign": "traffic sign",
    "tree": "vegetation",
    "pedestrian": "person",
    "bicyclist": "rider",
    "motorcyclist": "rider",
    "motorbike": "motorcycle",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PredictedFolder:
    """Result of predict_folder().

    Attributes:
        written: files written, the label map and the overlay of each photograph.
        failed: photographs that gave no prediction, and why.
    """

    written: list[Path]
    failed: dict[Path, str]


def predict_folder(
    model: Network,
    source: Path,
    target: Path,
    options: InferenceOptions | None = None,
    cityscapes_ids: bool = False,
    progress: bool = True,
) -> PredictedFolder:
    """Predict every JPEG, PNG and WebP photograph below a folder, subfolders kept.

    Class ids go to target/labels as palette PNGs (or Cityscapes label ids to target/label_ids as grey PNGs),
    the photographs half covered by the class colours to target/overlays. A photograph that cannot be read or
    predicted is reported as an error in the log and in the result, and does not stop the others.

    Args:
        model: the network.
        source: folder with photographs.
        target: folder to write to, made when missing; may lie in the source.
        options: scales, mirroring, tiles; the plain image when None.
        cityscapes_ids: write Cityscapes label ids, matched by class name, 0 ("unlabeled") for other names.
        progress: show a bar on stderr.

    Raises:
        ValueError: if the source is no folder or holds no photograph.
    """
    source, target = Path(source), Path(target)
    names = _output_names(source, _photographs(source, target))
    result = PredictedFolder([], {})
    for photograph, name in tqdm(names.items(), desc="predict", unit="image", disable=not progress):
        try:
            image = read_image(photograph)
            label = predict(model, image, options).label
        except ValueError as error:
            _log.error("%s gave no prediction: %s", photograph, error)
            result.failed[photograph] = str(error)
            continue
        result.written.append(_write_label(label, target, name, model.classes, cityscapes_ids))
        result.written.append(_write_overlay(image, label, target, name, model.classes))
    return result


def cityscapes_table(class_names: Sequence[str]) -> NDArray[np.uint8]:
    """Cityscapes label id of each class name or its synonym, 0 ("unlabeled") for names that Cityscapes lacks.

    Shape:
        returns (K,)
    """
    ids = {name: index for index, name in enumerate(CITYSCAPES_LABELS)}
    plain = [name.lower().replace("_", " ").replace("-", " ") for name in class_names]
    return np.array([ids.get(_SYNONYMS.get(name, name), 0) for name in plain], dtype=np.uint8)


def overlay(image: NDArray[np.uint8], label: NDArray[np.integer], classes: ClassSet) -> NDArray[np.uint8]:
    """Mean of the photograph and the class colours.

    Shape:
        image: (H, W, 3), label: (H, W) -> (H, W, 3)
    """
    both = image.astype(np.uint16) + colorize(label, classes)
    return (both // 2).astype(np.uint8)


def _photographs(source: Path, target: Path) -> list[Path]:
    if not source.is_dir():
        raise ValueError(f"{source} is not a folder; give a folder with photographs.")
    # A second run must not take its own output for photographs.
    own = [(target / name).resolve() for name in (LABELS, LABEL_IDS, OVERLAYS)]
    found = [
        path
        for path in sorted(source.rglob("*"))
        if path.suffix.lower() in SUFFIXES and not any(path.resolve().is_relative_to(place) for place in own)
    ]
    if not found:
        raise ValueError(f"{source} holds no photograph; put files that end in {', '.join(SUFFIXES)} there.")
    return found


def _output_names(source: Path, photographs: list[Path]) -> dict[Path, Path]:
    """Relative PNG name of each photograph; a.png beside a.jpg becomes a_png.png: neither is overwritten."""
    names: dict[Path, Path] = {}
    for photograph in photographs:
        name = photograph.relative_to(source).with_suffix(".png")
        while name in names.values():
            name = name.with_stem(f"{name.stem}_{photograph.suffix[1:]}")
        names[photograph] = name
    return names


def _write_label(label: NDArray[np.int64], target: Path, name: Path, classes: ClassSet, cityscapes_ids: bool) -> Path:
    path = _room_for(target / (LABEL_IDS if cityscapes_ids else LABELS) / name)
    if cityscapes_ids:
        Image.fromarray(cityscapes_table(classes.names)[label]).save(path)
    else:
        write_label(path, label, classes)
    return path


def _write_overlay(
    image: NDArray[np.uint8], label: NDArray[np.int64], target: Path, name: Path, classes: ClassSet
) -> Path:
    path = _room_for(target / OVERLAYS / name)
    Image.fromarray(overlay(image, label, classes)).save(path)
    return path


def _room_for(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
