"""A small network with stage classifiers on a few small scenes."""

from dataclasses import replace

import pytest
import torch

from gald_viz.index.build import IndexJob
from models.data.scenes import CLASSES, Scenes
from models.network import LoadedNetwork
from models.presets import preset
from models.segmenter import Segmenter


def network(name: str, seed: int) -> LoadedNetwork:
    torch.manual_seed(seed)
    model = Segmenter(replace(preset("tiny-aspp-ldv2").model, stage_classifiers=True), CLASSES).eval()
    return LoadedNetwork(model, name * 8, name, {"stage_classifiers": {"trunk": "frozen"}})


@pytest.fixture(scope="session")
def job() -> IndexJob:
    data = Scenes(split="val", count=5, size=(64, 128))
    return IndexJob(network("first", 0), "first", data, ("scenes", "", "val"), batch=2)


@pytest.fixture(scope="session")
def second() -> LoadedNetwork:
    return network("second", 1)
