"""A network over a data set for the index: answers, and the counts of image after image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from models.data.classes import ClassSet, Sample, SegmentationData
from models.evaluation.index import Answers, ImageCounts, count_image
from models.evaluation.inference import OUTPUT, best_classes, forward_logits, stage_names
from models.network import evaluating

if TYPE_CHECKING:
    from models.network import Network

Item = TypeVar("Item")


def index_stages(model: Network) -> tuple[str, ...]:
    """Stages that are counted, the network's own answer last."""
    return (*stage_names(model), OUTPUT)


def count_images(
    model: Network,
    data: SegmentationData,
    numbers: Sequence[int],
    batch: int = 1,
    against: tuple[str, Network] | None = None,
) -> Iterator[ImageCounts]:
    """Counts of the images at these places, in their order.

    Args:
        model: network with the class names of the data.
        data: labelled samples; one without a label has no rows.
        numbers: places in the data.
        batch: images in a forward pass, as far as neighbours have one size.
        against: a second network, whose answer is counted as one more stage of this name.

    Raises:
        ValueError: if batch < 1, or an image or label does not fit.
    """
    if batch < 1:
        raise ValueError(f"batch is {batch}, must be >= 1.")
    counting: list[Future[ImageCounts]] = []
    # While the network looks at some images, those before them are counted and the next ones are read.
    with ThreadPoolExecutor(1) as beside:
        for group in _ahead(_groups(data, numbers, batch), beside):
            images = [sample.image for _, sample in group]
            answers = answers_to(model, images, index_stages(model))
            if against is not None:
                for own, other in zip(answers, answers_to(against[1], images, (OUTPUT,)), strict=True):
                    own.stages[against[0]] = other.stages[OUTPUT]
            before = counting
            counting = [
                beside.submit(counted, *known, own, data.classes) for known, own in zip(group, answers, strict=True)
            ]
            yield from (counts.result() for counts in before)
        yield from (counts.result() for counts in counting)


def answers_to(model: Network, images: Sequence[NDArray[np.uint8]], stages: Sequence[str]) -> list[Answers]:
    """Class ids of the stages for images (H, W, 3) of one size, from one forward pass.

    Raises:
        ValueError: if an image is too small for the network.
    """
    with evaluating(model), torch.inference_mode():
        pixels = torch.cat([model.preprocess(image) for image in images])
        found: dict[str, NDArray[np.int16]] = {}
        confidence = np.zeros(0, dtype=np.float32)
        before = None
        for name, logits in forward_logits(model, pixels, stages):
            # The last stage's logits mostly are the output.
            if logits is not before:
                best, classes = best_classes(logits)
                ids = classes.to(torch.int16).cpu().numpy()
            found[name], before = ids, logits
            if name == OUTPUT:
                confidence = (logits - best[:, None]).exp_().sum(dim=1).reciprocal().float().cpu().numpy()
    return [Answers({name: ids[i] for name, ids in found.items()}, confidence[i]) for i in range(len(images))]


def counted(number: int, sample: Sample, answers: Answers, classes: ClassSet) -> ImageCounts:
    """Counts of one image; a mistake in it names the sample.

    Args:
        number: place in the data set.
        sample: image and label.
        answers: of the stages, to this image.
        classes: of the data.

    Raises:
        ValueError: as count_image().
    """
    try:
        return count_image(number, sample, answers, len(classes), classes.ignore_id)
    except ValueError as error:
        raise ValueError(f"sample {sample.id}: {error}") from error


def _ahead(items: Iterator[Item], beside: Executor) -> Iterator[Item]:
    """The items, each fetched while the one before it is used."""

    def fetched() -> Item | None:
        return next(items, None)

    coming = beside.submit(fetched)
    while (item := coming.result()) is not None:
        coming = beside.submit(fetched)
        yield item


def _groups(data: SegmentationData, numbers: Sequence[int], batch: int) -> Iterator[list[tuple[int, Sample]]]:
    group: list[tuple[int, Sample]] = []
    for number in numbers:
        sample = data[number]
        if group and (len(group) == batch or sample.image.shape != group[0][1].image.shape):
            yield group
            group = []
        group.append((number, sample))
    if group:
        yield group
