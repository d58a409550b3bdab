import base64
import io

import numpy as np
import pytest
from PIL import Image
from plotly.colors import sample_colorscale

from gald_viz.figures import overlay


def decoded(uri):
    head, body = uri.split(",", 1)
    return head, np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


def test_ids_without_a_colour_are_shown_as_unlabelled():
    colors = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8)

    look = overlay.colorize(np.array([[0, 1, 255, -1]]), colors, unknown=(9, 9, 9))

    np.testing.assert_array_equal(look[0], [[1, 2, 3], [4, 5, 6], [9, 9, 9], [9, 9, 9]])


def test_blend_at_its_ends_and_in_the_middle():
    under, over = np.full((1, 1, 3), 10, np.uint8), np.full((1, 1, 3), 200, np.uint8)

    assert overlay.blend(under, over, 0.0)[0, 0, 0] == 10
    assert overlay.blend(under, over, 1.0)[0, 0, 0] == 200
    assert overlay.blend(under, over, 0.5)[0, 0, 0] == 105


def test_grey_keeps_white_and_pales_black():
    image = np.array([[[255, 255, 255], [0, 0, 0]]], dtype=np.uint8)

    np.testing.assert_allclose(overlay.grey(image)[0, :, 0], [255, 0], atol=1)
    np.testing.assert_allclose(overlay.grey(image, contrast=0.4)[0, :, 0], [255, 153], atol=1)


def test_heat_runs_through_the_scale_and_stops_at_its_ends():
    look = overlay.heat(np.array([[0.2, 0.5, 0.8, -4.0, 9.0]]), (0.2, 0.8), "Viridis")

    low, middle, high = (
        np.round(255 * np.array(c)) for c in sample_colorscale("Viridis", [0.0, 0.5, 1.0], colortype="tuple")
    )
    np.testing.assert_array_equal(look[0, [0, 3]], [low, low])
    np.testing.assert_array_equal(look[0, [2, 4]], [high, high])
    np.testing.assert_allclose(look[0, 1], middle, atol=2)


def test_a_constant_map_takes_the_low_end():
    look = overlay.heat(np.full((1, 2), 0.7), (0.7, 0.7), "Viridis")

    np.testing.assert_array_equal(look[0, 0], overlay.heat(np.zeros((1, 1)), (0, 1), "Viridis")[0, 0])


def test_error_look_is_white_where_right_mixed_where_wrong_and_grey_where_unknown():
    image = np.full((1, 3, 3), 100, np.uint8)
    predicted = np.full((1, 3, 3), 200, np.uint8)
    wrong = np.array([[True, False, False]])
    known = np.array([[True, True, False]])

    look = overlay.error_look(image, predicted, wrong, known)

    np.testing.assert_array_equal(look[0], [[150] * 3, [255] * 3, overlay.UNLABELLED])


def test_exact_pictures_lose_nothing_and_photographs_little():
    rgb = np.random.default_rng(0).integers(0, 256, (8, 10, 3), dtype=np.uint8)

    head, png = decoded(overlay.data_uri(rgb, exact=True))
    np.testing.assert_array_equal(png, rgb)
    assert head == "data:image/png;base64"

    head, jpeg = decoded(overlay.data_uri(rgb, exact=False))
    assert head == "data:image/jpeg;base64"
    assert np.abs(jpeg.astype(int) - rgb).mean() < 12


@pytest.mark.parametrize(("shape", "drawn"), [((40, 60), (40, 60)), ((1000, 2560), (500, 1280))])
def test_a_picture_covers_its_pixels_however_large(shape, drawn):
    trace = overlay.picture(np.zeros((*shape, 3), np.uint8))

    _, pixels = decoded(trace["source"])
    assert pixels.shape[:2] == drawn
    # A picture's first pixel is centred at x0 and dx wide: its edges are those of the image.
    assert trace["x0"] - trace["dx"] / 2 == -0.5
    assert trace["x0"] + (drawn[1] - 0.5) * trace["dx"] == shape[1] - 0.5
    assert trace["y0"] + (drawn[0] - 0.5) * trace["dy"] == shape[0] - 0.5
