import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.distribution.local_attention import bands, local_attention, loops
from models.distribution.window import BORDERS, Window
from tests.models.distribution.local_attention.test_operators import operands, reference

pytest.importorskip("numba")


@pytest.fixture
def every_map(monkeypatch):
    """Loops for maps of any size."""
    monkeypatch.setattr(loops, "LEAST_WORK", 0)


@settings(max_examples=30, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 20), st.integers(1, 20)),
    kernel=st.sampled_from([1, 3, 5]),
    dilation=st.integers(1, 9),
    border=st.sampled_from(BORDERS),
    layout=st.sampled_from([torch.contiguous_format, torch.channels_last]),
)
def test_forward_and_gradients_equal_unfold(shape, kernel, dilation, border, layout):
    window = Window(kernel, dilation, border)
    full = operands(*shape, dtype=torch.float32, grad=False)
    # Scores near 1, so that a softmax does not blow their rounding up.
    inputs = [(tensor * shape[1] ** -0.25).contiguous(memory_format=layout).requires_grad_() for tensor in full]
    incoming = torch.linspace(-1, 1, full[0].numel()).view(shape)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "LEAST_WORK", 0)
        out = local_attention(*inputs, window)
        gradients = torch.autograd.grad(out, inputs, incoming)

    expected = reference(*inputs, window)
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)
    for gradient, wanted in zip(gradients, torch.autograd.grad(expected, inputs, incoming), strict=True):
        torch.testing.assert_close(gradient, wanted, rtol=1e-5, atol=1e-5)


def test_bfloat16_is_summed_in_float32(every_map):
    full = operands(1, 16, 7, 9, dtype=torch.float32, grad=False)
    half = [tensor.bfloat16().requires_grad_() for tensor in full]

    out = local_attention(*half, Window(3, 2))
    out.sum().backward()

    exact = reference(*[tensor.detach().float() for tensor in half], Window(3, 2))
    assert out.dtype == half[0].grad.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), exact, rtol=2e-2, atol=2e-2)


def test_a_strided_operand_and_several_threads(every_map):
    query, key, value = operands(2, 6, 11, 13, dtype=torch.float32, grad=False)
    apart = query.repeat(1, 1, 1, 2)[..., ::2]
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        out = loops.scores(apart, key, Window(5, 2))
        back = loops.aggregate(out, value, Window(5, 2), transposed=True)
    finally:
        torch.set_num_threads(threads)

    torch.testing.assert_close(out, bands.scores(apart, key, Window(5, 2)), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(back, bands.aggregate(out, value, Window(5, 2), transposed=True), rtol=1e-5, atol=1e-4)


def test_only_a_large_map_on_a_cpu_with_numba_is_worth_it(monkeypatch):
    large = torch.empty(1, 256, 128, 256, device="meta")

    assert not loops.worth_loops(large, Window(5, 6))
    assert not loops.worth_loops(torch.empty(1, 8, 9, 9), Window(5, 6))
    at_limit = torch.empty(1).expand(1, 64, 256, 4096 // 25 + 1)
    assert loops.worth_loops(at_limit, Window(5, 6))
    assert not loops.worth_loops(at_limit, Window(3, 6))
    monkeypatch.setattr(loops, "find_spec", lambda _name: None)
    loops._has_numba.cache_clear()
    assert not loops.worth_loops(at_limit, Window(5, 6))
    monkeypatch.undo()
    loops._has_numba.cache_clear()
