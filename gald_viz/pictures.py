"""The picture that is looked at: one of many millions of pixels is shown and computed smaller, and that is said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gald_viz.analysis.resize import nearest_labels

MAX_PIXELS = 2_000_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """An image that is small enough.

    Attributes:
        image: (H, W, 3) uint8.
        label: (H, W) class ids, None without annotation.
        remark: what was done to the image, empty for nothing.
    """

    image: NDArray[np.uint8]
    label: NDArray[np.int64] | None
    remark: str = ""


def fitted(image: NDArray[np.uint8], label: NDArray[np.int64] | None = None, max_pixels: int = MAX_PIXELS) -> Fitted:
    """The image itself, or one of the same shape ratio with at most so many pixels; and its label.

    Shape:
        image: (H, W, 3), label: (H, W)
    """
    height, width = image.shape[:2]
    if height * width <= max_pixels:
        return Fitted(image, label)
    factor = (max_pixels / (height * width)) ** 0.5
    size = (max(int(height * factor), 1), max(int(width * factor), 1))
    small = np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.LANCZOS))
    remark = f"The image has {width} × {height} pixels; it is shown and computed at {size[1]} × {size[0]}."
    return Fitted(small, None if label is None else nearest_labels(label, size).astype(np.int64), remark)
