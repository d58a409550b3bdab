"""Live network -> plain arrays: everything the views need of one image, from one forward pass."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gald_viz.types import Capture
from models.checkpoint import LoadedCheckpoint
from models.segmenter import Segmenter
from models.stages import record, stages_of

# Hooks of two callers on one network would hand each the other's activations.
_LOCKS: WeakKeyDictionary[Segmenter, threading.Lock] = WeakKeyDictionary()
_GUARD = threading.Lock()
# Operands are as large as features and no view of one image reads them.
_LEFT_OUT = ("operand",)


def capture(
    loaded: LoadedCheckpoint, image: NDArray[np.uint8], image_id: str = "", stages: Sequence[str] | None = None
) -> Capture:
    """Run the network once on one image and keep the named stages.

    Args:
        loaded: a network in eval mode.
        image: (H, W, 3) uint8 RGB.
        image_id: what the provenance calls the image.
        stages: names to keep; by default every stage but the operands of attentions.

    Raises:
        ValueError: if the image is too small or a stage does not exist.
    """
    model = loaded.model
    known = stages_of(model)
    names = [name for name, stage in known.items() if stage.kind not in _LEFT_OUT] if stages is None else list(stages)
    with _lock(model), torch.inference_mode(), record(model, names) as seen:
        logits = model.predict_logits(model.preprocess(image))
    confidence, prediction = logits.softmax(dim=1).max(dim=1)
    return Capture(
        image=image,
        prediction=prediction[0].cpu().numpy(),
        confidence=confidence[0].cpu().numpy(),
        stages={name: _array(known[name].kind, value) for name, value in seen.items()},
        stage_info={name: {"kind": known[name].kind, **known[name].info} for name in seen},
        class_names=model.classes.names,
        class_colors=model.classes.palette(),
        ignore_id=model.classes.ignore_id,
        provenance={
            "checkpoint": loaded.name,
            "checkpoint_sha256": loaded.sha256,
            "image": image_id,
            "image_sha256": image_sha256(image),
            "stage_trunk": loaded.meta.get("stage_classifiers", {}).get("trunk", ""),
        },
    )


def image_sha256(image: NDArray[np.uint8]) -> str:
    """Identity of the pixels: sha256 over the shape and the bytes."""
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def _array(kind: str, value: Tensor) -> NDArray[np.float32]:
    # Tokens belong to the network and have no batch axis.
    return (value if kind == "tokens" else value[0]).float().numpy()


def _lock(model: Segmenter) -> threading.Lock:
    with _GUARD:
        return _LOCKS.setdefault(model, threading.Lock())
