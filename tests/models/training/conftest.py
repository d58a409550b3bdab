"""A data set that is learnt in a moment, and jobs on it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.config import DataConfig, TrainConfig
from models.presets import preset
from models.training.job import Job
from models.training.run_folder import RunFolder

COLORS = [[200, 40, 40], [40, 200, 40], [40, 40, 200]]


@pytest.fixture(scope="session")
def blocks_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder data set of 8 + 2 noisy pictures of 40x56: a block and a stripe on a ground."""
    root = tmp_path_factory.mktemp("blocks")
    random = np.random.default_rng(7)
    (root / "classes.json").write_text(json.dumps({"names": ["ground", "block", "stripe"], "colors": COLORS}))
    for split, count in (("train", 8), ("val", 2)):
        for part in ("images", "labels"):
            (root / split / part).mkdir(parents=True)
        for number in range(count):
            label = np.zeros((40, 56), np.uint8)
            top, left = random.integers(0, 24, 2)
            label[top : top + 14, left : left + 18] = 1
            label[:, 44:48] = 2
            label[:2] = 255
            image = np.array([*COLORS, *[[90, 90, 90]] * 253])[label] + random.integers(-30, 30, (40, 56, 3))
            Image.fromarray(image.astype(np.uint8)).save(root / split / "images" / f"{number}.png")
            Image.fromarray(label).save(root / split / "labels" / f"{number}.png")
    return root


@pytest.fixture(scope="session")
def make_job(blocks_root: Path) -> Callable[..., Job]:
    """A job of 8 steps with dropout and an auxiliary head; keywords change the recipe."""

    def make(name: str = "tiny-cgnl-ldv1", workers: int = 0, **recipe: Any) -> Job:
        data = DataConfig("folder", str(blocks_root), crop=(32, 48), scales=(0.8, 1.25), photometric=0.2)
        short: dict[str, Any] = {"iterations": 8, "batch": 2, "lr": 0.05, "checkpoint_every": 4, "ohem_min_kept": 500}
        fixed: dict[str, Any] = {"accelerator": "cpu", "weights": "none"}
        model = preset(name).model
        # One halving before the mask instead of three: it fits crops of 32 pixels.
        model = replace(model, distribution=replace(model.distribution, depth=1))
        return Job(name, model, replace(data, workers=workers), TrainConfig(**(short | fixed | recipe)))

    return make


@pytest.fixture(scope="session")
def losses() -> Callable[[Path], list[tuple[int, str]]]:
    """Step and loss of each training row, as the text of metrics.csv: equal text is equal bits."""

    def read(folder: Path) -> list[tuple[int, str]]:
        rows = [line.split(",") for line in (folder / "metrics.csv").read_text().splitlines()[1:]]
        assert len({tuple(row[:3]) for row in rows}) == len(rows), "a row stands twice"
        return [(int(step), value) for step, split, name, value in rows if (split, name) == ("train", "loss")]

    return read


@pytest.fixture(scope="session")
def course() -> Callable[[Path], list[tuple[int, str, str, float]]]:
    """Rows of metrics.csv without those of the clock."""

    def read(folder: Path) -> list[tuple[int, str, str, float]]:
        return [row for row in RunFolder(folder).metrics() if row[1] != "speed"]

    return read


@pytest.fixture
def plain_signals() -> Generator[None]:
    """Python's own handlers, also where the tests run in the background, whose Ctrl-C is ignored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run folder that was just created by this process."""
    run = RunFolder(tmp_path / "run")
    run.create({"lr": 0.1})
    return run
