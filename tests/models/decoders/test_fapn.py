import pytest
import torch
import torch.nn.functional as F

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig, UpsamplingConfig
from models.decoders.fapn import FeatureAlignedPyramid, FeatureAlignment, FeatureSelection


def test_selection_by_hand():
    module = FeatureSelection(2, 2).eval()
    with torch.no_grad():
        module.weigh.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0]])[:, :, None, None])
        module.reduce.get_parameter("0.weight").copy_(torch.eye(2)[:, :, None, None])
    features = torch.tensor([[[[1.0, 3.0]], [[0.0, 2.0]]]])  # means 2 and 1

    importance = torch.sigmoid(torch.tensor([2.0, -1.0]))[:, None, None]
    # A fresh BatchNorm divides by sqrt(1 + eps).
    torch.testing.assert_close(module(features), (features + features * importance) / (1 + 1e-5) ** 0.5)


def fresh(bias: dict[int, float] | None = None) -> FeatureAlignment:
    """An alignment whose offsets (216 channels: 144 of offsets as y, x per tap, 72 of masks) are constants."""
    module = FeatureAlignment(8)
    with torch.no_grad():
        for channel, value in (bias or {}).items():
            module.offset.get_parameter("bias")[channel] = value
    return module


def test_nothing_moves_at_first():
    module, fine, coarse = fresh(), torch.randn(2, 8, 6, 7), torch.randn(2, 8, 6, 7)

    # A mask is sigmoid(0) = 1/2.
    plain = 0.5 * F.conv2d(coarse, module.align.weight, padding=1) + module.align.bias[:, None, None]
    torch.testing.assert_close(module(fine, coarse), fine + plain.relu())


def test_an_offset_of_one_cell_reads_the_neighbour():
    right = {2 * tap + 1 + 18 * group: 1.0 for group in range(8) for tap in range(9)}
    module, fine, coarse = fresh(right), torch.randn(1, 8, 5, 6), torch.randn(1, 8, 5, 6)
    shifted = F.pad(coarse, (0, 1))[..., 1:]

    plain = 0.5 * F.conv2d(shifted, module.align.weight, padding=1) + module.align.bias[:, None, None]
    # At the left border a plain convolution pads, where the moved one reads the first column.
    torch.testing.assert_close(module(fine, coarse)[..., 1:], (fine + plain.relu())[..., 1:])


def test_a_coarser_level_is_upsampled_first():
    module, fine, coarse = fresh(), torch.randn(1, 8, 6, 8), torch.randn(1, 8, 3, 4)
    upsampled = F.interpolate(coarse, (6, 8), mode="bilinear", align_corners=False)

    torch.testing.assert_close(module(fine, coarse), module(fine, upsampled))


def test_levels_are_aligned_from_coarse_to_fine():
    config = ModelConfig(decoder="fapn", upsampling=UpsamplingConfig(channels=8))
    decoder = FeatureAlignedPyramid(12, 3, config, (4, 6, 10, 12)).eval()
    pyramid = Pyramid(*(torch.randn(1, c, 16 >> i, 12 >> i) for i, c in enumerate((4, 6, 10, 12))))

    with torch.no_grad():
        p5 = decoder.coarsest(pyramid.c5)
        p4 = decoder.align[2](decoder.select[2](pyramid.c4), p5)
        p3 = decoder.align[1](decoder.select[1](pyramid.c3), p4)
        p2 = decoder.align[0](decoder.select[0](pyramid.c2), p3)
        assert torch.equal(decoder.upsample(pyramid.c5, pyramid), decoder.branches([p2, p3, p4, p5]))


def test_channels_that_the_offsets_groups_do_not_divide_are_refused():
    with pytest.raises(ValueError, match=r"upsampling.channels is 12; fapn needs a multiple of 8"):
        FeatureAlignment(12)
