"""The end of every training: evaluate, and write the checkpoint with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.checkpoint import load_checkpoint, save_checkpoint
from models.data.classes import SegmentationData
from models.evaluation.evaluate import Evaluation, evaluate
from models.segmenter import Segmenter


def save_measured(
    model: Segmenter, file: Path, meta: Mapping[str, Any], data: SegmentationData, split: str, progress: bool = False
) -> Evaluation:
    """Write a checkpoint with ``meta["metrics"]``, measured on what will be read back: fp16 weights.

    Args:
        model: the trained network; it is evaluated on its device.
        file: to write; it appears once it is complete.
        meta: everything but the metrics.
        data: what to measure on.
        split: its name, for the record.
        progress: show a bar on stderr.

    Raises:
        ValueError: as evaluate.
    """
    unmeasured = file.with_name(f".{file.stem}-unmeasured.safetensors")
    try:
        save_checkpoint(model, unmeasured, {})
        stored = load_checkpoint(unmeasured).model.to(model.device)
    finally:
        unmeasured.unlink(missing_ok=True)
    result = evaluate(stored, data, progress=progress)
    save_checkpoint(model, file, {**meta, "metrics": {**result.to_json(), "split": split, "images": result.images}})
    return result
