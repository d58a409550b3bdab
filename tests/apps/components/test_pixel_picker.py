import base64
import io

import numpy as np
from PIL import Image

from apps.components.pixel_picker import encoded, picked


def test_the_browser_gets_a_jpeg_of_the_image():
    ramp = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], 32, axis=0).repeat(3, axis=2)

    source, _ = encoded(ramp)

    kind, data = source.split(",")
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert kind == "data:image/jpeg;base64"
    assert shown.shape == ramp.shape
    assert np.abs(shown.astype(int) - ramp).max() <= 8


def test_the_signature_tells_images_apart():
    black, white = (np.full((8, 8, 3), value, dtype=np.uint8) for value in (0, 255))

    assert encoded(black)[1] != encoded(white)[1]
    assert encoded(black)[1] == encoded(black.copy())[1]


def test_the_click_is_x_and_y(monkeypatch):
    import streamlit as st

    monkeypatch.setattr(st, "session_state", {"clicked": {"pixel": {"x": 3.0, "y": 4.0}}, "mounted": {"pixel": None}})

    assert picked("clicked") == (3, 4)
    assert picked("mounted") is None
    assert picked("elsewhere") is None
