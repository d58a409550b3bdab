"""What the explorer keeps between reruns, every cache bounded.

Streamlit runs the page again on every click and serves several readers from one process. So a network is loaded once a
process (capture() holds its lock), what a cache returns is plain arrays, and a session keeps ids and its own picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps.roots import check_reference, confined
from gald_viz.analysis.resize import nearest_labels
from gald_viz.pictures import MAX_PIXELS, fitted
from gald_viz.probes.capture import capture
from gald_viz.types import Capture, Objects, ViewResult
from gald_viz.views import VIEWS
from models import zoo
from models.adapters.reference import NetworkReference, open_network
from models.data import DATASETS, open_data
from models.data.classes import Sample, SegmentationData
from models.data.detection import DETECTION_SETS, open_detection
from models.data.detection.sample import DetectionData
from models.data.images import read_image
from models.detection.checkpoint import LoadedDetector, is_detector, load_detector
from models.network import LoadedNetwork
from models.stages import stages_of

# By far the largest maps of a network; one view reads them, and the others need not carry them.
LARGE = frozenset({"backbone.c2", "backbone.c3"})

Label = NDArray[np.int64] | None
Network = LoadedNetwork | LoadedDetector


@dataclass(frozen=True, slots=True)
class Picture:
    """One image to look at.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        label: (H, W) int64, None without annotation.
        class_names: what the label's ids mean; empty without annotation.
        id: name in its data set, or of the file.
        digest: sha256 of the pixels and the label.
        remark: what was done to the image, empty for nothing.
        place: data set, root, split and index; None for a photograph.
    """

    image: NDArray[np.uint8]
    label: Label
    class_names: tuple[str, ...]
    id: str
    digest: str
    remark: str = ""
    place: tuple[str, str, str, int] | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as one network sees it, and as a second one does where two are compared.

    Attributes:
        capture: what the network held.
        label: the picture's label where its classes are the network's, else None.
        digest: of the picture, for caches.
        other: what a second network held.
        more: further images of the same network with their labels, for views that pool images.
        other_more: what the second network held of those.
        objects: the picture's labelled objects, where a detector looks that knows their classes.
    """

    capture: Capture
    label: Label
    digest: str
    other: Capture | None = None
    more: tuple[tuple[Capture, Label], ...] = ()
    objects: Objects | None = None
    other_more: tuple[Capture, ...] = ()


def network(reference: str | NetworkReference) -> Network:
    """The network of a shipped checkpoint's name, a file's path or a reference, loaded once a process.

    Raises:
        ValueError: if there is no such network, this server may not open it, or it cannot be read.
    """
    asked = NetworkReference(reference) if isinstance(reference, str) else reference
    check_reference(asked)
    files = (zoo.path(asked.source),) if zoo.ships(asked.source) else asked.files
    return _network(asked, tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files))


@st.cache_resource(max_entries=8, show_spinner=False)
def _network(reference: NetworkReference, modified: tuple[int, ...]) -> Network:
    # A file that was written again is another key.
    return load_detector(reference.source) if is_detector(reference.source) else open_network(reference)


@st.cache_resource(max_entries=16, show_spinner=False)
def data_set(name: str, root: str, split: str) -> SegmentationData | DetectionData:
    """An opened data set, of objects where there is none of this name for segmentation.

    Args:
        name: as registered.
        root: its folder; empty means the data set's own default.
        split: one of its splits.

    Raises:
        ValueError: if the folder or the split does not exist, or the folder is none of this server's.
    """
    if name not in DATASETS.names():
        return object_set(name, root, split)
    return open_data(name, root_of(root), split)


@st.cache_resource(max_entries=8, show_spinner=False)
def object_set(name: str, root: str, split: str) -> DetectionData:
    """An opened detection data set; the arguments of data_set.

    Raises:
        ValueError: if the folder or the split does not exist, or the folder is none of this server's.
    """
    return open_detection(name, root_of(root), split)


def root_of(text: str) -> Path | None:
    """A data set's folder as it was typed; None for its default.

    Raises:
        ValueError: if it is none of this server's.
    """
    return confined(text, "data folder") if text else None


@st.cache_data(max_entries=32, show_spinner=False)
def sample_picture(name: str, root: str, split: str, index: int) -> Picture:
    """One item of a data set, shrunk where it is very large.

    Raises:
        ValueError: if the image or its label cannot be read.
    """
    data = data_set(name, root, split)
    sample = data[index]
    labelled = isinstance(sample, Sample)
    label, names = (sample.label, tuple(data.classes.names)) if labelled else (None, ())
    return replace(_picture(sample.image, label, names, str(sample.id)), place=(name, root, split, index))


@st.cache_data(max_entries=16, show_spinner=False)
def labelled_objects(place: tuple[str, str, str, int], size: tuple[int, int]) -> Objects:
    """The labelled objects of an item of a detection data set, at a picture's size (H, W).

    Raises:
        ValueError: if the image or its objects cannot be read.
    """
    sample = object_set(*place[:3])[place[3]]
    ratio = np.array([size[1], size[0]] * 2) / np.array([sample.image.shape[1], sample.image.shape[0]] * 2)
    masks = sample.masks
    if masks is not None and len(masks) and masks.shape[1:] != size:
        masks = np.stack([nearest_labels(mask, size).astype(bool) for mask in masks])
    return Objects(sample.boxes * ratio, sample.labels, np.ones(len(sample.labels)), masks, sample.ignored)


def photograph(name: str, content: bytes) -> Picture:
    """An uploaded file as a picture without label.

    Raises:
        ValueError: if the bytes are no JPEG, PNG or WebP, damaged or too large.
    """
    return _picture(read_image(content), None, (), name)


def captured(loaded: Network, picture: Picture, large: bool = False) -> Capture:
    """What the network held while it looked at the picture: every stage that a view reads, those of LARGE if asked.

    Raises:
        ValueError: if the image is too small for the network.
    """
    return _captured(loaded.sha256, picture.digest, large, loaded, picture)


@st.cache_data(max_entries=32, show_spinner=False)
def _captured(sha256: str, digest: str, large: bool, _loaded: Network, _picture: Picture) -> Capture:
    read = {stage for view in VIEWS.values() for stage in view.stages} - (frozenset() if large else LARGE)
    stages = [name for name in stages_of(_loaded.model) if name in read]
    return capture(_loaded, _picture.image, _picture.id, stages)


def shot(loaded: Network, picture: Picture, other: Network | None = None, large: bool = False) -> Shot:
    """The picture seen by one network, or by two, with the stages of LARGE if asked.

    Raises:
        ValueError: if the image is too small for a network.
    """
    seen, label = _labelled(loaded, picture, large)
    second = None if other is None else captured(other, picture, large)
    return Shot(seen, label, picture.digest, second, objects=_known_objects(seen, picture))


def neighbours(loaded: Network, picture: Picture, count: int) -> Iterator[tuple[Capture, Label]]:
    """Further images of the picture's split, evenly spread, with their labels; none for a photograph."""
    if picture.place is None:
        return
    name, root, split, index = picture.place
    total = len(data_set(name, root, split))
    count = min(count, total - 1)
    for number in range(1, count + 1):
        further = (index + number * total // (count + 1)) % total
        yield _labelled(loaded, sample_picture(name, root, split, further))


def _known_objects(seen: Capture, picture: Picture) -> Objects | None:
    """The picture's objects, where a detector looked that knows their classes."""
    place = picture.place
    if seen.objects is None or place is None or place[0] not in DETECTION_SETS.names():
        return None
    if object_set(*place[:3]).classes.names != seen.class_names:
        return None
    return labelled_objects(place, (picture.image.shape[0], picture.image.shape[1]))


def _labelled(loaded: Network, picture: Picture, large: bool = False) -> tuple[Capture, Label]:
    """The label is kept where it speaks of the network's classes."""
    seen = captured(loaded, picture, large)
    return seen, picture.label if picture.class_names == seen.class_names else None


def drawn(view: str, taken: Shot, state: Mapping[str, Any]) -> ViewResult:
    """The view's figures and numbers; a second look comes from the cache.

    Raises:
        ValueError: if the view does not apply.
    """
    return _drawn(view, identity(taken), tuple(sorted(state.items())), taken)


def identity(taken: Shot) -> tuple[Any, ...]:
    """What tells a shot from another one in a cache: weights, image, label, and how many images are pooled."""
    other = None if taken.other is None else taken.other.provenance["checkpoint_sha256"]
    own = taken.capture.provenance["checkpoint_sha256"]
    colors = taken.capture.class_colors.tobytes()
    pooled = (len(taken.more), len(taken.other_more))
    return (own, other, taken.digest, taken.label is None, taken.objects is None, colors, *pooled)


@st.cache_data(max_entries=64, show_spinner=False)
def _drawn(view: str, key: tuple[Any, ...], state: tuple[tuple[str, Any], ...], _taken: Shot) -> ViewResult:
    complete = dict(state) if _taken.objects is None else {**dict(state), "objects": _taken.objects}
    return VIEWS[view].draw(_taken.capture, _taken.label, complete, _taken.other, _taken.more)


def _picture(image: NDArray[np.uint8], label: Label, names: tuple[str, ...], identity: str) -> Picture:
    taken = fitted(image, label, MAX_PIXELS)
    small, label = taken.image, taken.label
    digest = hashlib.sha256(repr(small.shape).encode() + small.tobytes())
    digest.update(b"" if label is None else label.tobytes())
    return Picture(small, label, names, identity, digest.hexdigest(), taken.remark)
