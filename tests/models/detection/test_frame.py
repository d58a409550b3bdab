import pytest
import torch

from models.detection.frame import batched, fit_factor, scaled_image, scaled_size


@pytest.mark.parametrize(
    ("size", "sides", "expected"),
    [
        ((375, 500), (600, 1000), (600, 800)),  # the short side decides
        ((500, 375), (600, 1000), (800, 600)),  # the same upright
        ((200, 1000), (600, 1000), (200, 1000)),  # the long side decides
        ((1080, 1920), (800, 1333), (750, 1333)),
    ],
)
def test_an_image_fills_the_frame_and_keeps_its_shape(size, sides, expected):
    assert scaled_size(size, fit_factor(size, sides)) == expected


def test_a_batch_is_filled_up_with_zeros_to_whole_cells():
    batch = batched([torch.ones(3, 33, 40), torch.ones(3, 20, 70)], least=1)

    assert batch.tensors.shape == (2, 3, 64, 96)
    assert batch.image_sizes == [(33, 40), (20, 70)]
    assert batch.tensors.sum(dim=(1, 2, 3)).tolist() == [3 * 33 * 40, 3 * 20 * 70]
    assert batch.tensors[1, :, :20, :70].min() == 1
    assert batched([torch.ones(3, 33, 40)], least=97).tensors.shape == (1, 3, 128, 128)


def test_scaling_keeps_a_constant_image():
    image = torch.full((3, 10, 20), 7, dtype=torch.uint8)

    assert scaled_image(image, (5, 10)).unique().tolist() == [7]
    assert scaled_image(image, (10, 20)) is image
