"""The job's training loop against a plain loop of the same network, step by step in turns, and what speeds both up."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models.config import DataConfig, TrainConfig, to_dict
from models.evaluation.benchmark.measure import (
    LiveBytes,
    check_repeats,
    describe_device,
    hardware,
    ratios,
    timing,
    wait,
)
from models.evaluation.cost import cost
from models.presets import preset
from models.segmenter import Segmenter
from models.training.job import Job
from models.training.loop import precision_on
from models.training.run_folder import RunFolder
from models.training.segmentation import SegmentationLoop

JOB, PLAIN = "job", "plain loop"
_CACHED = 2  # batches


@dataclass(frozen=True, slots=True)
class LoopSize:
    """What is trained.

    Attributes:
        preset: network, with random weights.
        side: height and width of the crops, pixels.
        batch: images.
        compiled: measure torch.compile too, which needs a compiler and a minute.

    Raises:
        ValueError: if the side or batch is too small to train with.
    """

    preset: str = "small-cgnl-ldv1"
    side: int = 192
    batch: int = 4
    compiled: bool = True

    def __post_init__(self) -> None:
        if self.side < 32 or self.batch < 2:
            raise ValueError(f"side is {self.side}, batch is {self.batch}; at least 32 pixels and 2 images are needed.")


@dataclass(frozen=True, slots=True)
class Way:
    """How a plain loop runs: memory layout, precision, and whether it is compiled."""

    channels_last: bool
    bfloat16: bool
    compiled: bool = False


def bench_training_loop(size: LoopSize | None = None, repeats: int = 5, device: str = "cpu") -> dict[str, Any]:
    """Samples a second of a job's loop and of plain loops, on batches that stay in memory.

    The job's loop is the one of ``gald train`` with everything that it does at a step: schedule, metrics, status, the
    check of the loss. A plain loop is forward, cross entropy, backward, SGD and nothing else. The loops take turns step
    by step. The plain loop runs as the job does by default on this device; each of the others differs from it in one
    thing.

    Args:
        size: network, crop and batch.
        repeats: timed steps of each loop after two that warm up.
        device: torch device.

    Returns:
        ``rows``, one a loop: ``loop``, ``seconds`` of a step (median), ``spread``, ``ratio`` (with ``ratio_low``,
        ``ratio_high``) to the plain loop's step, ``samples_per_second``, ``peak_bytes`` (of tensors that operators
        give, None for a compiled loop on a CPU), ``utilisation``: multiply-adds of forward and backward pass by what a
        large matrix product of the default precision reaches here. ``rate_of_plain``: samples a second of the job by
        those of the plain loop. ``fastest``: of the plain loops. ``device``, ``hardware``, ``size``.

    Raises:
        ValueError: if repeats < 1, or a name is no preset.
    """
    check_repeats(repeats)
    size = size or LoopSize()
    with TemporaryDirectory() as folder, torch.random.fork_rng(devices=[]):
        loop = _MeasuredLoop(size, repeats, device, Path(folder))
        loop.run_to_end()
    speed = _matrix_rate(device, loop.default.bfloat16)
    macs = 3 * size.batch * cost(preset(size.preset).model, (size.side, size.side), len(loop.data.classes)).macs
    rows = [
        {
            "loop": name,
            **timing(seconds),
            **ratios(seconds, loop.taken[PLAIN]),
            "samples_per_second": size.batch / timing(seconds)["seconds"],
            "peak_bytes": loop.peak[name],
            "utilisation": macs / timing(seconds)["seconds"] / speed,
        }
        for name, seconds in loop.taken.items()
    ]
    plain = [name for name in loop.taken if name != JOB]
    return {
        "name": "training-loop",
        "device": describe_device(device),
        "hardware": hardware(device),
        "size": asdict(size),
        "rows": rows,
        "rate_of_plain": 1 / ratios(loop.taken[JOB], loop.taken[PLAIN])["ratio"],
        "fastest": min(plain, key=lambda name: timing(loop.taken[name])["seconds"]),
    }


class _MeasuredLoop(SegmentationLoop):
    """A job's loop that measures its own steps, with a step of every plain loop between two of them."""

    def __init__(self, size: LoopSize, repeats: int, device: str, folder: Path) -> None:
        self.where, self.repeats = device, repeats
        # One step more than is measured, as the last one saves the state.
        recipe = TrainConfig(
            iterations=repeats + 3, batch=size.batch, loss="cross_entropy", lr=1e-6, aux_weight=0.0, checkpoint_every=0,
            accelerator=device, weights="none",
        )  # fmt: skip
        data = DataConfig("scenes", crop=(size.side, size.side), limit=_CACHED * size.batch, workers=0)
        job = Job(size.preset, preset(size.preset).model, data, recipe)
        run = RunFolder(folder)
        run.create(to_dict(job))
        super().__init__(job, run, progress=False)
        self.default = Way(recipe.channels_last, "bf16" in precision_on(device, recipe.precision), recipe.compile)
        self.ways = _ways(self.default, size.compiled)
        self.taken: dict[str, list[float]] = {name: [] for name in (JOB, *self.ways)}
        self.peak: dict[str, int | None] = {}

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        cached = list(islice(super().batches(), _CACHED))
        steps = {name: plain_step(self._fresh(), self.default_lr, way) for name, way in self.ways.items()}
        # The first step makes the optimizer's state, which is there before every other one.
        for name, step in steps.items():
            step(*cached[0])
            # A compiler and the counting of tensors do not go together.
            with self._peak_of(name, count=not self.ways[name].compiled):
                step(*cached[1])
        yield cached[0]
        with self._peak_of(JOB):
            yield cached[1]
        for number in range(self.repeats):
            batch = cached[number % _CACHED]
            start = self._now()
            yield batch
            self.taken[JOB].append(self._now() - start)
            for name, step in steps.items():
                start = self._now()
                step(*batch)
                self.taken[name].append(self._now() - start)
        yield cached[0]

    def _finish(self) -> Path:
        return self.run.path

    @property
    def default_lr(self) -> float:
        return self.job.train.lr

    def _fresh(self) -> Segmenter:
        return Segmenter(self.job.model, self.data.classes).to(self.where).train()

    @contextmanager
    def _peak_of(self, name: str, count: bool = True) -> Generator[None]:
        """Keep the most memory that the block takes beside what was there before; None where it cannot be told."""
        self.peak[name] = None
        if torch.device(self.where).type == "cuda":
            before = torch.cuda.memory_allocated(self.where)
            torch.cuda.reset_peak_memory_stats(self.where)
            yield
            self.peak[name] = torch.cuda.max_memory_allocated(self.where) - before
        elif count:
            # Weights and what the optimizer keeps are seen when they are updated, long after the maps' peak.
            with LiveBytes() as live:
                yield
            self.peak[name] = live.peak
        else:
            yield

    def _now(self) -> float:
        wait(self.where)
        return time.perf_counter()


def plain_step(model: Segmenter, lr: float, way: Way) -> Callable[[Tensor, Tensor], None]:
    """A step written out: normalise, forward, cross entropy, backward, SGD, and the loss read.

    Args:
        model: in training mode; it is given the layout.
        lr: learning rate.
        way: layout, precision, compilation.

    Shape:
        of the step: images (B, 3, H, W), labels (B, H, W)
    """
    layout = torch.channels_last if way.channels_last else torch.contiguous_format
    model.to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr, momentum=0.9, weight_decay=5e-4)
    network = torch.compile(model) if way.compiled else model

    def step(images: Tensor, labels: Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        planes = model.normalise(images).contiguous(memory_format=layout)
        with torch.autocast(images.device.type, torch.bfloat16) if way.bfloat16 else nullcontext():
            logits = network(planes).logits
        wide = F.interpolate(logits.float(), labels.shape[-2:], mode="bilinear", align_corners=False)
        loss = F.cross_entropy(wide, labels, ignore_index=model.classes.ignore_id)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def _ways(default: Way, compiled: bool) -> dict[str, Way]:
    """The plain loop as the job runs, and those that differ from it in one thing."""
    layout = "channels last" if not default.channels_last else "channels first"
    precision = "bf16" if not default.bfloat16 else "float32"
    ways = {
        PLAIN: default,
        f"{PLAIN}, {layout}": replace(default, channels_last=not default.channels_last),
        f"{PLAIN}, {precision}": replace(default, bfloat16=not default.bfloat16),
    }
    return ways | ({f"{PLAIN}, compiled": replace(default, compiled=True)} if compiled else {})


def _matrix_rate(device: str, bfloat16: bool) -> float:
    """Multiply-adds a second of a large matrix product, the best of five."""
    on_gpu = torch.device(device).type == "cuda"
    side = 8192 if on_gpu else 2048
    matrix = torch.randn(side, side, device=device, dtype=torch.bfloat16 if bfloat16 else torch.float32)
    best = float("inf")
    for _ in range(5):
        wait(device)
        start = time.perf_counter()
        matrix @ matrix
        wait(device)
        best = min(best, time.perf_counter() - start)
    return side**3 / best
