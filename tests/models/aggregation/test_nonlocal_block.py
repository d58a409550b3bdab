import pytest
import torch

from models.aggregation.nonlocal_block import NonLocal
from models.config import AggregationConfig


def block(channels: int = 6, inner: int = 4) -> NonLocal:
    module = NonLocal(channels, AggregationConfig("nonlocal", inner=inner)).eval()
    torch.nn.init.normal_(module.state_dict()["out.1.weight"])
    return module


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("size", [(4, 5), (3, 3), (6, 2), (1, 1)])
def test_it_equals_an_explicit_softmax_over_all_pairs(batch, size):
    module, features = block().double(), torch.randn(batch, 6, *size, dtype=torch.float64)
    query, key, value = (
        torch.einsum("oc,bcn->bon", layer.weight[:, :, 0, 0], features.flatten(2)) + layer.bias[:, None]
        for layer in (module.query, module.key, module.value)
    )
    weights = torch.softmax(torch.einsum("bci,bcj->bij", query, key) / 4**0.5, dim=2)
    context = torch.einsum("bij,bcj->bci", weights, value).unflatten(2, size)

    out = module.state_dict()
    projected = torch.einsum("oc,bchw->bohw", out["out.0.weight"][:, :, 0, 0], context) / (1 + 1e-5) ** 0.5
    torch.testing.assert_close(module(features), features + out["out.1.weight"][:, None, None] * projected)


def test_no_map_of_all_pairs_is_formed_forward_or_backward(largest_result):
    features = torch.randn(1, 6, 24, 24, requires_grad=True)
    largest = largest_result(lambda: block()(features).sum().backward())

    assert features.numel() <= largest < (24 * 24) ** 2 / 10
