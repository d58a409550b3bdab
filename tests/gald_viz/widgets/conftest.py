"""Small untrained networks that look at a made-up image of 128 x 192 pixels."""

from functools import cache

import numpy as np
import pytest
import torch

from models.checkpoint import LoadedCheckpoint
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Segmenter

CLASSES = ClassSet(("road", "sky", "car"), ((128, 64, 128), (70, 130, 180), (0, 0, 142)))
SIZE = (128, 192)


@cache
def built(name):
    torch.manual_seed(0)
    return LoadedCheckpoint(Segmenter(preset(name).model, CLASSES).eval().requires_grad_(False), name, name, {})


@pytest.fixture(scope="session")
def ldv1():
    return built("tiny-cgnl-ldv1")


@pytest.fixture(scope="session")
def ldv2():
    return built("tiny-aspp-ldv2")


@pytest.fixture(scope="session")
def image():
    coarse = np.random.default_rng(0).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    found = coarse.repeat(16, axis=0).repeat(16, axis=1)
    found.setflags(write=False)
    return found


@pytest.fixture(scope="session")
def annotation():
    """Sky over road, and a car."""
    label = np.zeros(SIZE, dtype=np.int64)
    label[:64] = 1
    label[80:112, 32:96] = 2
    label.setflags(write=False)
    return label
