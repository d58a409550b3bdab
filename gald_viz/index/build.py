"""Make an index: run the network over the data set, count, write."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from gald_viz.index.files import IndexMeta
from gald_viz.index.write import IndexWriter
from models.data.classes import SegmentationData
from models.data.subset import spread
from models.evaluation.index import ImageCounts
from models.evaluation.index_images import count_images, index_stages
from models.network import LoadedNetwork
from models.processes import ALONE, Processes

# A part is written after so many images, or so many seconds: what a kill costs at most.
_PART_IMAGES = 64
_PART_SECONDS = 20.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IndexJob:
    """What is indexed.

    Attributes:
        network: whose stages are counted.
        checkpoint: what opens it again.
        data: labelled images with the network's classes.
        place: name, root and split of the data set.
        limit: only so many images, evenly spread; 0 for all.
        batch: images in a forward pass, as far as neighbours have one size.
        against: a second network with the same classes, counted as one more stage.
        against_checkpoint: what opens that one again.
    """

    network: LoadedNetwork
    checkpoint: str
    data: SegmentationData
    place: tuple[str, str, str]
    limit: int = 0
    batch: int = 4
    against: LoadedNetwork | None = None
    against_checkpoint: str = ""

    @property
    def numbers(self) -> list[int]:
        """Places in the data set of the images that are counted."""
        return spread(len(self.data), self.limit or len(self.data))

    def meta(self) -> IndexMeta:
        """What the index says of itself.

        Raises:
            ValueError: if the classes of networks and data differ.
        """
        classes, second = self.data.classes, self.against
        for loaded in filter(None, (self.network, second)):
            if loaded.model.classes.names != classes.names:
                raise ValueError(
                    f"{loaded.name} was trained on the classes {list(loaded.model.classes.names)}, the data has "
                    f"{list(classes.names)}; choose data with the same classes in the same order."
                )
        stages = index_stages(self.network.model)
        return IndexMeta(
            network=self.network.name,
            sha256=self.network.sha256,
            checkpoint=self.checkpoint,
            trunk=str(self.network.meta.get("stage_classifiers", {}).get("trunk", "")),
            data=self.place[0],
            root=self.place[1],
            split=self.place[2],
            images=len(self.numbers),
            total=len(self.data),
            class_names=classes.names,
            class_colors=classes.colors,
            ignore_id=classes.ignore_id,
            stages=stages if second is None else (*stages, second_stage(self.network.name, second.name)),
            against=self.against_checkpoint,
            against_sha256="" if second is None else second.sha256,
        )


def second_stage(first: str, second: str) -> str:
    """What the answer of a second network is called among the stages."""
    return second if second != first else f"{second} (second)"


def build_index(job: IndexJob, folder: str | Path, processes: Processes = ALONE) -> Generator[tuple[int, int]]:
    """Index the images that the folder lacks, and put the files together at the end; yields (done, of all).

    Whoever stops in the middle loses a part at most: the next call goes on from there.

    Raises:
        ValueError: if the folder holds something else, or network, data and labels do not fit.
    """
    meta = job.meta()
    writer = _opened(folder, meta, processes)
    if any(processes.gathered(writer.finished)):
        yield meta.images, meta.images
        return
    done = writer.done()
    processes.wait()
    left = [number for number in job.numbers if number not in done]
    yield len(done), meta.images
    own = left[processes.rank :: processes.world]
    for count in _written(job, own, writer):
        yield min(len(done) + count * processes.world, meta.images), meta.images
    processes.wait()
    if processes.is_first:
        writer.finish()
    processes.wait()


def _opened(folder: str | Path, meta: IndexMeta, processes: Processes) -> IndexWriter:
    """The folder, once the first process has prepared it; where it cannot, all of them say why."""
    problem, writer = "", None
    if processes.is_first:
        try:
            writer = IndexWriter(folder, meta)
        except ValueError as error:
            problem = str(error)
    for said in filter(None, processes.gathered(problem)):
        raise ValueError(said)
    return writer or IndexWriter(folder, meta, processes.rank)


def _written(job: IndexJob, numbers: list[int], writer: IndexWriter) -> Iterator[int]:
    """Count and write these images; yields how many are done. What is counted is written, however this ends."""
    second = job.against
    against = None if second is None else (writer.meta.stages[-1], second.model)
    part: list[ImageCounts] = []
    began = time.monotonic()
    try:
        counted = count_images(job.network.model, job.data, numbers, job.batch, against)
        for count, counts in enumerate(counted, start=1):
            if not counts.labelled:
                _log.error("%s has no label and is not counted; add its label file.", counts.id)
            part.append(counts)
            if len(part) == _PART_IMAGES or time.monotonic() - began > _PART_SECONDS:
                writer.add(part)
                part, began = [], time.monotonic()
            yield count
    finally:
        writer.add(part)
