"""Class colours that readers with any common colour vision can tell apart, for as many classes as that is possible.

The eight of Okabe and Ito (Color Universal Design, 2008) come first. Further ones are chosen one by one, each as far as
it can be from all before it in CIELAB, by the eye that sees them closest. Colour blindness is simulated as by Viénot et
al. (1999), "Digital video colourmaps for checking the legibility of displays by dichromats".
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Black is last: it is what is not labelled, too.
OKABE_ITO = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
    (0, 0, 0),
)
# Linear RGB as deuteranopes and protanopes see it.
_DEUTAN = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
_PROTAN = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
VISIONS = {"normal": np.eye(3), "deuteranopia": _DEUTAN, "protanopia": _PROTAN}
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _TO_XYZ.sum(axis=1)
_STEPS = (0, 51, 102, 153, 204, 255)


def safe_palette(count: int) -> NDArray[np.uint8]:
    """(count, 3) colours, the same ones for the same count.

    Raises:
        ValueError: if there are more classes than candidates.
    """
    candidates = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS, indexing="ij"), axis=-1).reshape(-1, 3)
    if not 0 <= count <= len(candidates):
        raise ValueError(f"{count} classes, colours can be chosen for 0..{len(candidates)}.")
    return np.array(_chosen(count), dtype=np.uint8).reshape(-1, 3)


def seen_distance(colors: NDArray[np.integer], vision: str = "normal") -> NDArray[np.float64]:
    """CIELAB distance of every pair (n, n) of (n, 3) colours, as seen with one of VISIONS.

    Raises:
        ValueError: if there is no such vision.
    """
    if vision not in VISIONS:
        raise ValueError(f"vision is {vision!r}, must be one of {list(VISIONS)}.")
    lab = _lab(np.asarray(colors), VISIONS[vision])
    return np.linalg.norm(lab[:, None] - lab[None], axis=-1)


@lru_cache(maxsize=32)
def _chosen(count: int) -> tuple[tuple[int, ...], ...]:
    chosen = list(OKABE_ITO[:count])
    candidates = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS, indexing="ij"), axis=-1).reshape(-1, 3)
    while len(chosen) < count:
        together = np.concatenate([np.array(chosen), candidates])
        closest = np.min([seen_distance(together, name)[len(chosen) :, : len(chosen)] for name in VISIONS], axis=(0, 2))
        chosen.append(tuple(candidates[int(closest.argmax())].tolist()))
    return tuple(chosen)


def _lab(colors: NDArray[np.integer], seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB (n, 3) in 0..255 -> CIELAB (n, 3) of what is seen of it."""
    share = colors / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ seen.T, 0, 1) @ _TO_XYZ.T / _WHITE
    cube = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = cube.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
