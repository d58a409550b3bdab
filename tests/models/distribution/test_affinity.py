import dataclasses

import pytest
import torch
import torch.nn.functional as F

from models.config import DistributionConfig
from models.distribution import DISTRIBUTIONS
from models.distribution.affinity import AffinityDistribution
from models.stages import record, replace, stages_of


def small(**options):
    torch.manual_seed(0)
    config = DistributionConfig(name="affinity", kernel=3, dilation=2, channels=4)
    return AffinityDistribution(3, 5, dataclasses.replace(config, **options), "reference")


def features():
    generator = torch.Generator().manual_seed(1)
    shapes = ((2, 3, 6, 7), (2, 5, 6, 7))
    return [torch.randn(shape, generator=generator) for shape in shapes]


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 2_293_760),  # the paper's "+2.3 M": 3 * 2304 * 256 + 256 * 2048
        ({"key_from": "context"}, 2 * 2304 * 256 + 256 * 256 + 256 * 2048),
        ({"query_from": "context", "key_from": "context"}, 2304 * 256 + 2 * 256 * 256 + 256 * 2048),
    ],
)
def test_parameters_at_the_papers_widths(options, expected):
    config = dataclasses.replace(DistributionConfig(name="affinity"), **options)
    with torch.device("meta"):
        module = DISTRIBUTIONS.get("affinity")(256, 2048, config, "paper")

    assert parameters(module) == expected


def test_stages_and_what_they_hold():
    module = small(border="exclude")
    with record(module) as seen:
        out = module(*features())

    assert out.shape == (2, 5, 6, 7)
    assert module.out_channels == 5
    assert {name: tuple(value.shape) for name, value in seen.items()} == {
        "ld.query": (2, 4, 6, 7),
        "ld.key": (2, 4, 6, 7),
        "ld.affinity": (2, 9, 6, 7),
    }
    torch.testing.assert_close(seen["ld.affinity"].sum(1), torch.ones(2, 6, 7))
    assert stages_of(module)["ld.affinity"].info == {"kernel": 3, "dilation": 2, "border": "exclude"}


def test_a_query_of_zero_averages_the_zero_padded_samples():
    module = small()
    module.query.weight.data.zero_()
    context, local = features()

    out = module(context, local)

    value = module.value(torch.cat([context, local], 1))
    mean = F.conv2d(value, torch.full((4, 1, 3, 3), 1 / 9), padding=2, dilation=2, groups=4)
    torch.testing.assert_close(out, module.project(mean))


def test_an_edit_of_the_affinity_reaches_the_output():
    module = small()
    context, local = features()

    def only_itself(affinity):
        edited = torch.zeros_like(affinity)
        edited[:, 4] = 1
        return edited

    with replace(module, {"ld.affinity": only_itself}):
        out = module(context, local)

    torch.testing.assert_close(out, module.project(module.value(torch.cat([context, local], 1))))


def test_scale_divides_the_scores_by_the_root_of_the_channels():
    plain, scaled = small(), small(scale=True)
    # C' = 4: queries twice as large undo the division by sqrt(4).
    scaled.query.weight.data.mul_(2)

    torch.testing.assert_close(scaled(*features()), plain(*features()))


@pytest.mark.parametrize("operand", ["key", "query"])
def test_an_operand_from_the_context_does_not_see_the_local_feature(operand):
    module = small(**{f"{operand}_from": "context"})
    context, local = features()
    with record(module) as first:
        module(context, local)
    with record(module) as second:
        module(context, local + 1)

    same = {name: torch.equal(first[name], second[name]) for name in ("ld.query", "ld.key")}
    assert same == {"ld.query": operand == "query", "ld.key": operand == "key"}


def test_all_parameters_and_both_inputs_get_a_gradient():
    module = small()
    inputs = [feature.requires_grad_() for feature in features()]
    module(*inputs).square().sum().backward()

    for tensor in (*inputs, *module.parameters()):
        assert tensor.grad.abs().max() > 0


def test_features_of_two_sizes_are_refused_with_the_fix():
    context, local = features()
    with pytest.raises(ValueError, match=r"context is \(6, 7\), local is \(3, 7\); resize the context"):
        small()(context, local[:, :, ::2])
