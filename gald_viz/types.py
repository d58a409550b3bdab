"""The plain values that travel between the rooms: no torch, no drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Capture:
    """What one network held while it looked at one image.

    Attributes:
        image: (H, W, 3) uint8 RGB, as the network's preprocessing received it.
        prediction: (H, W) int64 class ids of the network's own answer.
        confidence: (H, W) float32 in 0..1, probability of the predicted class.
        stages: stage name -> array without the batch axis: (C, h, w), or (K, C) for tokens.
        stage_info: stage name -> plain attributes of the Stage (kind, and kernel, dilation, border of an affinity).
        class_names: K names.
        class_colors: (K, 3) uint8 palette.
        ignore_id: label value that is not evaluated.
        provenance: checkpoint name and sha256, image id and sha256, options: what a figure must carry.
    """

    image: NDArray[np.uint8]
    prediction: NDArray[np.int64]
    confidence: NDArray[np.float32]
    stages: Mapping[str, NDArray[Any]]
    stage_info: Mapping[str, Mapping[str, Any]]
    class_names: tuple[str, ...]
    class_colors: NDArray[np.uint8]
    ignore_id: int = 255
    provenance: Mapping[str, Any] = field(default_factory=dict)
