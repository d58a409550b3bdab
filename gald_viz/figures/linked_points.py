"""Maps of sampled cells and their images, linked both ways in the browser: what the page is given.

linked_points.js draws it, in the app and in JupyterLab.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gald_viz.analysis.layout import Found, Layout
from gald_viz.figures.linked import signature_of
from gald_viz.figures.overlay import LONGEST_SIDE, data_uri
from gald_viz.figures.palette import css
from gald_viz.figures.sheet import Heading

SCRIPT = "linked_points.js"
_SMALLEST = 360  # pixels that an image keeps on its longest side however many there are


@dataclass(frozen=True, slots=True)
class Album:
    """The images of a layout, in its order.

    Attributes:
        images: (H, W, 3) uint8 each.
        ids: their names.
        predictions: (H, W) class ids each, of the first panel's network.
        names: K class names.
        colors: (K, 3).
    """

    images: Sequence[NDArray[np.uint8]]
    ids: Sequence[str]
    predictions: Sequence[NDArray[np.integer]]
    names: Sequence[str]
    colors: NDArray[np.integer]


def points_payload(found: Layout, titles: Sequence[str], album: Album, heading: Heading) -> dict[str, Any]:
    """What mount() takes, ready for JSON, with nothing chosen.

    Args:
        found: the layout.
        titles: one a panel; ``<br>`` breaks the line.
        album: of its images.
        heading: title and subtitle.
    """
    sample = found.sample
    predicted = [
        int(album.predictions[image][y, x]) for image, x, y in zip(sample.image, sample.x, sample.y, strict=True)
    ]
    data = {
        "title": heading.title,
        "subtitle": heading.subtitle,
        "names": list(album.names),
        "colors": [css(color) for color in album.colors],
        "cls": sample.class_id.tolist(),
        "image": sample.image.tolist(),
        "px": sample.x.tolist(),
        "py": sample.y.tolist(),
        "predicted": predicted,
        "panels": [
            {
                "title": title.replace("<br>", "\n"),
                "x": panel.embedding.points[:, 0].round(5).tolist(),
                "y": panel.embedding.points[:, 1].round(5).tolist(),
                "limits": found.limits(number).round(5).tolist(),
            }
            for number, (title, panel) in enumerate(zip(titles, found.panels, strict=True))
        ],
        "images": [_image(found, album, number) for number in range(len(album.images))],
    }
    return data | {"signature": signature_of(data), "selected": [], "pixel": None}


def marked_pixel(found: Found, album: Album) -> dict[str, Any]:
    """A pixel's place in the maps and its nearest sampled cell, as ``pixel`` of the payload."""
    near = "no cell of this image was sampled"
    if found.nearest >= 0:
        near = f"the nearest sampled cell, {found.distance:.0f} px away, is chosen"
    class_id = int(album.predictions[found.image][found.y, found.x])
    said = album.names[class_id] if 0 <= class_id < len(album.names) else "nothing"
    words = (
        f"pixel ({found.x}, {found.y}) of {album.ids[found.image]}, predicted {said}: the cross is where its own cell "
        f"would lie in the maps; {near}."
    )
    return {"image": found.image, "x": found.x, "y": found.y, "points": found.points.tolist(), "words": words}


def _image(found: Layout, album: Album, number: int) -> dict[str, Any]:
    image = album.images[number]
    height, width = image.shape[:2]
    features = found.panels[0].source.features[number]
    cell = [width / features.shape[2], height / features.shape[1]]
    source = data_uri(_shrunk(image, len(album.images)), exact=False)
    return {"source": source, "width": width, "height": height, "id": album.ids[number], "cell": cell}


def _shrunk(image: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """The image so small that all of them together cost a page no more than one large one."""
    longest = max(_SMALLEST, LONGEST_SIDE / count**0.5)
    factor = max(image.shape[:2]) / longest
    if factor <= 1:
        return image
    size = (max(round(image.shape[1] / factor), 1), max(round(image.shape[0] / factor), 1))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
