"""Files that a stranger uploads: each ends in a picture or in one sentence, and the page goes on."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from apps import store
from models.data.scenes import draw_scene

SCENE = Image.fromarray(draw_scene(3, (96, 160)).image)
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb() -> bytes:
    """60,000 x 60,000 pixels, ten gigabytes decoded, in 4 kB."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        _SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(4_000_000), 9)) + chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A small picture with a compressed text of 10 MB."""
    whole = saved(SCENE, "PNG")
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(10_000_000), 9))
    return whole[:33] + text + whole[33:]


def sixteen_bit() -> bytes:
    """Grey of 16 bits, as cameras and scanners write it."""
    return saved(Image.fromarray(np.asarray(SCENE.convert("L")).astype(np.uint16) * 257), "PNG")


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("index.html", "<script>alert(1)</script>")
    return buffer.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(SCENE, "JPEG", exif=exif)


def moving(kind: str) -> bytes:
    frames = [SCENE.transpose(Image.Transpose.FLIP_LEFT_RIGHT)] * 3
    return saved(SCENE, kind, save_all=True, append_images=frames, duration=50)


def see_through() -> bytes:
    image = SCENE.convert("P", palette=Image.Palette.ADAPTIVE)
    return saved(image, "PNG", transparency=0)


WHOLE = saved(SCENE, "JPEG")
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
# Name of the file -> its bytes, and the size of the picture, or what the sentence says.
UPLOADS: dict[str, tuple[Callable[[], bytes], tuple[int, int] | str]] = {
    "bomb.png": (bomb, "limit of 16000000 pixels"),
    "text-bomb.png": (text_bomb, "cannot be read|damaged"),
    "script.svg.png": (lambda: SVG, "cannot be read as an image"),
    "jpeg-and-zip.jpg": (lambda: WHOLE + archive(), (96, 160)),
    "jpeg-and-html.jpg": (lambda: WHOLE + b"<html><script>alert(1)</script></html>", (96, 160)),
    "zip.png": (archive, "cannot be read as an image"),
    "truncated.jpg": (lambda: WHOLE[: len(WHOLE) // 2], "damaged or truncated"),
    "empty.png": (lambda: b"", "is empty"),
    "16-bit.png": (sixteen_bit, (96, 160)),
    "cmyk.jpg": (lambda: saved(SCENE.convert("CMYK"), "JPEG"), (96, 160)),
    "turned.jpg": (turned, (160, 96)),
    "moving.gif.png": (lambda: moving("GIF"), r"cannot be read .*\(JPEG, PNG, WebP\)"),
    "moving.webp": (lambda: moving("WEBP"), (96, 160)),
    "moving.apng.png": (lambda: moving("PNG"), (96, 160)),
    "palette.png": (see_through, (96, 160)),
    "half-transparent.webp": (lambda: saved(SCENE.convert("LA"), "WEBP"), (96, 160)),
    "line.png": (lambda: saved(SCENE.resize((1, 300)), "PNG"), (300, 1)),
    "a-png-called.jpg": (lambda: saved(SCENE, "PNG"), (96, 160)),
    "a-tiff-called.png": (lambda: saved(SCENE, "TIFF"), "cannot be read as an image"),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_an_upload_is_a_picture_or_one_sentence(name):
    make, ends = UPLOADS[name]
    if isinstance(ends, tuple):
        picture = store.photograph(name, make())
        assert (picture.image.shape, picture.image.dtype) == ((*ends, 3), np.uint8)
        return
    with pytest.raises(ValueError, match=f"^the uploaded file .*({ends})"):
        store.photograph(name, make())


def test_the_first_frame_of_what_moves_is_shown():
    for kind in ("WEBP", "PNG"):
        shown = store.photograph("moving", moving(kind)).image.astype(int)
        assert np.abs(shown - np.asarray(SCENE).astype(int)).mean() < 12


def test_the_page_outlives_them_one_after_the_other(explorer):
    page = explorer(control__view="tokens", control__data="upload")
    for name in ("bomb.png", "jpeg-and-zip.jpg", "line.png"):
        page.file_uploader[0].set_value((name, UPLOADS[name][0](), "image/png")).run()
        assert not page.exception, name
        assert len(page.error) <= 1, name
        refused = isinstance(UPLOADS[name][1], str) or name == "line.png"
        assert bool(page.error) is refused, (name, [error.value for error in page.error])
