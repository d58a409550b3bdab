import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.data.classes import ClassSet
from models.data.images import (
    check_sizes_match,
    colorize,
    read_image,
    read_label,
    read_rgb_label,
    write_label,
)

CLASSES = ClassSet(("road", "car"), ((10, 20, 30), (200, 0, 0)))


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def handmade_png(width: int, height: int, depth: int, color_type: int, rows: bytes = b"") -> bytes:
    """A PNG written chunk by chunk, without the library under test."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_an_rgb_png_comes_back_pixel_by_pixel(tmp_path):
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path)

    np.testing.assert_array_equal(read_image(path), pixels)
    np.testing.assert_array_equal(read_image(str(path)), pixels)
    np.testing.assert_array_equal(read_image(path.read_bytes()), pixels)


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95})])
def test_jpeg_and_webp_are_read(kind, options):
    image = read_image(encoded(Image.new("RGB", (16, 8), (200, 100, 50)), kind, **options))

    assert image.shape == (8, 16, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - [200, 100, 50]).max() <= 4


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [[0, 1, 2], [3, 4, 5]]),
        (2, [[2, 1, 0], [5, 4, 3]]),
        (3, [[5, 4, 3], [2, 1, 0]]),
        (4, [[3, 4, 5], [0, 1, 2]]),
        (5, [[0, 3], [1, 4], [2, 5]]),
        (6, [[3, 0], [4, 1], [5, 2]]),
        (7, [[5, 2], [4, 1], [3, 0]]),
        (8, [[2, 5], [1, 4], [0, 3]]),
        (77, [[0, 1, 2], [3, 4, 5]]),
    ],
)
def test_the_orientation_of_the_camera_is_applied(orientation, expected):
    stored = Image.fromarray(np.array([[0, 1, 2], [3, 4, 5]], dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation

    assert read_image(encoded(stored, exif=exif))[..., 0].tolist() == expected


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_broken_exif_block_does_not_refuse_the_photograph():
    data = encoded(Image.new("RGB", (8, 8)), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")

    assert read_image(data).shape == (8, 8, 3)


def test_transparent_pixels_turn_white():
    pixels = np.array([[[255, 0, 0, 255], [255, 0, 0, 0]]], dtype=np.uint8)

    assert read_image(encoded(Image.fromarray(pixels))).tolist() == [[[255, 0, 0], [255, 255, 255]]]


def test_a_transparent_palette_entry_turns_white():
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8)).convert("P")
    image.putpalette([9, 9, 9, 70, 80, 90])

    assert read_image(encoded(image, transparency=0)).tolist() == [[[255, 255, 255], [70, 80, 90]]]


def test_grey_palette_two_level_and_16_bit_images_become_rgb():
    grey = Image.fromarray(np.array([[0, 128, 255]], dtype=np.uint8))
    assert read_image(encoded(grey))[0].tolist() == [[0] * 3, [128] * 3, [255] * 3]

    two_level = Image.fromarray(np.array([[False, True, True]]))
    assert read_image(encoded(two_level))[0, :, 0].tolist() == [0, 255, 255]

    deep = Image.fromarray(np.array([[0, 257 * 77, 65535]], dtype=np.uint16))
    assert read_image(encoded(deep))[0, :, 0].tolist() == [0, 77, 255]


def test_a_cmyk_jpeg_keeps_its_colours():
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))

    image = read_image(encoded(red, "JPEG", quality=95)).astype(int)

    assert image[..., 0].min() > 230
    assert image[..., 1:].max() < 25


def test_a_bomb_is_refused_from_its_header_alone():
    small_file = handmade_png(30_000, 5_000, depth=1, color_type=0)
    assert len(small_file) < 100

    with pytest.raises(ValueError, match="limit of 16000000 pixels; shrink"):
        read_image(small_file)
    with pytest.raises(ValueError, match="limit is 16000000; shrink"):
        read_image(handmade_png(5_000, 4_000, depth=1, color_type=0))


def test_limits_can_be_set():
    data = encoded(Image.new("RGB", (20, 10)))

    assert read_image(data, max_pixels=200).shape == (10, 20, 3)
    with pytest.raises(ValueError, match="10x20 pixels, the limit is 199"):
        read_image(data, max_pixels=199)
    with pytest.raises(ValueError, match=rf"has {len(data)} bytes, the limit is 10"):
        read_image(data, max_bytes=10)


def test_files_that_cannot_be_read_are_named_with_the_fix(tmp_path):
    missing = tmp_path / "none.png"
    with pytest.raises(ValueError, match=r"none\.png cannot be opened \(no such file.*check the path"):
        read_image(missing)
    with pytest.raises(ValueError, match=r"cannot be opened \(is a directory"):
        read_image(tmp_path)
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    with pytest.raises(ValueError, match=r"empty\.png is empty"):
        read_image(empty)
    with pytest.raises(ValueError, match=r"uploaded file cannot be read.*\(JPEG, PNG, WebP\); convert"):
        read_image(b"hello, this is a text")
    with pytest.raises(ValueError, match="convert"):
        read_image(encoded(Image.new("RGB", (4, 4)), "BMP"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_image_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)

    with pytest.raises(ValueError, match=r"uploaded file .* again\."):
        read_image(data[: len(data) // 2])


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(["PNG", "JPEG", "WEBP"]), cut=st.integers(0, 400), flips=st.data())
def test_damaged_bytes_raise_nothing_but_value_error(kind, cut, flips):
    data = bytearray(encoded(Image.new("RGB", (9, 7), (50, 100, 150)), kind))
    for _ in range(flips.draw(st.integers(0, 4))):
        data[flips.draw(st.integers(0, len(data) - 1))] = flips.draw(st.integers(0, 255))
    data = bytes(data[: max(1, len(data) - cut)])

    try:
        image = read_image(data)
    except ValueError as error:
        assert str(error).startswith("the uploaded file")
        return
    assert image.ndim == 3


def test_ids_are_read_from_grey_palette_and_16_bit_labels(tmp_path):
    ids = np.array([[0, 1, 255], [1, 0, 2]], dtype=np.uint8)
    palette = Image.fromarray(ids).convert("P")
    palette.putpalette([200, 100, 0] * 256)

    for image in (Image.fromarray(ids), palette, Image.fromarray(ids.astype(np.uint16))):
        path = tmp_path / "label.png"
        image.save(path)
        label = read_label(path)
        assert label.dtype == np.int64
        np.testing.assert_array_equal(label, ids)


def test_ids_above_255_survive():
    deep = Image.fromarray(np.array([[300, 40_000]], dtype=np.uint16))

    assert read_label(encoded(deep)).tolist() == [[300, 40_000]]


@pytest.mark.parametrize(
    ("depth", "row", "expected"),
    [(1, b"\x00\xa0", [1, 0, 1]), (2, b"\x00\x1b", [0, 1, 2, 3]), (4, b"\x00\x1f\x70", [1, 15, 7])],
)
def test_grey_labels_of_few_bits_are_not_stretched(depth, row, expected):
    data = handmade_png(len(expected), 1, depth=depth, color_type=0, rows=row)

    assert read_label(data).tolist() == [expected]


def test_an_rgb_file_is_no_id_label():
    with pytest.raises(ValueError, match=r"RGB colours.*read_rgb_label"):
        read_label(encoded(Image.new("RGB", (2, 2))))


def test_a_jpeg_is_no_label():
    with pytest.raises(ValueError, match=r"\(PNG\)"):
        read_label(encoded(Image.new("L", (8, 8)), "JPEG"))


def test_colours_become_ids_and_the_void_colour_the_ignore_id():
    shown = np.array([[[200, 0, 0], [10, 20, 30]], [[0, 0, 0], [200, 0, 0]]], dtype=np.uint8)

    label = read_rgb_label(encoded(Image.fromarray(shown)), CLASSES.colors, ignore_color=(0, 0, 0))

    assert label.tolist() == [[1, 0], [255, 1]]


def test_an_unknown_colour_is_named_with_its_place():
    shown = np.zeros((3, 4, 3), dtype=np.uint8) + np.array([10, 20, 30], dtype=np.uint8)
    shown[2, 1] = (10, 20, 31)

    with pytest.raises(ValueError, match=r"colour \(10, 20, 31\) at row 2, column 1.*add it"):
        read_rgb_label(encoded(Image.fromarray(shown)), CLASSES.colors)


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99))
def test_a_written_label_reads_back_as_ids_and_as_colours(tmp_path_factory, height, width, seed):
    label = np.random.default_rng(seed).choice([0, 1, 255], (height, width))
    path = tmp_path_factory.mktemp("label") / "label.png"

    write_label(path, label, CLASSES)

    np.testing.assert_array_equal(read_label(path), label)
    np.testing.assert_array_equal(read_rgb_label(path, CLASSES.colors, ignore_color=(0, 0, 0)), label)
    np.testing.assert_array_equal(read_image(path), colorize(label, CLASSES))


def test_ids_beyond_a_byte_are_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"from 0 to 256.*ignore id"):
        write_label(tmp_path / "label.png", np.array([[0, 256]]), CLASSES)


def test_colorize_paints_known_ids_and_leaves_the_rest_black():
    painted = colorize(np.array([[0, 1, 2, 255, -1]]), CLASSES)

    assert painted.tolist() == [[[10, 20, 30], [200, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]]


def test_a_label_of_another_size_is_refused():
    image = np.zeros((4, 6, 3), np.uint8)
    check_sizes_match(image, np.zeros((4, 6), np.int64), "a")

    with pytest.raises(ValueError, match=r"label of a is 6x4, its image is 4x6"):
        check_sizes_match(image, np.zeros((6, 4), np.int64), "a")
