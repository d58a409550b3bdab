"""A view as a file: its picture, or the arrays behind it, with what made it.

Every file carries the provenance: a PNG as text, an SVG as metadata, an HTML page as JSON, an NPZ as an entry, and all
drawn ones, a PDF too, as a line below the picture.
"""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gald_viz.types import Capture

DRAWN = ("png", "svg", "pdf", "html")
FORMATS = (*DRAWN, "npz")
KEY = "gald"  # of the PNG's text, the SVG's metadata, the page's JSON and the NPZ's entry
_SCALE = 3  # 900 px of layout are 2700 px: three inches hold 900 dots each
_LINE = 34  # pixels below the picture for the line that says what made it


def provenance_of(capture: Capture, view: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader needs to make the picture again, as plain values.

    Args:
        capture: what the network held.
        view: name of the view.
        state: values of its controls; what is no plain value is left out.
    """
    plain = {key: value for key, value in state.items() if isinstance(value, str | int | float | bool | tuple)}
    return {"view": view, "controls": plain, "stages": sorted(capture.stages), **dict(capture.provenance)}


def drawn_file(figure: Any, kind: str, provenance: Mapping[str, Any]) -> bytes:
    """A plotly figure as a file.

    Args:
        figure: with its height; it is not changed.
        kind: ``png`` (three times the layout's pixels), ``svg`` or ``pdf`` (text as text), or ``html`` (a page that
            needs no network, with zoom and hover).
        provenance: of provenance_of.

    Raises:
        ValueError: if there is no such format, or it needs a Chromium and none is found.
    """
    if kind not in DRAWN:
        raise ValueError(f"format is {kind!r}, must be one of {list(DRAWN)}.")
    signed = _signed(figure, provenance)
    if kind == "html":
        return _page(signed, provenance)
    raw = _rendered(signed, kind)
    if kind == "png":
        return _png(raw, provenance)
    return _svg(raw, provenance) if kind == "svg" else raw


def arrays_file(capture: Capture, label: NDArray[np.int64] | None, provenance: Mapping[str, Any]) -> bytes:
    """Image, answer, label and every stage that was captured, as an NPZ.

    Names: ``image`` (H, W, 3) uint8, ``prediction`` and ``label`` (H, W) int64, ``confidence`` (H, W) float32, the
    stages under their own names, ``class_names``, and ``gald``, the provenance as JSON.
    """
    arrays: dict[str, Any] = {
        "image": capture.image,
        "prediction": capture.prediction,
        "confidence": capture.confidence,
        **capture.stages,
        "class_names": np.array(capture.class_names),
        KEY: np.array(json.dumps(dict(provenance))),
    }
    if label is not None:
        arrays["label"] = label
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def signature(provenance: Mapping[str, Any]) -> str:
    """The line below a drawn picture."""
    weights = str(provenance.get("checkpoint_sha256", ""))[:12]
    controls = ", ".join(f"{key} {value}" for key, value in provenance["controls"].items())
    parts = (
        f"{provenance.get('checkpoint', '')} ({weights})",
        provenance.get("image", ""),
        provenance["view"],
        controls,
    )
    return " · ".join(str(part) for part in parts if part)


def _signed(figure: Any, provenance: Mapping[str, Any]) -> Any:
    signed = copy.deepcopy(figure)
    bottom = (signed.layout.margin.b or 0) + _LINE
    signed.update_layout(height=(signed.layout.height or 450) + _LINE, margin_b=bottom)
    signed.add_annotation(
        # Plotly reads some markup in texts; names are data.
        text=escape(signature(provenance)),
        x=0,
        y=0,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        xshift=8 - (signed.layout.margin.l or 0),
        yshift=6 - bottom,
        showarrow=False,
        font={"size": 9, "color": "#667085"},
    )
    return signed


def _rendered(figure: Any, kind: str) -> bytes:
    try:
        # Kaleido starts a browser, which takes seconds; nobody else waits for its import.
        return figure.to_image(kind, width=900, height=figure.layout.height, scale=_SCALE if kind == "png" else 1)
    except (RuntimeError, ValueError, ImportError) as error:
        raise ValueError(
            f"{kind} cannot be drawn: {str(error).splitlines()[0]} Install Chromium or Chrome, or export HTML."
        ) from error


def _png(raw: bytes, provenance: Mapping[str, Any]) -> bytes:
    note, buffer = PngInfo(), io.BytesIO()
    note.add_itxt(KEY, json.dumps(dict(provenance)))
    Image.open(io.BytesIO(raw)).save(buffer, "PNG", pnginfo=note, dpi=(300, 300))
    return buffer.getvalue()


def _svg(raw: bytes, provenance: Mapping[str, Any]) -> bytes:
    start = raw.index(b">", raw.index(b"<svg")) + 1
    note = f'<metadata id="{KEY}">{escape(json.dumps(dict(provenance)))}</metadata>'
    return raw[:start] + note.encode() + raw[start:]


def _page(figure: Any, provenance: Mapping[str, Any]) -> bytes:
    body = figure.to_html(full_html=True, include_plotlyjs=True)
    # "</" would end the element early.
    note = json.dumps(dict(provenance)).replace("</", "<\\/")
    element = f'<script type="application/json" id="{KEY}">{note}</script>'
    return body.replace("<head>", f"<head>{element}", 1).encode()
