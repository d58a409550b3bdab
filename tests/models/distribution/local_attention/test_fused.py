"""The Triton kernels, by its interpreter: the arithmetic of a GPU's program without a GPU."""

import os
import subprocess
import sys

import pytest
import torch

from models.distribution.local_attention import fused, local_attention, operators
from models.distribution.window import Window
from models.stages import Stage, record
from tests.models.distribution.local_attention.test_operators import operands, reference

pytest.importorskip("triton")

INTERPRETED = """
import torch
from models.distribution.local_attention.fused import fused_attention
from models.distribution.window import Window
from tests.models.distribution.local_attention.test_operators import operands, reference

for shape, window, dtype, near in (
    ((1, 5, 3, 3), Window(3, 2, "zero"), torch.float32, 1e-5),
    ((2, 18, 2, 1), Window(3, 1, "exclude"), torch.bfloat16, 2e-2),
):
    full = operands(*shape, dtype=torch.float32, grad=False)
    inputs = [x.mul(shape[1] ** -0.25).to(dtype).requires_grad_() for x in full]
    exact = [x.detach().float().requires_grad_() for x in inputs]
    incoming = torch.linspace(-1, 1, inputs[0].numel()).view(shape)
    out, wanted = fused_attention(*inputs, window, 0.7), reference(exact[0] * 0.7, *exact[1:], window)
    torch.testing.assert_close(out.float(), wanted, rtol=near, atol=near)
    gradients = torch.autograd.grad(out, inputs, incoming.to(dtype))
    for gradient, expected in zip(gradients, torch.autograd.grad(wanted, exact, incoming), strict=True):
        torch.testing.assert_close(gradient.float(), expected, rtol=near, atol=near)
print("same")
"""


def test_forward_and_gradients_equal_unfold():
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    command = [sys.executable, "-W", "ignore", "-c", INTERPRETED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.stdout == "same\n", done.stderr


def test_a_stage_that_is_watched_gets_its_affinity(monkeypatch):
    monkeypatch.setattr(operators, "can_fuse", lambda _query, _value: True)
    monkeypatch.setattr(operators, "fused_attention", lambda *_: torch.tensor(7.0))
    inputs, window = operands(1, 3, 5, 6, grad=False), Window(3, 2)
    stage = Stage("ld.affinity", kind="affinity")

    assert local_attention(*inputs, window, stage=stage) == 7
    with record(stage) as seen:
        torch.testing.assert_close(local_attention(*inputs, window, stage=stage), reference(*inputs, window))
    assert seen["ld.affinity"].shape == (1, 9, 5, 6)
    assert local_attention(*inputs, window, stage=stage) == 7


def test_only_maps_of_one_size_on_a_gpu_are_fused():
    query, key, _ = operands(1, 3, 5, 6, dtype=torch.float32)

    assert not fused.can_fuse(query, key)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.float16, 2e-2), (torch.bfloat16, 2e-2)])
@pytest.mark.parametrize("border", ["zero", "exclude"])
def test_on_a_gpu(dtype, near, border):
    window = Window(5, 3, border)
    exact = [x.mul(70**-0.25).to(dtype).float().requires_grad_() for x in operands(2, 70, 19, 33, dtype=torch.float32)]
    inputs = [x.detach().to("cuda", dtype).requires_grad_() for x in exact]

    out, wanted = local_attention(*inputs, window), reference(*exact, window)

    torch.testing.assert_close(out.float().cpu(), wanted, rtol=near, atol=near)
    for gradient, expected in zip(
        torch.autograd.grad(out.sum(), inputs), torch.autograd.grad(wanted.sum(), exact), strict=True
    ):
        torch.testing.assert_close(gradient.float().cpu(), expected, rtol=near, atol=10 * near)
