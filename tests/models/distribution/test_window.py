import pytest
import torch

from models.distribution.window import Window, samples_inside


def test_offsets_are_row_major_and_dilated():
    assert Window(3, 2).offsets() == [(-2, -2), (-2, 0), (-2, 2), (0, -2), (0, 0), (0, 2), (2, -2), (2, 0), (2, 2)]
    assert Window(1, 7).offsets() == [(0, 0)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kernel": 4}, "kernel is 4, must be odd"),
        ({"kernel": -1}, "kernel is -1"),
        ({"dilation": 0}, "dilation is 0, must be >= 1"),
        ({"border": "reflect"}, r"'reflect', must be one of \('zero', 'exclude'\)"),
    ],
)
def test_wrong_windows_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Window(**wrong)


def test_samples_inside_a_row_of_three():
    inside = samples_inside(1, 3, Window(3, 2))

    # Only the middle row of the window is on the map; left needs x >= 2, right needs x <= 0.
    expected = torch.zeros(9, 1, 3, dtype=torch.bool)
    expected[3, 0] = torch.tensor([False, False, True])
    expected[4, 0] = True
    expected[5, 0] = torch.tensor([True, False, False])
    assert torch.equal(inside, expected)
