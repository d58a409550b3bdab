import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from gald_viz.analysis.resize import bilinear, cell_at, cell_centres, nearest_labels

side = st.integers(1, 17)


@settings(max_examples=60, deadline=None)
@given(side, side, side, side, st.booleans())
def test_bilinear_equals_the_networks_resize(h, w, height, width, corners):
    values = np.random.default_rng(h * 100 + w).normal(size=(3, h, w)).astype(np.float32)

    ours = bilinear(values, (height, width), align_corners=corners)

    theirs = F.interpolate(torch.from_numpy(values)[None], (height, width), mode="bilinear", align_corners=corners)[0]
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)


def test_bilinear_by_hand():
    # Two cells on four pixels: centres at 0.5 and 2.5, so pixel 1 holds a quarter of the second cell.
    np.testing.assert_allclose(bilinear(np.array([[0.0, 4.0]]), (1, 4)), [[0, 1, 3, 4]])


@settings(max_examples=60, deadline=None)
@given(side, side, side, side)
def test_nearest_labels_takes_the_class_at_the_cell_centre(height, width, h, w):
    labels = np.random.default_rng(height * 100 + width).integers(0, 9, (height, width))

    ours = nearest_labels(labels, (h, w))

    theirs = F.interpolate(torch.from_numpy(labels)[None, None].double(), (h, w), mode="nearest-exact")
    np.testing.assert_array_equal(ours, theirs[0, 0].numpy().astype(int))


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_a_pixel_lies_within_half_a_cell_of_its_cells_centre(pixels, cells, data):
    x = data.draw(st.integers(0, pixels - 1))

    _, column = cell_at((x, 0), (1, pixels), (1, cells))

    assert abs(cell_centres(np.array([column]), pixels, cells)[0] - x) <= pixels / cells / 2 + 1e-9


def test_cells_outside_the_map_continue_the_grid():
    np.testing.assert_allclose(cell_centres(np.array([-1, 0, 1, 2]), pixels=16, count=2), [-4.5, 3.5, 11.5, 19.5])


def test_a_pixel_outside_the_image_is_refused():
    with pytest.raises(ValueError, match=r"\(64, 3\), must be within 0\.\.63, 0\.\.47"):
        cell_at((64, 3), (48, 64), (6, 8))


@pytest.mark.parametrize("resize", [nearest_labels, bilinear])
def test_an_empty_size_is_refused(resize):
    with pytest.raises(ValueError, match="must be \\(height, width\\)"):
        resize(np.zeros((4, 4)), (0, 4))
