"""The end of every training: evaluate, and write the checkpoint with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from models.checkpoint import load_checkpoint, save_checkpoint
from models.data.classes import SegmentationData
from models.detection.detector import Detector
from models.evaluation.evaluate import Evaluation, evaluate
from models.processes import ALONE, Processes
from models.segmenter import Segmenter

Network = TypeVar("Network", Segmenter, Detector)


@dataclass(frozen=True)
class Validation:
    """What a network is measured on at the end.

    Attributes:
        data: labelled samples.
        split: its name, for the record.
        progress: show a bar on stderr.
        processes: those that share the work; the first one writes.
    """

    data: SegmentationData
    split: str
    progress: bool = False
    processes: Processes = ALONE


def save_measured(model: Segmenter, file: Path, meta: Mapping[str, Any], validation: Validation) -> Evaluation:
    """Write a checkpoint with ``meta["metrics"]``, measured on what will be read back: fp16 weights.

    Args:
        model: the trained network; it is evaluated on its device.
        file: to write; it appears once it is complete.
        meta: everything but the metrics.
        validation: what to measure on.

    Raises:
        ValueError: as evaluate.
    """
    processes = validation.processes
    stored = as_stored(model, file, load_checkpoint, processes)
    result = evaluate(stored, validation.data, progress=validation.progress, processes=processes)
    metrics = {**result.to_json(), "split": validation.split, "images": result.images}
    if processes.is_first:
        save_checkpoint(model, file, {**meta, "metrics": metrics})
    return result


def as_stored(model: Network, file: Path, load: Callable[[Path], Any], processes: Processes = ALONE) -> Network:
    """The network as a checkpoint gives it back, on the same device.

    Args:
        model: the trained network.
        file: next to which it is written for a moment.
        load: reads such a checkpoint.
        processes: all of them read what the first one writes.
    """
    unmeasured = file.with_name(f".{file.stem}-unmeasured.safetensors")
    try:
        if processes.is_first:
            save_checkpoint(model, unmeasured, {})
        processes.wait()
        stored = load(unmeasured).model.to(model.device)
        processes.wait()
        return stored
    finally:
        unmeasured.unlink(missing_ok=True)
