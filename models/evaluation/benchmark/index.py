"""What a data-set index costs against the forward passes that it needs anyway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch

from models.checkpoint import load_checkpoint
from models.data import open_data
from models.evaluation.benchmark.measure import check_repeats, describe_device, hardware, in_turns, ratios, timing
from models.evaluation.index_images import answers_to, count_images, counted, index_stages
from models.network import evaluating

FORWARD = "forward passes"


@dataclass(frozen=True, slots=True)
class IndexedImages:
    """What is indexed, with what.

    Attributes:
        checkpoint: a network of the zoo.
        data: name of a data set with its classes.
        root: folder of the data set.
        split: of the data set.
        images: how many.
        batch: images in a forward pass.

    Raises:
        ValueError: if images or batch is < 1.
    """

    checkpoint: str = "scenes-aspp-ldv2"
    data: str = "scenes"
    root: str = ""
    split: str = "val"
    images: int = 8
    batch: int = 1

    def __post_init__(self) -> None:
        if min(self.images, self.batch) < 1:
            raise ValueError(f"images is {self.images}, batch is {self.batch}; both must be >= 1.")


def bench_index(settings: IndexedImages | None = None, repeats: int = 5, device: str = "cpu") -> dict[str, Any]:
    """Time of reading, running and counting the images of an index, against their forward passes alone.

    ``forward passes`` turns images that are in memory into logits at their size and does nothing else. ``index`` is all
    that ``gald index`` does before it writes its files: while the network looks at some images, those before them are
    counted and the next ones are read. The other rows are its parts, one after the other.

    Args:
        settings: network and images.
        repeats: timed rounds after one that warms up.
        device: torch device of the network.

    Returns:
        ``rows``, one a task: ``task``, ``seconds`` (median), ``spread``, and ``ratio`` (with ``ratio_low``,
        ``ratio_high``) to the forward passes; ``ratio`` of the index, ``device``, ``hardware``, ``settings``.

    Raises:
        ValueError: if repeats < 1, or network and data do not fit.
    """
    check_repeats(repeats)
    settings = settings or IndexedImages()
    model = load_checkpoint(settings.checkpoint).model.to(device)
    data = open_data(settings.data, root=settings.root, split=settings.split)
    numbers = range(min(settings.images, len(data)))
    groups = [[data[number] for number in numbers[at : at + settings.batch]] for at in numbers[:: settings.batch]]
    stages = index_stages(model)
    said = [
        (sample, own) for group in groups for sample, own in zip(group, _answers(model, group, stages), strict=True)
    ]

    def forward() -> None:
        with evaluating(model), torch.inference_mode():
            for group in groups:
                model.predict_logits(torch.cat([model.preprocess(sample.image) for sample in group]))

    runs: dict[str, Callable[[], Any]] = {
        FORWARD: forward,
        "index": lambda: list(count_images(model, data, numbers, settings.batch)),
        "reading": lambda: [data[number] for number in numbers],
        "answers of all stages": lambda: [_answers(model, group, stages) for group in groups],
        "counting": lambda: [counted(number, *pair, data.classes) for number, pair in enumerate(said)],
    }
    for run in runs.values():
        run()
    seconds = in_turns(runs, repeats, device)
    rows = [{"task": task, **timing(seconds[task]), **ratios(seconds[task], seconds[FORWARD])} for task in runs]
    return {
        "name": "index",
        "device": describe_device(device),
        "hardware": hardware(device),
        "settings": asdict(settings) | {"root": ""},
        "rows": rows,
        "ratio": rows[1]["ratio"],
    }


def _answers(model: Any, group: list[Any], stages: tuple[str, ...]) -> list[Any]:
    return answers_to(model, [sample.image for sample in group], stages)
