"""A made-up look of a network at a made-up street: every stage, known by construction, no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gald_viz.types import Capture

NAMES = ("sky", "road", "car", "pole")
COLORS = np.array([[70, 130, 180], [128, 64, 128], [0, 0, 142], [220, 220, 0]], dtype=np.uint8)
SIZE = (48, 64)
CELLS = (12, 16)


def street(size: tuple[int, int] = SIZE) -> NDArray[np.int64]:
    """Sky over road, two cars, a pole, and an ignored corner."""
    height, width = size
    label = np.zeros(size, dtype=np.int64)
    label[height // 2 :] = 1
    label[height // 2 - 4 : height // 2 + 8, 8:24] = 2
    label[height // 2 : height // 2 + 4, 40:48] = 2
    label[4 : height - 8, 30:32] = 3
    label[:4, width - 8 :] = 255
    return label


def logits_of(label: NDArray[np.int64], cells: tuple[int, int], noise: float, seed: int) -> NDArray[np.float32]:
    """Logits (K, h, w) that favour the label's class at the cell centres, blurred by noise."""
    generator = np.random.default_rng(seed)
    rows = ((np.arange(cells[0]) + 0.5) * label.shape[0] / cells[0]).astype(int)
    columns = ((np.arange(cells[1]) + 0.5) * label.shape[1] / cells[1]).astype(int)
    thin = label[np.ix_(rows, columns)]
    one_hot = np.stack([(thin == k) * 3.0 for k in range(len(NAMES))])
    return (one_hot + generator.normal(0, noise, one_hot.shape)).astype(np.float32)


def softmax(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Over the first axis."""
    powers = np.exp(values - values.max(axis=0))
    return powers / powers.sum(axis=0)


def build_capture(seed: int = 0, **changes: Any) -> Capture:
    """A capture with every stage; `changes` replace fields."""
    generator = np.random.default_rng(seed)
    label = street()
    image = np.where(label[..., None] < 4, COLORS[np.minimum(label, 3)], 30).astype(np.uint8)
    logits = {
        name: logits_of(label, CELLS, noise, seed + i)
        for i, (name, noise) in enumerate((("fcn", 2.5), ("ga", 1.8), ("gald", 1.0)))
    }
    features = {
        name: np.concatenate([logits[stage], generator.normal(size=(4, *CELLS))]).astype(np.float32)
        for name, stage in (("fcn.features", "fcn"), ("ga.context", "ga"), ("gald.features", "gald"))
    }
    coarse = logits["gald"].argmax(axis=0)
    prediction = np.repeat(np.repeat(coarse, 4, axis=0), 4, axis=1)
    affinity = softmax(generator.normal(size=(9, *CELLS))).astype(np.float32)
    capture = Capture(
        image=image,
        prediction=prediction,
        confidence=np.full(SIZE, 0.75, dtype=np.float32),
        stages={
            "ld.mask": (0.5 + 0.4 * generator.random((5, *CELLS))).astype(np.float32),
            "ld.affinity": affinity,
            **{f"{stage}.logits": value for stage, value in logits.items()},
            **features,
            "classifier.features": features["gald.features"],
            "tokens": generator.normal(size=(len(NAMES), 8)).astype(np.float32),
        },
        stage_info={
            "ld.mask": {"kind": "mask", "variant": "reference"},
            "ld.affinity": {"kind": "affinity", "kernel": 3, "dilation": 2, "border": "zero"},
        },
        class_names=NAMES,
        class_colors=COLORS,
        provenance={"checkpoint": "toy"},
    )
    return replace(capture, **changes)


@pytest.fixture
def make_capture() -> Callable[..., Capture]:
    """build_capture(seed, **changes)."""
    return build_capture


@pytest.fixture
def label() -> NDArray[np.int64]:
    """(48, 64) label of the toy street."""
    return street()
