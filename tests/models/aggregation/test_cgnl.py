import pytest
import torch
from torch import Tensor

from models.aggregation.cgnl import CompactNonLocal
from models.config import AggregationConfig
from models.stages import record


def block(channels: int = 8, groups: int = 2, scale: bool = False) -> CompactNonLocal:
    return CompactNonLocal(channels, AggregationConfig("cgnl", groups=groups, scale=scale))


def slow(module: CompactNonLocal, image: Tensor, scale: bool) -> Tensor:
    """One image (C, H, W), with a loop over groups, channels and positions."""
    theta, phi, value = (
        torch.einsum("oc,chw->ohw", layer.weight[:, :, 0, 0], image)
        for layer in (module.theta, module.phi, module.value)
    )
    size = len(theta) // module.groups
    parts = []
    for group in range(module.groups):
        own = range(group * size, (group + 1) * size)
        agreement = 0.0
        for channel in own:
            for row, column in torch.cartesian_prod(*map(torch.arange, image.shape[1:])):
                agreement += phi[channel, row, column].item() * value[channel, row, column].item()
        if scale:
            agreement /= (size * image.shape[1] * image.shape[2]) ** 0.5
        outputs = len(image) // module.groups
        weight = module.out.weight[group * outputs : (group + 1) * outputs, :, 0, 0]
        parts.append(torch.einsum("oc,chw->ohw", weight, agreement * theta[group * size : (group + 1) * size]))
    # GroupNorm has the groups of the convolution.
    normed = torch.cat([(part - part.mean()) / (part.var(correction=0) + 1e-5).sqrt() for part in parts])
    return image + module.norm.weight[:, None, None] * normed + module.norm.bias[:, None, None]


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("size", [(3, 4), (2, 6), (5, 5), (1, 1)])
def test_it_equals_a_loop_over_groups_channels_and_positions(scale, batch, size):
    module, features = block(scale=scale).double(), torch.randn(batch, 8, *size, dtype=torch.float64)
    torch.nn.init.normal_(module.norm.weight)
    torch.nn.init.normal_(module.norm.bias)

    expected = torch.stack([slow(module, image, scale) for image in features])

    torch.testing.assert_close(module(features), expected)


def test_a_group_has_one_scalar_for_all_channels_and_positions():
    # With the norm taken away the added context is theta times one number, so its ratios are those of theta.
    module, features = block(channels=4, groups=1), torch.randn(1, 4, 3, 3)
    module.norm = torch.nn.Identity()
    torch.nn.init.zeros_(module.out.weight)
    module.out.weight.data[:2, :, 0, 0] = torch.eye(2)

    with record(module) as seen:
        added = (module(features) - features)[0, :2]

    ratio = added / seen["ga.query"][0]
    torch.testing.assert_close(ratio, ratio.flatten()[0].expand_as(ratio), rtol=1e-3, atol=1e-4)


def test_parameters_at_the_published_width():
    module = CompactNonLocal(512, AggregationConfig("cgnl", groups=8))

    # theta, phi, g; the grouped 1x1 back; GroupNorm.
    assert sum(value.numel() for value in module.parameters()) == 3 * 512 * 256 + 512 * 256 // 8 + 2 * 512


def test_a_half_precision_sum_beyond_its_range_stays_finite_when_it_is_scaled():
    module = block(channels=8, groups=1, scale=True).half()
    for layer in (module.theta, module.phi, module.value):
        torch.nn.init.constant_(layer.weight, 1.0)

    # <phi, g> is 4 channels x 400 positions x 8^2 = 102400, above 65504; divided by sqrt(1600) it is 2560.
    context = module(torch.ones(1, 8, 20, 20, dtype=torch.float16))

    assert context.dtype == torch.float16
    assert context.isfinite().all()


@pytest.mark.parametrize(("channels", "groups"), [(12, 4), (7, 1)])
def test_groups_that_do_not_divide_half_the_channels_are_refused(channels, groups):
    with pytest.raises(ValueError, match=rf"CGNL has {channels} channels and {groups} groups; channels / 2 must be"):
        block(channels, groups)
