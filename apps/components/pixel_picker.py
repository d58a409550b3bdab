"""An image whose click returns the pixel, with weighted dots drawn over it."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

_HTML = """
<div class="wrap" data-testid="pixel-picker">
  <img tabindex="0" draggable="false">
  <svg preserveAspectRatio="none" aria-hidden="true"><g class="dots"></g></svg>
  <div class="mark"></div>
</div>"""

_CSS = """
.wrap { position: relative; width: 100%; line-height: 0; }
img { width: 100%; cursor: crosshair; user-select: none; border-radius: 3px; }
img:focus-visible { outline: 2px solid #0b6e99; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; overflow: hidden; }
.mark { display: none; position: absolute; width: 13px; height: 13px; margin: -8px 0 0 -8px;
  border: 2px solid #fff; outline: 1.5px solid #000; border-radius: 50%; pointer-events: none; }
"""

# Text from outside travels in `data` and is set as an attribute or text, never as markup.
_JS = """
const SVG = 'http://www.w3.org/2000/svg';

function drawDots(group, dots) {
  group.replaceChildren(...dots.map((dot) => {
    const circle = document.createElementNS(SVG, 'circle');
    const { x, y, radius, color, opacity } = dot;
    const shape = { cx: x, cy: y, r: radius, fill: color, 'fill-opacity': opacity, stroke: '#000',
                    'stroke-opacity': 0.55, 'stroke-width': 0.18 * radius };
    for (const [name, value] of Object.entries(shape)) circle.setAttribute(name, value);
    return circle;
  }));
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const wrap = parentElement.querySelector('.wrap');
  const image = wrap.querySelector('img');
  const mark = wrap.querySelector('.mark');
  if (image.dataset.signature !== data.signature) {
    image.src = data.source;
    image.dataset.signature = data.signature;
  }
  image.alt = data.alt;
  wrap.style.maxWidth = data.maxHeight * data.width / data.height + 'px';
  wrap.querySelector('svg').setAttribute('viewBox', `0 0 ${data.width} ${data.height}`);
  drawDots(wrap.querySelector('.dots'), data.dots);
  wrap.dataset.pixel = data.pixel ? `${data.pixel.x},${data.pixel.y}` : '';

  let current = data.pixel;
  const place = () => {
    mark.style.display = current ? 'block' : 'none';
    if (!current) return;
    mark.style.left = 100 * (current.x + 0.5) / data.width + '%';
    mark.style.top = 100 * (current.y + 0.5) / data.height + '%';
  };
  place();

  const clip = (value, size) => Math.min(size - 1, Math.max(0, value));
  const choose = (x, y) => {
    current = { x: clip(x, data.width), y: clip(y, data.height) };
    place();
    setStateValue('pixel', current);
  };
  // A browser cuts a click's position to whole CSS pixels: the middle of that pixel is the best guess.
  image.onclick = (event) => {
    const box = image.getBoundingClientRect();
    choose(Math.floor((event.clientX + 0.5 - box.left) * data.width / box.width),
           Math.floor((event.clientY + 0.5 - box.top) * data.height / box.height));
  };
  image.onkeydown = (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const from = current || { x: data.width >> 1, y: data.height >> 1 };
    choose(from.x + step[0] * data.step, from.y + step[1] * data.step);
  };
}
"""

_picker = st.components.v2.component("gald_pixel_picker", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True)
class Dot:
    """One circle over the image; x, y and radius in image pixels, opacity in 0..1, color as CSS hex."""

    x: float
    y: float
    radius: float
    color: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """How the picker looks: alt text, largest height in CSS pixels, image pixels that an arrow key moves."""

    alt: str = "image"
    max_height: int = 560
    step: int = 1


def pixel_picker(
    image: NDArray[np.uint8],
    pixel: tuple[int, int] | None,
    dots: Sequence[Dot] = (),
    look: Look | None = None,
    *,
    key: str,
    on_pixel: Callable[[], None],
) -> None:
    """Show the image with a mark at pixel (x, y); a click or an arrow key calls on_pixel.

    The callback reads the new pixel with picked(key).

    Shape:
        image: (H, W, 3)
    """
    look = look or Look()
    source, signature = encoded(image)
    height, width = image.shape[:2]
    data = {
        "source": source,
        "signature": signature,
        "width": width,
        "height": height,
        "alt": look.alt,
        "maxHeight": look.max_height,
        "step": look.step,
        "pixel": {"x": pixel[0], "y": pixel[1]} if pixel else None,
        "dots": [asdict(dot) for dot in dots],
    }
    _picker(key=key, default={"pixel": None}, on_pixel_change=on_pixel, data=data)


def picked(key: str) -> tuple[int, int] | None:
    """(x, y) of the picker's last click, None before the first."""
    state = st.session_state.get(key)
    point = state["pixel"] if state else None
    return (int(point["x"]), int(point["y"])) if point else None


@st.cache_data(max_entries=16, show_spinner=False)
def encoded(image: NDArray[np.uint8]) -> tuple[str, str]:
    """Data address and sha256 of the image as a JPEG that the browser shows.

    Shape:
        image: (H, W, 3)
    """
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=92, subsampling=0)
    raw = buffer.getvalue()
    return "data:image/jpeg;base64," + base64.b64encode(raw).decode(), hashlib.sha256(raw).hexdigest()
