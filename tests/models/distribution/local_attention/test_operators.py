import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from models.distribution.local_attention import local_aggregate, local_attention, local_scores, local_softmax, strips
from models.distribution.window import BORDERS, Window


def unfolded(source, window):
    columns = F.unfold(source, window.kernel, dilation=window.dilation, padding=window.reach)
    return columns.view(*source.shape[:2], window.samples, *source.shape[2:])


def reference_scores(query, key, window):
    return (query.unsqueeze(2) * unfolded(key, window)).sum(1)


def reference(query, key, value, window):
    scores = reference_scores(query, key, window)
    if window.border == "exclude":
        scores[unfolded(torch.ones_like(key[:, :1]), window)[:, 0] == 0] = -math.inf
    return (scores.softmax(1).unsqueeze(1) * unfolded(value, window)).sum(2)


def operands(*shape, dtype=torch.float64, grad=True):
    generator = torch.Generator().manual_seed(sum(shape))
    tensors = [torch.randn(shape, generator=generator, dtype=dtype) for _ in range(3)]
    return [tensor.requires_grad_(grad) for tensor in tensors]


def test_scores_of_a_row_worked_out_by_hand():
    query = torch.tensor([1.0, 2.0, 3.0]).view(1, 1, 1, 3)
    key = torch.tensor([10.0, 20.0, 30.0]).view(1, 1, 1, 3)

    scores = local_scores(query, key, Window(3, 1))

    expected = torch.zeros(9, 3)
    expected[3] = torch.tensor([0.0, 20.0, 60.0])  # left neighbour
    expected[4] = torch.tensor([10.0, 40.0, 90.0])  # itself
    expected[5] = torch.tensor([20.0, 60.0, 0.0])  # right neighbour
    assert torch.equal(scores[0, :, 0], expected)


def test_aggregate_of_a_column_worked_out_by_hand():
    value = torch.tensor([1.0, 10.0, 100.0]).view(1, 1, 3, 1)
    affinity = torch.zeros(1, 9, 3, 1)
    affinity[0, 1] = 0.5  # the sample two rows above
    affinity[0, 4] = 2.0  # itself
    affinity[0, 7] = 3.0  # the sample two rows below

    out = local_aggregate(affinity, value, Window(3, 2))

    assert out.flatten().tolist() == [2 + 300, 20, 200 + 0.5]


def test_softmax_border_by_hand():
    scores = torch.zeros(1, 9, 1, 1)

    assert torch.allclose(local_softmax(scores, Window(3, 1, "zero")), torch.full((1, 9, 1, 1), 1 / 9))
    only_itself = local_softmax(scores, Window(3, 1, "exclude")).flatten()
    assert only_itself.tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0]


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 20), st.integers(1, 20)),
    kernel=st.sampled_from([1, 3, 5, 7]),
    dilation=st.integers(1, 9),
    border=st.sampled_from(BORDERS),
)
def test_forward_and_gradients_equal_unfold(shape, kernel, dilation, border):
    window = Window(kernel, dilation, border)
    inputs = operands(*shape)

    out, expected = local_attention(*inputs, window), reference(*inputs, window)

    torch.testing.assert_close(out, expected)
    incoming = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view_as(out)
    gradients = torch.autograd.grad(out, inputs, incoming)
    for gradient, wanted in zip(gradients, torch.autograd.grad(expected, inputs, incoming), strict=True):
        torch.testing.assert_close(gradient, wanted)


def test_float32_is_within_1e_5_of_unfold():
    inputs = operands(2, 64, 33, 45, dtype=torch.float32)
    inputs[0] = (inputs[0] / 8).detach().requires_grad_()
    window = Window(5, 6)

    out, expected = local_attention(*inputs, window), reference(*inputs, window)

    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)
    incoming = torch.ones_like(out)
    gradients = torch.autograd.grad(out, inputs, incoming)
    for gradient, wanted in zip(gradients, torch.autograd.grad(expected, inputs, incoming), strict=True):
        torch.testing.assert_close(gradient, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("border", BORDERS)
def test_gradients_are_those_of_finite_differences(border):
    window = Window(3, 2, border)
    assert torch.autograd.gradcheck(lambda *x: local_attention(*x, window), operands(2, 2, 4, 5))


def test_gradients_can_be_differentiated_again():
    window = Window(3, 1)
    assert torch.autograd.gradgradcheck(lambda *x: local_attention(*x, window), operands(1, 2, 3, 3))


@pytest.mark.parametrize("elements", [1, 700])
def test_a_map_cut_into_many_strips_gives_the_same(monkeypatch, elements):
    monkeypatch.setitem(strips.LINE_ELEMENTS, "cpu", elements)
    inputs = operands(2, 3, 41, 7)
    window = Window(3, 2)

    cut = list(strips.strips(inputs[0].shape, window, "cpu"))
    out = local_attention(*inputs, window)

    assert len(cut) > window.dilation
    assert sum(strip.rows for strip in cut) == 41
    torch.testing.assert_close(out, reference(*inputs, window))


@pytest.mark.parametrize(
    "rearrange",
    [
        lambda x: x.to(memory_format=torch.channels_last),
        lambda x: x.transpose(2, 3).contiguous().transpose(2, 3),
        lambda x: x.repeat(1, 2, 1, 1)[:, ::2],
        lambda x: x[:, :, :1].expand(-1, -1, 6, -1),
    ],
    ids=["channels_last", "transposed", "strided", "expanded"],
)
def test_any_memory_layout(rearrange):
    inputs = [rearrange(tensor) for tensor in operands(2, 4, 6, 9, grad=False)]
    window = Window(5, 2)

    torch.testing.assert_close(local_attention(*inputs, window), reference(*inputs, window))


@pytest.mark.parametrize("index", [0, 1, 2])
def test_gradient_to_one_operand_alone(index):
    inputs = operands(1, 3, 5, 6, grad=False)
    inputs[index].requires_grad_()
    window = Window(3, 2)

    gradient = torch.autograd.grad(local_attention(*inputs, window).square().sum(), inputs[index])
    wanted = torch.autograd.grad(reference(*inputs, window).square().sum(), inputs[index])

    torch.testing.assert_close(gradient, wanted)


def test_only_the_operands_are_kept_for_backward():
    kept = []
    query, key, value = operands(1, 3, 5, 6)
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(tuple(x.shape)) or x, lambda x: x):
        scores = local_scores(query, key, Window(3, 2))
        local_aggregate(scores, value, Window(3, 2))

    assert kept == [(1, 3, 5, 6), (1, 3, 5, 6), (1, 9, 5, 6), (1, 3, 5, 6)]


def test_no_grad_keeps_no_graph():
    with torch.no_grad():
        out = local_attention(*operands(1, 3, 5, 6), Window(3, 2))

    assert not out.requires_grad


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_sums_in_float32(dtype):
    full = operands(1, 16, 7, 9, dtype=torch.float32, grad=False)
    half = [tensor.to(dtype).requires_grad_() for tensor in full]
    window = Window(3, 2)

    scores = local_scores(half[0], half[1], window)
    out = local_attention(*half, window)
    out.sum().backward()

    exact = reference_scores(half[0].detach().float(), half[1].detach().float(), window)
    torch.testing.assert_close(scores.float(), exact, rtol=torch.finfo(dtype).eps, atol=1e-5)
    assert out.dtype == dtype
    assert [tensor.grad.dtype for tensor in half] == [dtype] * 3


def test_autocast_changes_nothing_but_the_precision_of_what_comes_in():
    query, key, value = operands(1, 16, 7, 9, dtype=torch.float32)
    window = Window(3, 2)

    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = local_attention(query, key, value, window)
        mixed = local_aggregate(torch.ones(1, 9, 7, 9), value.bfloat16(), window)

    assert torch.equal(out, local_attention(query, key, value, window))
    assert mixed.dtype == torch.float32
    out.sum().backward()
    assert query.grad.isfinite().all()


def test_value_may_have_other_channels_than_the_key():
    query, key, _ = operands(2, 3, 4, 5)
    value = operands(2, 7, 4, 5)[0]

    assert local_attention(query, key, value, Window(3, 1)).shape == (2, 7, 4, 5)


def test_operands_that_do_not_fit_are_refused():
    four = torch.zeros(1, 2, 4, 4)
    with pytest.raises(ValueError, match=r"query is \(1, 2, 4, 4\), key is \(1, 3, 4, 4\)"):
        local_scores(four, torch.zeros(1, 3, 4, 4), Window(3, 1))
    with pytest.raises(ValueError, match=r"kernel 5 the affinity must be \(B, 25, H, W\)"):
        local_aggregate(torch.zeros(1, 9, 4, 4), four, Window(5, 1))
    with pytest.raises(ValueError, match=r"value is \(2, 4, 4\)"):
        local_aggregate(torch.zeros(1, 9, 4, 4), four[0], Window(3, 1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_gives_what_the_cpu_gives():
    inputs = operands(2, 8, 11, 13)
    on_gpu = [tensor.detach().cuda().requires_grad_() for tensor in inputs]
    window = Window(5, 3, "exclude")

    out, expected = local_attention(*on_gpu, window), local_attention(*inputs, window)

    torch.testing.assert_close(out.cpu(), expected)
    gradients = torch.autograd.grad(out.sum(), on_gpu)
    for gradient, wanted in zip(gradients, torch.autograd.grad(expected.sum(), inputs), strict=True):
        torch.testing.assert_close(gradient.cpu(), wanted)
