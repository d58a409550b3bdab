"""What several lessons look at: generated scenes and the shipped networks' view of them, each computed once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps import store
from gald_viz.analysis.resize import bilinear
from gald_viz.figures import overlay
from gald_viz.probes.capture import capture
from gald_viz.types import Capture, Control
from models.data.scenes import CLASSES, SPLIT_SEEDS, SceneKnobs, draw_scene
from models.network import LoadedNetwork

NAMES = CLASSES.names
COLORS = CLASSES.palette()
SCENES = 20
Knobs = tuple[tuple[str, float], ...]  # (name, value), those that are not as usual

SCENE = Control(
    "scene", "Scene", "slider", 0, minimum=0, maximum=SCENES - 1, help="Of the val split, never trained on."
)
ACROSS = Control("x", "Position, % from the left", "slider", 50, minimum=0, maximum=100)
DOWN = Control("y", "Position, % from the top", "slider", 50, minimum=0, maximum=100)


def class_control(key: str, label: str, default: str) -> Control:
    """A choice among the scenes' classes."""
    return Control(key, label, "select", default, options=tuple(NAMES))


@dataclass(frozen=True, slots=True)
class Scene:
    """image (H, W, 3) uint8 and label (H, W) int64 of one scene."""

    image: NDArray[np.uint8]
    label: NDArray[np.int64]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.image.shape[0], self.image.shape[1]


@st.cache_data(max_entries=24, show_spinner=False)
def scene(number: int, size: tuple[int, int] = (256, 512), knobs: Knobs = ()) -> Scene:
    """Scene of the val split at this size, with knobs other than the defaults.

    Raises:
        ValueError: if a knob is out of its range.
    """
    drawn = draw_scene(SPLIT_SEEDS["val"] + number, size, SceneKnobs.of(dict(knobs)))
    return Scene(drawn.image, np.asarray(drawn.label))


@st.cache_data(max_entries=24, show_spinner=False)
def look(network: str, number: int, stages: tuple[str, ...], knobs: Knobs = ()) -> Capture:
    """What a shipped network held at these stages while it looked at a scene.

    Raises:
        ValueError: if it does not ship, or has no such stage.
    """
    return capture(segmenter(network), scene(number, knobs=knobs).image, f"scenes/val/{number:06d}", stages)


def segmenter(network: str) -> LoadedNetwork:
    """A shipped segmentation network, loaded once a process.

    Raises:
        ValueError: if it does not ship, or is a detector.
    """
    loaded = store.network(network)
    if not isinstance(loaded, LoadedNetwork):
        raise ValueError(f"{network} is a detector; the lessons look at segmentation networks.")
    return loaded


def answer(logits: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.int64]:
    """(K, h, w) logits -> (H, W) class ids, resized as the networks do."""
    return bilinear(logits, size).argmax(axis=0)


def coloured(ids: NDArray[np.integer], image: NDArray[np.uint8], opacity: float = 0.75) -> NDArray[np.uint8]:
    """Class colours over the picture."""
    return overlay.blend(image, overlay.colorize(ids, COLORS), opacity)


def cell_of(x: int, y: int, size: tuple[int, int]) -> tuple[int, int]:
    """(row, column) of the map (h, w) at so many percent from the left and from the top."""
    return min(y * size[0] // 100, size[0] - 1), min(x * size[1] // 100, size[1] - 1)
