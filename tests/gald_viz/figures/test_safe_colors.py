import numpy as np
import pytest
from plotly.colors import sample_colorscale

from gald_viz.figures import theme
from gald_viz.figures.safe_colors import OKABE_ITO, VISIONS, safe_palette, seen_distance
from models.data.camvid import CLASSES as CAMVID
from models.data.scenes import CLASSES as SCENES


def closest(colors, vision):
    apart = seen_distance(colors, vision)
    return (apart + np.eye(len(colors)) * 1e6).min()


def test_distances_are_those_of_the_textbook():
    """CIELAB of the sRGB primaries under D65, as colour tables print it."""
    lab = np.array([[53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -107.86], [100, 0, 0]])

    found = seen_distance(np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]))

    np.testing.assert_allclose(found, np.linalg.norm(lab[:, None] - lab[None], axis=-1), atol=0.2)


def test_a_dichromat_sees_no_difference_along_his_line_of_confusion():
    """Two colours that differ by what his missing cone alone would see."""
    for vision in ("deuteranopia", "protanopia"):
        _, _, directions = np.linalg.svd(VISIONS[vision])
        lost = directions[-1] / np.abs(directions[-1]).max() * 0.1
        linear = np.clip(0.4 + np.array([lost, -lost]), 0, 1)
        pair = np.round(255 * (1.055 * linear ** (1 / 2.4) - 0.055))
        assert closest(pair, vision) < 3 < 8 < closest(pair, "normal")


@pytest.mark.parametrize("count", [2, 8, 11, 19, 21])
def test_every_eye_tells_the_offered_colours_apart(count):
    palette = safe_palette(count)

    assert palette.shape == (count, 3)
    assert [tuple(color) for color in palette[:8]] == list(OKABE_ITO[:count])
    for vision in VISIONS:
        assert closest(palette, vision) > 15


def test_the_scenes_are_safe_as_they_are_and_camvid_is_not():
    assert min(closest(SCENES.palette(), vision) for vision in VISIONS) > 15
    assert closest(CAMVID.palette(), "deuteranopia") < 5


@pytest.mark.parametrize("scale", [theme.HEAT_SCALE, theme.WEIGHT_SCALE])
@pytest.mark.parametrize("vision", VISIONS)
def test_nine_shades_of_a_sequential_scale_are_told_apart(scale, vision):
    colors = np.array(sample_colorscale(scale, np.linspace(0, 1, 9).tolist(), colortype="tuple")) * 255

    assert closest(colors, vision) > 5


def test_the_difference_scale_has_two_ends_for_every_eye():
    colors = np.array(sample_colorscale(theme.DIFFERENCE_SCALE, [0, 0.5, 1], colortype="tuple")) * 255

    assert all(closest(colors, vision) > 30 for vision in VISIONS)


def test_impossible_requests_are_refused():
    with pytest.raises(ValueError, match=r"217 classes.*0\.\.216"):
        safe_palette(217)
    with pytest.raises(ValueError, match="vision is 'x'"):
        seen_distance(np.zeros((2, 3), int), "x")
