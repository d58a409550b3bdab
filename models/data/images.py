"""Image and label files to arrays and back; every fault of a file is one ValueError.

Nothing is decoded before its header has been checked, so a small file cannot unfold into gigabytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from models.data.classes import IGNORE, ClassSet

MAX_PIXELS = 16_000_000
MAX_BYTES = 20 << 20

Source = str | Path | bytes
Color = tuple[int, int, int]

_FORMATS = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class LabelPixels:
    """A label file as it is stored.

    Attributes:
        ids: (H, W) int64 values of a grey or palette image, None for an RGB image.
        colors: (H, W, 3) uint8 colours that the image shows.
    """

    ids: NDArray[np.int64] | None
    colors: NDArray[np.uint8]


def read_image(source: Source, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES) -> NDArray[np.uint8]:
    """Read a JPEG, PNG or WebP image upright, as RGB on white where it is transparent.

    Args:
        source: path, or the bytes of a file.
        max_pixels: images with more pixels are refused before they are decoded.
        max_bytes: larger files are refused before they are read.

    Shape:
        returns (H, W, 3) uint8

    Raises:
        ValueError: if the file is missing, empty, too large, of another format or damaged.
    """
    name, data = _read_bytes(source, max_bytes)
    image = _decode(name, data, tuple(_FORMATS), max_pixels)
    return np.array(_to_rgb(_upright(image)))


def read_label_pixels(source: Source, max_pixels: int = MAX_PIXELS) -> LabelPixels:
    """Read a label PNG as ids, where it stores ids, and as colours.

    Raises:
        ValueError: if the file is missing, empty, too large, no PNG or damaged.
    """
    name, data = _read_bytes(source, MAX_BYTES)
    image = _decode(name, data, ("PNG",), max_pixels)
    return LabelPixels(_stored_ids(image, data), np.array(_to_rgb(image, background=None)))


def read_label(source: Source, max_pixels: int = MAX_PIXELS) -> NDArray[np.int64]:
    """Read the ids of a grey (1 to 16 bits) or palette PNG.

    Shape:
        returns (H, W) int64

    Raises:
        ValueError: if the file cannot be read, or holds colours instead of ids.
    """
    name, data = _read_bytes(source, MAX_BYTES)
    ids = _stored_ids(_decode(name, data, ("PNG",), max_pixels), data)
    if ids is None:
        raise ValueError(
            f"{name} holds RGB colours, a label of ids must be a grey or palette PNG; "
            "take the original file, or read it with read_rgb_label() and the class colours."
        )
    return ids


def read_rgb_label(
    source: Source,
    colors: Sequence[Color],
    ignore_color: Color | None = None,
    ignore_id: int = IGNORE,
) -> NDArray[np.int64]:
    """Read a label PNG that shows each class in its colour.

    Args:
        source: path, or the bytes of a file.
        colors: K RGB triples; a pixel's id is the position of its colour.
        ignore_color: colour of pixels that get the ignore id.
        ignore_id: their id.

    Shape:
        returns (H, W) int64

    Raises:
        ValueError: if the file cannot be read, or a pixel has a colour that no class has.
    """
    shown = read_label_pixels(source).colors
    ids = ids_of_colors(shown, colors, ignore_color, ignore_id)
    row, column = first_position(ids < 0)
    if row >= 0:
        raise ValueError(
            f"{_name(source)} has colour {tuple(shown[row, column].tolist())} at row {row}, column {column}, "
            f"which no class has; add it to the colours, or repaint it in one of {len(colors)} class colours."
        )
    return ids


def ids_of_colors(
    shown: NDArray[np.uint8],
    colors: Sequence[Color],
    ignore_color: Color | None = None,
    ignore_id: int = IGNORE,
) -> NDArray[np.int64]:
    """Position of each pixel's colour in colors, the ignore id for ignore_color, -1 where there is none.

    Shape:
        shown: (H, W, 3) -> (H, W) int64
    """
    triples = list(colors) + ([ignore_color] if ignore_color is not None else [])
    values = list(range(len(colors))) + ([ignore_id] if ignore_color is not None else [])
    known = _codes(np.array(triples, dtype=np.int64).reshape(-1, 3))
    order = np.argsort(known, kind="stable")
    codes = _codes(shown)
    place = np.minimum(np.searchsorted(known[order], codes), len(order) - 1)
    return np.where(known[order][place] == codes, np.array(values, dtype=np.int64)[order][place], -1)


def first_position(where: NDArray[np.bool_]) -> tuple[int, int]:
    """Row and column of the first True pixel, (-1, -1) if there is none."""
    index = int(where.argmax())
    return divmod(index, where.shape[1]) if where.flat[index] else (-1, -1)


def check_sizes_match(image: NDArray[np.uint8], label: NDArray[np.int64], name: str | Path) -> None:
    """Refuse a label (H, W) that is not as large as its image (H, W, 3).

    Raises:
        ValueError: naming both sizes.
    """
    if image.shape[:2] != label.shape:
        raise ValueError(
            f"label of {name} is {_size(label.shape)}, its image is {_size(image.shape)} (height x width); "
            "give a label of the image's size."
        )


def colorize(label: NDArray[np.integer], classes: ClassSet) -> NDArray[np.uint8]:
    """Paint each id in its class colour and everything else black.

    Shape:
        label: (H, W) -> (H, W, 3) uint8
    """
    table = np.concatenate([classes.palette(), np.zeros((1, 3), np.uint8)])
    known = (label >= 0) & (label < len(classes))
    return table[np.where(known, label, len(classes))]


def write_label(path: str | Path, label: NDArray[np.integer], classes: ClassSet) -> None:
    """Write ids (H, W) as a palette PNG: the value is the id, the palette shows the class colours.

    Raises:
        ValueError: if an id does not fit into 0..255.
    """
    if label.size and (label.min() < 0 or label.max() > 255):
        raise ValueError(
            f"ids to write to {path} reach from {label.min()} to {label.max()}, a palette PNG holds 0..255; "
            "map the others to the ignore id."
        )
    image = Image.fromarray(label.astype(np.uint8)).convert("L")
    palette = np.zeros((256, 3), dtype=np.uint8)
    palette[: len(classes)] = classes.palette()[:256]
    image.putpalette(palette.tobytes())
    image.save(path, format="PNG")


def _name(source: Source) -> str:
    return "the uploaded file" if isinstance(source, bytes) else str(source)


def _size(shape: Sequence[int]) -> str:
    return f"{shape[0]}x{shape[1]}"


def _codes(colors: NDArray) -> NDArray[np.int64]:
    wide = colors.astype(np.int64)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]


def _read_bytes(source: Source, max_bytes: int) -> tuple[str, bytes]:
    name = _name(source)
    try:
        length = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
        if length > max_bytes:
            raise ValueError(
                f"{name} has {length} bytes, the limit is {max_bytes}; save it smaller or more compressed."
            )
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ValueError(f"{name} cannot be opened ({reason}); check the path and its permissions.") from error
    if not data:
        raise ValueError(f"{name} is empty (0 bytes); save or copy the image again.")
    return name, data


def _decode(name: str, data: bytes, formats: tuple[str, ...], max_pixels: int) -> Image.Image:
    allowed = ", ".join(_FORMATS[entry] for entry in formats)
    # Decoders meet arbitrary bytes and raise whatever comes up (struct.error, SyntaxError, IndexError, ...),
    # so nothing narrower than Exception keeps their errors inside.
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"{name} is far larger than the limit of {max_pixels} pixels; shrink the image.") from error
    except Exception as error:
        raise ValueError(
            f"{name} cannot be read as an image of a format in ({allowed}); convert or save it again."
        ) from error
    if image.width * image.height > max_pixels:
        raise ValueError(
            f"{name} has {image.height}x{image.width} pixels, the limit is {max_pixels}; shrink the image."
        )
    try:
        image.load()
    except Exception as error:
        raise ValueError(f"{name} is damaged or truncated; save or copy the image again.") from error
    return image


def _upright(image: Image.Image) -> Image.Image:
    # Cameras write broken EXIF blocks; a photograph is not refused for that.
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        return image
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image, background: str | None = "white") -> Image.Image:
    if image.mode.startswith("I"):
        return _from_16_bits(image).convert("RGB")
    if background is None or not image.has_transparency_data:
        return image.convert("RGBA" if image.has_transparency_data else "RGB").convert("RGB")
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, background), layers).convert("RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    values = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _stored_ids(image: Image.Image, png: bytes) -> NDArray[np.int64] | None:
    if image.mode not in ("1", "L", "P", "I", "I;16"):
        return None
    return np.asarray(image).astype(np.int64) // _grey_step(png)


def _grey_step(png: bytes) -> int:
    # Pillow stretches grey of 2 and 4 bits to 0..255; bytes 24 and 25 tell depth and colour type.
    depth, color_type = png[24], png[25]
    return {2: 85, 4: 17}.get(depth, 1) if color_type == 0 else 1
