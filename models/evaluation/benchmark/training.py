"""A training step against image size, batch, classes and network, in one run on one machine."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor

from models.config import TrainConfig
from models.data.classes import ClassSet
from models.evaluation.benchmark.measure import check_repeats, describe_device, extra_bytes, hardware, in_turns
from models.presets import preset
from models.segmenter import Segmenter
from models.training.recipe import Objective, freeze, make_optimizer

SMALL = ("small-fcn", "small-cgnl-ldv1", "small-aspp-ldv2", "small-ann", "small-deeplabv3", "small-hfgd")


@dataclass(frozen=True, slots=True)
class StepSize:
    """One training step.

    Attributes:
        preset: network, with random weights.
        side: height and width of the images, pixels.
        batch: images.
        classes: K.
    """

    preset: str = "small-cgnl-ldv1"
    side: int = 192
    batch: int = 4
    classes: int = 11


@dataclass(frozen=True, slots=True)
class StepSizes:
    """A step, and what it is varied by: one value after the other, the rest as in ``base``.

    Attributes:
        base: the step that the others are compared with.
        presets: networks.
        sides: of a square crop, pixels.
        batches: images a step.
        classes: numbers of classes.

    Raises:
        ValueError: if a side, batch or number of classes is too small to train with.
    """

    base: StepSize = StepSize()
    presets: tuple[str, ...] = SMALL
    sides: tuple[int, ...] = (128, 192, 256, 384)
    batches: tuple[int, ...] = (2, 4, 8)
    classes: tuple[int, ...] = (11, 19, 150)

    def __post_init__(self) -> None:
        if any(size.side < 32 or size.batch < 2 or size.classes < 2 for size in self.all()):
            raise ValueError("a side must be >= 32 pixels, a batch >= 2 for BatchNorm, classes >= 2; raise them.")

    def all(self) -> list[StepSize]:
        """Every step once, the base first."""
        varied = {"preset": self.presets, "side": self.sides, "batch": self.batches, "classes": self.classes}
        sizes = [replace(self.base, **{name: value}) for name, values in varied.items() for value in values]
        return list(dict.fromkeys([self.base, *sizes]))


def bench_training(sizes: StepSizes | None = None, repeats: int = 3, device: str = "cpu") -> dict[str, Any]:
    """Time and memory of training steps: forward, cross entropy, backward, SGD, in float32, channels last.

    The steps take turns, so that a machine that is busy for a while slows all of them; on one that is shared, believe
    the ratios.

    Args:
        sizes: what to measure.
        repeats: timed rounds after one that warms up and counts memory.
        device: torch device.

    Returns:
        ``rows``, one a step, the base first: what StepSize has, ``seconds`` (median), ``spread`` (slowest - fastest),
        ``samples_per_second``, ``peak_bytes`` (of tensors, beside weights and images), ``time_ratio`` and
        ``memory_ratio`` against the base. ``device`` and ``hardware``.

    Raises:
        ValueError: if repeats < 1, or a name is no preset.
    """
    check_repeats(repeats)
    chosen = (sizes or StepSizes()).all()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        steps = {size: training_step(size, device) for size in chosen}
        peak = {size: extra_bytes(step, [*known]) for size, (step, known) in steps.items()}
        seconds = in_turns({size: step for size, (step, _) in steps.items()}, repeats, device)
    base = chosen[0]
    rows = [
        {
            **asdict(size),
            "seconds": statistics.median(seconds[size]),
            "spread": max(seconds[size]) - min(seconds[size]),
            "samples_per_second": size.batch / statistics.median(seconds[size]),
            "peak_bytes": peak[size],
            "time_ratio": statistics.median(seconds[size]) / statistics.median(seconds[base]),
            "memory_ratio": peak[size] / peak[base],
        }
        for size in chosen
    ]
    return {"name": "training", "device": describe_device(device), "hardware": hardware(device), "rows": rows}


def training_step(size: StepSize, device: str) -> tuple[Callable[[], tuple[Tensor, ...]], list[Tensor]]:
    """A function that does one step on random images, and the tensors that are there before it."""
    classes = ClassSet(tuple(f"class {k}" for k in range(size.classes)), ((0, 0, 0),) * size.classes)
    recipe = TrainConfig(loss="cross_entropy", lr=1e-6)
    model = Segmenter(preset(size.preset).model, classes).to(device)
    model.to(memory_format=torch.channels_last)
    freeze(model, recipe)
    objective, optimizer = Objective(recipe, classes.ignore_id), make_optimizer(model, recipe)
    images = torch.randn(size.batch, 3, size.side, size.side).to(device, memory_format=torch.channels_last)
    labels = torch.randint(size.classes, (size.batch, size.side, size.side)).to(device)

    def step() -> tuple[Tensor, ...]:
        optimizer.zero_grad(set_to_none=True)
        loss = objective(model(images), labels)
        loss.backward()
        optimizer.step()
        return (loss.detach(),)

    return step, [images, labels, *model.state_dict(keep_vars=True).values()]
