"""Loops that blocks with sampled anchors are compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from models.config import AsymmetricConfig


def slow_anchors(value: Tensor, widths: tuple[int, ...], sampling: str) -> list[list[float]]:
    """(C, H, W) -> for each channel its S anchors: cell i of n covers rows floor(i H / n) to ceil((i + 1) H / n)."""
    rows, columns = value.shape[1:]
    anchors = []
    for plane in value.tolist():
        found = []
        for n in widths:
            for i in range(n):
                for j in range(n):
                    cell = [
                        plane[y][x]
                        for y in range(i * rows // n, math.ceil((i + 1) * rows / n))
                        for x in range(j * columns // n, math.ceil((j + 1) * columns / n))
                    ]
                    found.append(max(cell) if sampling == "max" else sum(cell) / len(cell))
        anchors.append(found)
    return anchors


def slow_attention(query: Tensor, anchors: list, values: list, normalisation: str, scale: float) -> Tensor:
    """Query (C', H, W), C' lists of S anchors and of S values -> (C', H, W): eq. 9, 3 and 10, one sum at a time."""
    gathered = torch.empty(len(values), *query.shape[1:], dtype=torch.float64)
    for y in range(query.shape[1]):
        for x in range(query.shape[2]):
            scores = []
            for s in range(len(anchors[0])):
                scores.append(scale * sum(query[c, y, x].item() * anchors[c][s] for c in range(len(anchors))))
            if normalisation == "softmax":
                exponents = [math.exp(score - max(scores)) for score in scores]
                weights = [exponent / sum(exponents) for exponent in exponents]
            else:
                weights = [score / (len(scores) if normalisation == "rescale" else 1) for score in scores]
            for c in range(len(values)):
                gathered[c, y, x] = sum(weight * values[c][s] for s, weight in enumerate(weights))
    return gathered


def slow_layer(layer: nn.Module, value: Tensor) -> Tensor:
    """A 1x1 convolution, alone or with BatchNorm in eval mode and ReLU, written out; value is (C, H, W)."""
    layers = list(layer) if isinstance(layer, nn.Sequential) else [layer]
    weights = layers[0].state_dict()
    out = torch.einsum("oc,chw->ohw", weights["weight"][:, :, 0, 0], value) + weights["bias"][:, None, None]
    if len(layers) > 1:
        norm = layers[1].state_dict()
        factor = norm["weight"] / (norm["running_var"] + 1e-5).sqrt()
        out = (out - norm["running_mean"][:, None, None]) * factor[:, None, None] + norm["bias"][:, None, None]
    return out.clamp(min=0) if len(layers) > 2 and isinstance(layers[2], nn.ReLU) else out


def slow_response(
    part: nn.Module, maps: tuple[Tensor, Tensor], layers: Sequence[str], config: AsymmetricConfig
) -> Tensor:
    """What one image's map gathers from another (eq. 14 to 16): W_o of the attention of (C, H, W) to (C', h, w).

    Args:
        part: attention with the layers and ``out``.
        maps: who asks and who answers.
        layers: names of those that make query, key and value.
        config: variant, sampling, anchors and normalisation.
    """
    sources = (maps[0], maps[1], maps[1])
    query, key, value = (slow_layer(part.get_submodule(name), at) for name, at in zip(layers, sources, strict=True))
    anchors, values = (
        of.flatten(1).tolist() if config.sampling == "none" else slow_anchors(of, config.anchors, config.sampling)
        for of in (key, value)
    )
    scale = len(query) ** -0.5 if config.variant == "reference" else 1.0
    return slow_layer(part.get_submodule("out"), slow_attention(query, anchors, values, config.normalisation, scale))


def shake(module: nn.Module) -> None:
    """Put it in float64 and eval mode, with no weight or statistic at its start."""
    for name, value in module.double().eval().state_dict().items():
        if value.is_floating_point():
            torch.nn.init.uniform_(value, *((0.5, 1.5) if name.endswith("running_var") else (-1.0, 1.0)))


@pytest.fixture(scope="session")
def loops() -> SimpleNamespace:
    """Sampling, attention to anchors and 1x1 layers in float64, one number at a time."""
    return SimpleNamespace(anchors=slow_anchors, response=slow_response, layer=slow_layer, shake=shake)
