import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from models.decoders.axial_attention import AxialAttention


def line(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """Attention of (C, L) operands, one head and one position after the other."""
    width = len(query) // heads
    mixed = torch.empty_like(value)
    for head in range(heads):
        own = slice(head * width, (head + 1) * width)
        for position in range(query.shape[1]):
            scores = [float(query[own, position] @ key[own, other]) / width**0.5 for other in range(query.shape[1])]
            weights = torch.tensor(scores, dtype=value.dtype).softmax(dim=0)
            mixed[own, position] = value[own] @ weights
    return mixed


def expected(module: AxialAttention, features: Tensor) -> Tensor:
    """Column by column, then row by row."""
    query, key, value = (module.columns[name](features) for name in ("query", "key", "value"))
    columns = torch.empty_like(value)
    for b in range(features.shape[0]):
        for x in range(features.shape[3]):
            columns[b, :, :, x] = line(query[b, :, :, x], key[b, :, :, x], value[b, :, :, x], module.heads)
    if module.shared:
        value = columns
    else:
        query, key, value = (module.rows[name](columns) for name in ("query", "key", "value"))
    rows = torch.empty_like(value)
    for b in range(features.shape[0]):
        for y in range(features.shape[2]):
            rows[b, :, y] = line(query[b, :, y], key[b, :, y], value[b, :, y], module.heads)
    return rows


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("heads", [1, 2])
@settings(max_examples=5)
@given(batch=st.integers(1, 2), height=st.integers(1, 5), width=st.integers(1, 5))
def test_it_equals_attention_per_column_and_then_per_row(shared, heads, batch, height, width):
    module = AxialAttention(4, heads, shared).double()
    features = torch.randn(batch, 4, height, width, dtype=torch.float64)

    with torch.no_grad():
        torch.testing.assert_close(module(features), expected(module, features))


@pytest.mark.parametrize(("shared", "layers"), [(True, 3), (False, 6)])
def test_projections_have_biases_and_are_counted_per_axis(shared, layers):
    module = AxialAttention(8, 2, shared)

    assert sum(value.numel() for value in module.parameters()) == layers * (8 * 8 + 8)


@pytest.mark.parametrize("shared", [True, False])
def test_the_gradient_of_one_pixel_reaches_all(shared):
    features = torch.randn(1, 4, 5, 6, requires_grad=True)

    AxialAttention(4, 2, shared)(features)[0, :, 2, 3].sum().backward()

    assert features.grad is not None and (features.grad.abs().sum(1) > 0).all()
