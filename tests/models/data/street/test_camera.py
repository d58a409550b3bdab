from dataclasses import replace

import numpy as np
import pytest

from models.data.street.camera import NEAR, Camera, Patch, board, upright

CAMERA = Camera(height=100, width=200, focal=100, horizon=50, centre=100, eye=1, offset=0, bend=0)


def seen(patch: Patch | None) -> Patch:
    assert patch is not None
    return patch


def test_points_are_projected_through_the_pinhole():
    assert CAMERA.column(3, 10) == 130
    assert CAMERA.row(0, 10) == 60
    assert CAMERA.row(1, 10) == 50
    assert replace(CAMERA, offset=1).column(3, 10) == 120
    # A road that has bent by 0.02 * 10 * 10 = 2 m.
    assert replace(CAMERA, bend=0.02).column(3, 10) == 150


def test_a_board_covers_the_pixels_whose_centres_it_covers():
    patch = seen(board(CAMERA, (0, 10), width=2, top=2))

    assert (patch.rows, patch.columns) == (slice(40, 60), slice(90, 110))
    assert patch.inside.all()
    np.testing.assert_allclose(patch.along[0, [0, -1]], [-0.95, 0.95], atol=1e-6)
    np.testing.assert_allclose(patch.up[[0, -1], 0], [1.95, 0.05], atol=1e-6)
    np.testing.assert_allclose(patch.depth, 10)


def test_metres_along_a_receding_wall_follow_the_perspective():
    patch = seen(upright(CAMERA, (1, 2), (1, 10), top=3))

    # x = 1 is seen at column 100 + 100 / z.
    z = 100 / (np.arange(110, 150) + 0.5 - 100)
    assert patch.columns == slice(110, 150)
    np.testing.assert_allclose(patch.depth[0], z, rtol=1e-6)
    np.testing.assert_allclose(patch.along[0], z - 2, atol=1e-5)
    rows = np.arange(patch.rows.start, patch.rows.stop) + 0.5
    height = 1 - (rows[:, None] - 50) * z / 100
    clear = (np.abs(height) > 1e-5) & (np.abs(height - 3) > 1e-5)
    assert clear.mean() > 0.98
    np.testing.assert_array_equal(patch.inside[clear], ((height >= 0) & (height < 3))[clear])


def test_a_wall_that_starts_behind_the_camera_keeps_its_metres():
    patch = seen(upright(CAMERA, (0.5, -6), (0.5, 10), top=1))

    z = 50 / (np.arange(patch.columns.start, patch.columns.stop) + 0.5 - 100)
    assert z.max() == pytest.approx(10, rel=0.1)
    assert z.min() == pytest.approx(NEAR, rel=0.1)
    np.testing.assert_allclose(patch.along[0], z + 6, atol=1e-4)


@pytest.mark.parametrize("start", [(0, -5), (0, NEAR - 0.01)])
def test_nothing_is_seen_of_what_is_behind_the_camera(start):
    assert upright(CAMERA, start, (1, 0), top=2) is None


def test_nothing_is_seen_of_what_is_outside_the_image_or_between_pixels():
    assert board(CAMERA, (50, 10), width=2, top=2) is None
    assert board(CAMERA, (0.0, 10), width=2, top=40, bottom=30) is None
    assert board(CAMERA, (0.0, 10), width=0.05, top=2) is None
