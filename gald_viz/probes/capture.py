"""Live network -> plain arrays: everything the views need of one image, from one forward pass."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gald_viz.probes.lock import exclusive
from gald_viz.types import Answer, Capture, Objects
from models.detection.checkpoint import LoadedDetector
from models.detection.detector import Detector
from models.network import LoadedNetwork, Network
from models.stages import record, stages_of

# These are as large as features and no view of one image reads them.
_LEFT_OUT = ("operand", "branches")


def capture(
    loaded: LoadedNetwork | LoadedDetector,
    image: NDArray[np.uint8],
    image_id: str = "",
    stages: Sequence[str] | None = None,
) -> Capture:
    """Run the network once on one image and keep the named stages.

    Args:
        loaded: a segmentation network or a detector in eval mode.
        image: (H, W, 3) uint8 RGB.
        image_id: what the provenance calls the image.
        stages: names to keep; by default every stage but the operands of attentions and the branches of GA.

    Raises:
        ValueError: if the image is too small or a stage does not exist.
    """
    model = loaded.model
    known = stages_of(model)
    names = [name for name, stage in known.items() if stage.kind not in _LEFT_OUT] if stages is None else list(stages)
    with exclusive(model), torch.inference_mode(), record(model, names) as seen:
        answer = answer_of(model, image)
    arrays = {name: _array(known[name].kind, value) for name, value in seen.items()}
    if isinstance(model, Detector):
        arrays = {name: model.within_image(value, image) for name, value in arrays.items()}
    return Capture(
        image=image,
        prediction=answer.prediction,
        confidence=answer.confidence,
        stages=arrays,
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
            **({"source": loaded.meta["source"]} if "source" in loaded.meta else {}),
        },
        objects=answer.objects,
    )


def answer_of(model: Network | Detector, image: NDArray[np.uint8]) -> Answer:
    """What the network says of the (H, W, 3) image; the caller holds its lock."""
    if isinstance(model, Detector):
        found = model.predict(image)
        objects = Objects(found.boxes, found.labels, found.scores, found.masks)
        return Answer(*painted(objects, (image.shape[0], image.shape[1]), model.classes.ignore_id), objects)
    return classified(model.predict_logits(model.preprocess(image)))


def classified(logits: Tensor) -> Answer:
    """The surest class of every pixel: (1, K, H, W)."""
    confidence, prediction = logits.softmax(dim=1).max(dim=1)
    return Answer(prediction[0].cpu().numpy(), confidence[0].cpu().numpy())


def painted(objects: Objects, size: tuple[int, int], ignore_id: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Class and score of the surest object at each pixel (H, W), by masks or else by boxes."""
    classes, scores = np.full(size, ignore_id, dtype=np.int64), np.zeros(size, dtype=np.float32)
    for index in range(len(objects))[::-1]:
        where: tuple[slice, slice] | NDArray[np.bool_]
        if objects.masks is None:
            x0, y0, x1, y1 = np.round(objects.boxes[index]).astype(int)
            where = (slice(y0, y1), slice(x0, x1))
        else:
            where = objects.masks[index]
        classes[where], scores[where] = objects.labels[index], objects.scores[index]
    return classes, scores


def image_sha256(image: NDArray[np.uint8]) -> str:
    """Identity of the pixels of an image (H, W, 3): sha256 over the shape and the bytes."""
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def _array(kind: str, value: Tensor) -> NDArray[np.float32]:
    # Tokens belong to the network and have no batch axis.
    return (value if kind == "tokens" else value[0]).float().numpy()
