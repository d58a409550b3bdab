"""Whether data loading keeps the device busy: images a second of the loader alone against the training step alone."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from models.config import DataConfig
from models.data.loading import ResumableBatches, TrainingCrops, training_batches
from models.data.subset import training_data
from models.evaluation.benchmark.measure import check_repeats, describe_device, hardware, in_turns
from models.evaluation.benchmark.training import StepSize, training_step


@dataclass(frozen=True, slots=True)
class LoadingSettings:
    """What is loaded, and by how many processes.

    Attributes:
        data: data set and augmentation; its own number of workers does not matter.
        preset: network whose step is compared.
        batch: images.
        workers: numbers of loader processes, 0 for none beside the job.
        steps: timed batches; those before, one a worker and one more, start the loader.
    """

    data: DataConfig = field(default_factory=lambda: DataConfig("scenes", crop=(192, 192), limit=32))
    preset: str = "small-cgnl-ldv1"
    batch: int = 4
    workers: tuple[int, ...] = (0, 1, 2)
    steps: int = 16


def bench_loading(settings: LoadingSettings | None = None, repeats: int = 3, device: str = "cpu") -> dict[str, Any]:
    """Images a second of the loader, while nothing else runs, and of the training step.

    The images are read for the first time while the loader starts and in the first timed batches; what fits is kept.

    Args:
        settings: what to load.
        repeats: timed rounds of the step.
        device: torch device of the step.

    Returns:
        ``rows``: one a number of workers with ``samples_per_second`` and ``of_the_step``, that rate by the step's; the
        step's own row has no workers. A loader with ``of_the_step`` above 1 keeps the device busy, provided that it has
        processor cores of its own. ``device`` and ``hardware``.

    Raises:
        ValueError: if repeats < 1, the data cannot be opened, or it has fewer images than a batch.
    """
    check_repeats(repeats)
    settings = settings or LoadingSettings()
    rates = {workers: _loader_rate(settings, workers) for workers in settings.workers}
    step = _step_rate(settings, repeats, device)
    rows: list[dict[str, Any]] = [
        {"what": "loader", "workers": workers, "samples_per_second": rate, "of_the_step": rate / step}
        for workers, rate in rates.items()
    ]
    rows.append({"what": "step", "workers": None, "samples_per_second": step, "of_the_step": 1.0})
    return {
        "name": "loading",
        "device": describe_device(device),
        "hardware": hardware(device),
        "settings": asdict(settings) | {"data": asdict(settings.data) | {"root": ""}},
        "rows": rows,
    }


def _loader_rate(settings: LoadingSettings, workers: int) -> float:
    data = training_data(settings.data)
    crops = TrainingCrops(data, settings.data, seed=0)
    batches = training_batches(crops, ResumableBatches(len(data), settings.batch, seed=0), workers)
    for _ in islice(batches, workers + 1):
        pass
    start = time.perf_counter()
    for _ in islice(batches, settings.steps):
        pass
    return settings.steps * settings.batch / (time.perf_counter() - start)


def _step_rate(settings: LoadingSettings, repeats: int, device: str) -> float:
    classes = len(training_data(settings.data).classes)
    size = StepSize(settings.preset, max(settings.data.crop), settings.batch, classes)
    step, _ = training_step(size, device)
    step()
    seconds = sorted(in_turns({"step": step}, repeats, device)["step"])
    return settings.batch / seconds[len(seconds) // 2]
