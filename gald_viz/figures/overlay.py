"""Arrays into pictures: label colours, blends, heat maps, and the bytes a figure carries."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from plotly.colors import sample_colorscale

UNLABELLED = (225, 228, 233)
LONGEST_SIDE = 1280  # a figure carries no more pixels than a screen shows


def colorize(
    labels: NDArray[np.integer], colors: NDArray[np.uint8], unknown: tuple[int, int, int] = UNLABELLED
) -> NDArray[np.uint8]:
    """(H, W) class ids -> (H, W, 3); ids without a colour get `unknown`."""
    table = np.concatenate([np.asarray(colors, dtype=np.uint8), np.array([unknown], dtype=np.uint8)])
    known = (labels >= 0) & (labels < len(colors))
    return np.take(table, np.where(known, labels, len(colors)), axis=0)


def blend(under: NDArray[np.uint8], over: NDArray[np.uint8], opacity: float = 0.5) -> NDArray[np.uint8]:
    """Mix two pictures (..., 3) of one size; opacity 0..1, and 1 shows `over` alone."""
    share = round(opacity * 256)
    mixed = under.astype(np.uint16) * (256 - share) + over.astype(np.uint16) * share + 128
    return (mixed >> 8).astype(np.uint8)


def grey(image: NDArray[np.uint8], contrast: float = 1.0) -> NDArray[np.uint8]:
    """The picture (H, W, 3) without its colours, so that a colour scale over it can be read; contrast < 1 pales it."""
    value = image @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    value = 255.0 - contrast * (255.0 - value)
    return np.repeat(value.astype(np.uint8)[..., None], 3, axis=2)


def heat(values: NDArray[np.floating], limits: tuple[float, float], scale: str) -> NDArray[np.uint8]:
    """(H, W) -> (H, W, 3) by a plotly colour scale; values beyond the limits take its ends."""
    low, high = limits
    share = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return _table(scale)[np.clip(np.nan_to_num(share) * 255.0, 0, 255).astype(np.uint8)]


def error_look(
    image: NDArray[np.uint8], predicted: NDArray[np.uint8], wrong: NDArray[np.bool_], known: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """The papers' error map: the lighter of (image and predicted colours, half each) and white where right.

    Pixels that are not evaluated are grey.

    Shape:
        image, predicted: (H, W, 3); wrong, known: (H, W) -> (H, W, 3)
    """
    white = np.where(wrong, 0, 255).astype(np.uint8)[..., None]
    picture = np.maximum(blend(image, predicted), white)
    picture[~known] = UNLABELLED
    return picture


def picture(rgb: NDArray[np.uint8], exact: bool = False) -> dict[str, Any]:
    """A picture as a trace whose coordinates are its own pixels.

    Args:
        rgb: (H, W, 3).
        exact: PNG, for maps whose every colour has a meaning; photographs and overlays go as JPEG, which is a
            fifth of the time and of the bytes.
    """
    height, width = rgb.shape[:2]
    rgb = _shrunk(rgb)
    dx, dy = width / rgb.shape[1], height / rgb.shape[0]
    return {
        "type": "image",
        "source": data_uri(rgb, exact),
        "dx": dx,
        "dy": dy,
        "x0": (dx - 1) / 2,
        "y0": (dy - 1) / 2,
        "hoverinfo": "skip",
    }


def data_uri(rgb: NDArray[np.uint8], exact: bool = True) -> str:
    """The picture (H, W, 3) as a data URI, PNG when exact, else JPEG without chroma subsampling."""
    buffer = io.BytesIO()
    if exact:
        Image.fromarray(rgb).save(buffer, "PNG", compress_level=3)
    else:
        Image.fromarray(rgb).save(buffer, "JPEG", quality=92, subsampling=0)
    kind = "png" if exact else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _shrunk(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = rgb.shape[:2]
    factor = max(height, width) / LONGEST_SIDE
    if factor <= 1:
        return rgb
    size = (max(round(width / factor), 1), max(round(height / factor), 1))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.NEAREST))


@lru_cache(maxsize=16)
def _table(scale: str) -> NDArray[np.uint8]:
    """(256, 3) colours of a scale."""
    samples = sample_colorscale(scale, np.linspace(0, 1, 256).tolist(), colortype="tuple")
    return np.round(255 * np.array(samples)).astype(np.uint8)
