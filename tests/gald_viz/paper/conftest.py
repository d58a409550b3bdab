"""A small labelled folder and tiny networks, so that figures are computed in a blink."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.checkpoint import save_checkpoint
from models.data import open_data
from models.presets import preset
from models.segmenter import Segmenter

NAMES = ("sky", "road", "car", "pole")
COLORS = ((70, 130, 180), (128, 64, 128), (0, 0, 142), (220, 220, 0))
SIZE = (128, 192)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five images of blocks; only the last three hold a pole."""
    root = tmp_path_factory.mktemp("blocks")
    (root / "classes.json").write_text(json.dumps({"names": NAMES, "colors": COLORS}))
    generator = np.random.default_rng(0)
    for number in range(5):
        label = np.zeros(SIZE, dtype=np.uint8)
        label[64:] = 1
        label[48:88, 16 + 8 * number : 80 + 8 * number] = 2
        if number > 1:
            label[16:112, 140:148] = 3
        image = np.array(COLORS, dtype=np.uint8)[label] // 2 + generator.integers(0, 90, (*SIZE, 3), dtype=np.uint8)
        for kind, pixels in (("images", image), ("labels", label)):
            (root / "val" / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(root / "val" / kind / f"{number}.png")
    return root


@pytest.fixture(scope="session")
def networks(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Preset -> checkpoint with random weights for the folder's classes."""
    where, classes = tmp_path_factory.mktemp("networks"), open_data("folder", folder, "val").classes
    found = {}
    for name in ("tiny-fcn", "tiny-cgnl-ldv1", "tiny-aspp-ldv2", "tiny-ann", "tiny-hfgd"):
        torch.manual_seed(len(name))
        config = replace(preset(name).model, stage_classifiers=name == "tiny-cgnl-ldv1")
        file = where / f"{name}.safetensors"
        meta = {"stage_classifiers": {"trunk": "frozen"}}
        save_checkpoint(Segmenter(config, classes), file, meta, half=False)
        found[name] = str(file)
    return found
