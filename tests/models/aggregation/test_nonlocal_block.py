import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from models.aggregation.nonlocal_block import NonLocal
from models.config import AggregationConfig


def block(channels: int = 6, inner: int = 4) -> NonLocal:
    module = NonLocal(channels, AggregationConfig("nonlocal", inner=inner)).eval()
    torch.nn.init.normal_(module.state_dict()["out.1.weight"])
    return module


def test_it_equals_an_explicit_softmax_over_all_pairs():
    module, features = block(), torch.randn(2, 6, 4, 5)
    query, key, value = (
        torch.einsum("oc,bcn->bon", layer.weight[:, :, 0, 0], features.flatten(2)) + layer.bias[:, None]
        for layer in (module.query, module.key, module.value)
    )
    weights = torch.softmax(torch.einsum("bci,bcj->bij", query, key) / 4**0.5, dim=2)
    context = torch.einsum("bij,bcj->bci", weights, value).unflatten(2, (4, 5))

    torch.testing.assert_close(module(features), features + module.out(context))


def test_no_map_of_all_pairs_is_formed_forward_or_backward():
    sizes: list[int] = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            result = func(*args, **(kwargs or {}))
            results = result if isinstance(result, tuple | list) else (result,)
            sizes.extend(value.numel() for value in results if isinstance(value, Tensor))
            return result

    features = torch.randn(1, 6, 24, 24, requires_grad=True)
    with Watch():
        block()(features).sum().backward()

    assert max(sizes) < (24 * 24) ** 2 / 10
