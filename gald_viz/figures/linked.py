"""Panels with one zoom and one cursor, drawn in the browser: what the page is given.

Maps travel as grey PNGs whose pixels are class ids or 256 levels between the limits: the browser colours, hides,
dims and reads them out without asking again. linked_panels.js draws them, in the app and in JupyterLab.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.linked import WIDEST_BAND, HeatMap, LinkedMaps
from gald_viz.figures.overlay import data_uri, heat
from gald_viz.figures.theme import HEAT_SCALE

NOTHING = 255  # no class: not labelled
LEVELS = 255
_HIGHEST = 254  # class ids that a grey PNG can tell from NOTHING


def script(name: str = "linked_panels.js") -> str:
    """The text of a script of this room with what it needs: ``mount(root, data, chosen)`` draws.

    linked_panels.js calls chosen([x, y]) on a click.
    """
    room = resources.files("gald_viz.figures")
    return "".join(room.joinpath(part).read_text(encoding="utf-8") for part in ("dom.js", name))


def payload(maps: LinkedMaps, names: Sequence[str], colors: NDArray[np.uint8], title: str) -> dict[str, Any]:
    """What mount() takes, ready for JSON.

    Args:
        maps: of one image.
        names: K class names.
        colors: (K, 3) palette.
        title: heading of the panels.

    Raises:
        ValueError: if there are more classes than a grey PNG can hold.
    """
    if len(names) > _HIGHEST:
        raise ValueError(f"{len(names)} classes cannot be told apart in these panels, at most {_HIGHEST} can.")
    height, width = maps.image.shape[:2]
    data = {
        "title": title,
        "width": width,
        "height": height,
        "scale": maps.scale,
        "photo": data_uri(maps.image, exact=False),
        "names": list(names),
        "colors": np.asarray(colors).tolist(),
        "label": None if maps.label is None else _grey(_ids(maps.label, len(names))),
        "band": None if maps.band is None else _grey(maps.band),
        "widestBand": WIDEST_BAND,
        "answers": [
            {
                "name": answer.name,
                "classes": _grey(_ids(answer.classes, len(names))),
                "probability": _grey(_levels(answer.probability, (0.0, 1.0))),
                "entropy": None if answer.entropy is None else _grey(_levels(answer.entropy, (0.0, 1.0))),
            }
            for answer in maps.answers
        ],
        "heats": [_heat(one) for one in maps.heats],
        "ramp": heat(np.linspace(0, 1, LEVELS + 1)[None], (0.0, 1.0), HEAT_SCALE)[0].tolist(),
    }
    return data | {"signature": signature_of(data)}


def signature_of(data: Mapping[str, Any]) -> str:
    """sha256 of what a script is given, so that it draws anew only what has changed."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _heat(one: HeatMap) -> dict[str, Any]:
    low, high = one.limits
    return {
        "name": one.name,
        "unit": one.unit,
        "low": low,
        "high": high,
        "values": _grey(_levels(one.values, one.limits)),
    }


def _ids(classes: NDArray[np.integer], count: int) -> NDArray[np.integer]:
    return np.where((classes >= 0) & (classes < count), classes, NOTHING)


def _levels(values: NDArray[np.floating], limits: tuple[float, float]) -> NDArray[np.floating]:
    low, high = limits
    share = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return np.round(np.clip(share, 0, 1) * LEVELS)


def _grey(values: NDArray[Any]) -> str:
    return data_uri(values.astype(np.uint8))
