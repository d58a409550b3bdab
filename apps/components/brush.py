"""A picture that is painted on: circles along the pointer's way, rectangles, or what a line goes round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from apps.components.pixel_picker import encoded

BRUSH, RECTANGLE, LASSO = "brush", "rectangle", "lasso"
TOOLS = (BRUSH, RECTANGLE, LASSO)
_MOST = 4000  # points of a stroke that a browser may send

_HTML = """
<div class="wrap" data-testid="brush">
  <img draggable="false">
  <svg preserveAspectRatio="none" aria-hidden="true"></svg>
</div>"""

_CSS = """
.wrap { position: relative; width: 100%; line-height: 0; touch-action: none; }
img { width: 100%; cursor: crosshair; user-select: none; border-radius: 3px; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; overflow: hidden; }
svg * { opacity: 0.55; }
"""

# Text from outside travels in `data` and is set as an attribute or text, never as markup.
_JS = """
const SVG = 'http://www.w3.org/2000/svg';

function shape(stroke) {
  const [x0, y0] = stroke.points[0], [x1, y1] = stroke.points[stroke.points.length - 1];
  const box = stroke.tool === 'rectangle', lasso = stroke.tool === 'lasso';
  const element = document.createElementNS(SVG, box ? 'rect' : lasso ? 'polygon' : 'polyline');
  const values = box
    ? { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0) + 1, height: Math.abs(y1 - y0) + 1,
        fill: '#ffd400' }
    : lasso
    ? { points: stroke.points.map((point) => point.join(',')).join(' '), fill: '#ffd400', stroke: '#ffd400' }
    : { points: [...stroke.points, [x1 + 0.01, y1]].map((point) => point.join(',')).join(' '), fill: 'none',
        stroke: '#ffd400', 'stroke-width': 2 * stroke.radius, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
  return element;
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const wrap = parentElement.querySelector('.wrap');
  const image = wrap.querySelector('img'), drawing = wrap.querySelector('svg');
  if (image.dataset.signature !== data.signature) {
    image.src = data.source;
    image.dataset.signature = data.signature;
  }
  image.alt = data.alt;
  wrap.style.maxWidth = data.maxHeight * data.width / data.height + 'px';
  drawing.setAttribute('viewBox', `0 0 ${data.width} ${data.height}`);
  const draw = (strokes) => drawing.replaceChildren(...strokes.map(shape));
  draw(data.strokes);
  wrap.dataset.strokes = data.strokes.length;

  const place = (event) => {
    const box = image.getBoundingClientRect();
    const at = (value, low, length, size) => Math.min(size - 1, Math.max(0, Math.floor((value - low) * size / length)));
    return [at(event.clientX, box.left, box.width, data.width), at(event.clientY, box.top, box.height, data.height)];
  };
  let stroke = null;
  image.onpointerdown = (event) => {
    event.preventDefault();
    image.setPointerCapture(event.pointerId);
    stroke = { tool: data.tool, radius: data.radius, points: [place(event)] };
    draw([...data.strokes, stroke]);
  };
  image.onpointermove = (event) => {
    if (!stroke || stroke.points.length >= data.most) return;
    stroke.points.push(place(event));
    draw([...data.strokes, stroke]);
  };
  const finish = () => {
    if (!stroke) return;
    const ended = stroke;
    stroke = null;
    setStateValue('stroke', { ...ended, number: Date.now() });
  };
  image.onpointerup = finish;
  image.onpointercancel = finish;
}
"""

_brush = st.components.v2.component("gald_brush", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True)
class Stroke:
    """One movement of the pointer: the tool, the brush's radius and the points (x, y), in image pixels."""

    tool: str
    radius: float
    points: tuple[tuple[int, int], ...]


def brush(
    image: NDArray[np.uint8],
    strokes: Sequence[Stroke],
    tool: str,
    radius: float,
    *,
    key: str,
    on_stroke: Callable[[], None],
) -> None:
    """Show the image (H, W, 3) with strokes on it; a further one calls on_stroke, which reads it with drawn(key)."""
    source, signature = encoded(image)
    data = {
        "source": source,
        "signature": signature,
        "width": image.shape[1],
        "height": image.shape[0],
        "alt": "The image: paint where the edit is to be",
        "maxHeight": 430,
        "most": _MOST,
        "tool": tool,
        "radius": radius,
        "strokes": [{"tool": s.tool, "radius": s.radius, "points": [list(p) for p in s.points]} for s in strokes],
    }
    _brush(key=key, default={"stroke": None}, on_stroke_change=on_stroke, data=data)


def drawn(key: str) -> Stroke | None:
    """The stroke that was drawn last, None before the first."""
    state = st.session_state.get(key)
    return read_stroke(state["stroke"]) if state and state["stroke"] else None


def read_stroke(sent: Mapping[str, Any]) -> Stroke:
    """A stroke as a browser sends it.

    Raises:
        ValueError: if it is none.
    """
    try:
        points = tuple((int(x), int(y)) for x, y in sent["points"][:_MOST])
        stroke = Stroke(str(sent["tool"]), float(sent["radius"]), points)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError("the browser sent no stroke; paint again.") from error
    if not points or stroke.tool not in TOOLS or not 0 < stroke.radius < 1e4:
        raise ValueError("the browser sent no stroke; paint again.")
    return stroke


def painted(strokes: Sequence[Stroke], size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) pixels under any of the strokes."""
    region = np.zeros(size, dtype=bool)
    for stroke in strokes:
        if stroke.tool == RECTANGLE:
            (x0, y0), (x1, y1) = stroke.points[0], stroke.points[-1]
            region[max(min(y0, y1), 0) : max(y0, y1) + 1, max(min(x0, x1), 0) : max(x0, x1) + 1] = True
        elif stroke.tool == LASSO:
            region |= _enclosed(stroke.points, size)
        else:
            for start, end in zip(stroke.points, stroke.points[1:] or stroke.points, strict=False):
                _capsule(region, start, end, stroke.radius)
    return region


def _enclosed(points: Sequence[tuple[int, int]], size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) pixels on and within the closed line through the points."""
    canvas = Image.new("1", (size[1], size[0]))
    ImageDraw.Draw(canvas).polygon([*points, points[0]], fill=1, outline=1)
    return np.asarray(canvas, dtype=bool)


def _capsule(region: NDArray[np.bool_], start: tuple[int, int], end: tuple[int, int], radius: float) -> None:
    """Mark the pixels within `radius` of the segment from start to end."""
    reach = int(np.ceil(radius))
    left, top = max(min(start[0], end[0]) - reach, 0), max(min(start[1], end[1]) - reach, 0)
    part = region[top : max(start[1], end[1]) + reach + 1, left : max(start[0], end[0]) + reach + 1]
    y, x = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
    along = np.array([end[0] - start[0], end[1] - start[1]], dtype=float)
    length = float(along @ along)
    place = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length if length else np.zeros(part.shape)
    place = np.clip(place, 0, 1)
    part |= (x - start[0] - place * along[0]) ** 2 + (y - start[1] - place * along[1]) ** 2 <= radius**2
