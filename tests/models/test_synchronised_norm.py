"""Alone, a synchronised BatchNorm is a BatchNorm; with others: test_two_processes.py."""

from __future__ import annotations

import copy

import pytest
import torch
from timm.layers.norm_act import BatchNormAct2d
from torch import nn

from models.layers import check_batch
from models.synchronised_norm import SynchronisedNorm, SynchronisedNormAct, synchronise


@pytest.mark.parametrize("norm", [nn.BatchNorm2d(5), BatchNormAct2d(5), nn.BatchNorm2d(5, affine=False, momentum=None)])
def test_alone_it_computes_what_batchnorm_does(norm):
    plain = nn.Sequential(norm)
    ours = copy.deepcopy(plain)
    images, weight = 3 * torch.randn(4, 5, 6, 7) + 8, torch.randn(4, 5, 6, 7)
    assert synchronise(ours) == 1

    found, gradients = [], []
    for model in (plain, ours):
        given = images.clone().requires_grad_()
        for _ in range(2):
            answer = model(given)
        (answer * weight).sum().backward()
        found.append(answer)
        gradients.append([given.grad, *(parameter.grad for parameter in model.parameters())])

    torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(ours.state_dict(), plain.state_dict())
    torch.testing.assert_close(ours.eval()(images), plain.eval()(images))


def test_norms_stay_what_they_are_and_still_ones_stay_alone():
    model = nn.Sequential(nn.BatchNorm2d(2), nn.BatchNorm2d(2).eval(), BatchNormAct2d(2), nn.ReLU())
    weight, names = model[0].weight, list(model.state_dict())

    assert synchronise(model) == 2
    assert [type(part) for part in model] == [SynchronisedNorm, nn.BatchNorm2d, SynchronisedNormAct, nn.ReLU]
    assert model[0].weight is weight
    assert list(model.state_dict()) == names


def test_half_precision_is_normalised_in_float32():
    norm = nn.BatchNorm2d(1)
    synchronise(norm)
    # Neighbouring bf16 values at 1000 differ by 4; squares would not tell them apart.
    images = torch.tensor([1000.0, 1004.0]).bfloat16().view(2, 1, 1, 1)

    answer = norm(images)

    assert answer.dtype == torch.bfloat16
    assert answer.flatten().tolist() == [-1.0, 1.0]
    assert norm.state_dict()["running_var"].item() == pytest.approx(0.9 + 0.1 * 8)


def test_one_image_is_enough_where_others_have_more():
    layers = nn.Sequential(nn.BatchNorm2d(1))
    with pytest.raises(ValueError, match="raise the batch"):
        check_batch(torch.zeros(1, 1, 1, 1), layers, "the pooling", "leave it")

    synchronise(layers)

    check_batch(torch.zeros(1, 1, 1, 1), layers, "the pooling", "leave it")
