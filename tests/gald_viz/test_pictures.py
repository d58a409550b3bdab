import numpy as np
import pytest

from gald_viz.pictures import fitted


def test_an_image_within_the_limit_is_left_alone():
    image, label = np.zeros((20, 30, 3), dtype=np.uint8), np.zeros((20, 30), dtype=np.int64)

    kept = fitted(image, label, max_pixels=600)

    assert kept.image is image and kept.label is label and kept.remark == ""


@pytest.mark.parametrize(("size", "expected"), [((40, 60), (20, 30)), ((2, 1200), (1, 600)), ((25, 25), (24, 24))])
def test_a_large_image_is_shrunk_to_the_limit_in_its_own_shape(size, expected):
    small = fitted(np.zeros((*size, 3), dtype=np.uint8), max_pixels=600)

    assert small.image.shape == (*expected, 3)
    assert f"{size[1]} × {size[0]} pixels" in small.remark and f"at {expected[1]} × {expected[0]}." in small.remark


def test_the_label_is_shrunk_with_its_image():
    label = np.arange(8 * 8).reshape(8, 8)

    small = fitted(np.zeros((8, 8, 3), dtype=np.uint8), label, max_pixels=16)

    # The label at the middle of each 2x2 block, which is its last pixel.
    np.testing.assert_array_equal(small.label, label[1::2, 1::2])
