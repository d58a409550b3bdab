"""Tensors of a weights file, matched with those of a backbone by their names or else by their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

_CLASSIFIER = ("classifier", "fc")
_COUNTER = "num_batches_tracked"


def read_weights(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file.

    Raises:
        ValueError: if there is no such file or it is of another kind.
    """
    if not path.is_file():
        raise ValueError(f"weights file {path} does not exist; give an existing .safetensors file or 'none'.")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"weights file {path.name} is truncated or not a safetensors file ({error}); pickles (.pth) are not opened."
        ) from error


def match(body: nn.Module, stored: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Key of the body -> tensor of the file.

    A file that shares names with the body goes by name and may hold its first stages alone; any other file goes by
    module order and must hold all of them.

    Args:
        body: the network to fill.
        stored: tensors of the file.
        name: of the file, for messages.

    Raises:
        ValueError: if a tensor is missing, too many or of another shape.
    """
    own = tensors_of(body)
    stored = {key: value for key, value in renamed(own, stored).items() if not key.endswith(_COUNTER)}
    matched = _by_name(own, stored, name) if set(own) & set(stored) else _by_order(own, stored, name)
    for key, value in matched.items():
        if own[key].shape != value.shape:
            raise ValueError(
                f"weights file {name} does not fit: {key} is {tuple(own[key].shape)}, "
                f"the file has {tuple(value.shape)}."
            )
    return matched


def renamed(own: Mapping[str, Tensor], stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The stored tensors under the body's names: as a pyramid, timm calls ``stages.0`` of a network ``stages_0``."""
    flat = {key: key.replace(".", "_", 1) for key in stored}
    return {flat[key] if flat[key] in own else key: value for key, value in stored.items()}


def fill(body: nn.Module, matched: Mapping[str, Tensor]) -> str:
    """Copy the tensors; return ``; random: ...`` with the parts that had none for some of theirs, or nothing."""
    own = tensors_of(body)
    with torch.no_grad():
        for key, value in matched.items():
            own[key].copy_(value)
    left = _parts(key for key in own if key not in matched)
    return f"; random: {', '.join(left)}" if left else ""


def tensors_of(body: nn.Module) -> dict[str, Tensor]:
    """Weights and BatchNorm statistics in module order; the counters of BatchNorm carry nothing."""
    return {key: value for key, value in body.state_dict().items() if not key.endswith(_COUNTER)}


def _by_name(own: Mapping[str, Tensor], stored: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    matched = {key: stored[key] for key in own if key in stored}
    there = set(_parts(matched))
    missing = [key for key in own if key not in matched and _part(key) in there]
    unknown = [key for key in stored if key not in own and _part(key) in set(_parts(own))]
    if missing or unknown:
        raise ValueError(
            f"weights file {name} is of another network: {len(missing)} tensors missing {missing[:3]}, "
            f"{len(unknown)} unknown {unknown[:3]}; give the file of this backbone."
        )
    return matched


def _by_order(own: Mapping[str, Tensor], stored: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    keys = _natural(stored)
    if len(keys) < len(own):
        raise ValueError(f"weights file {name} has {len(keys)} tensors, the backbone needs {len(own)}.")
    return {mine: stored[theirs] for mine, theirs in zip(own, keys, strict=False)}


def _natural(stored: Iterable[str]) -> list[str]:
    """Module order: numbers by value, and within a module weight, bias, running mean, running variance."""
    rank = {"weight": 0, "bias": 1, "running_mean": 2, "running_var": 3}

    def order(key: str) -> tuple:
        *path, leaf = key.split(".")
        return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in path), rank.get(leaf, 9)

    # The classifier would sort before the features.
    return sorted((key for key in stored if not key.startswith(_CLASSIFIER)), key=order)


def _parts(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(_part(key) for key in keys))


def _part(key: str) -> str:
    """``layer4`` of a ResNet, ``blocks.6`` of a MobileNet."""
    first, *rest = key.split(".")
    return f"{first}.{rest[0]}" if first == "blocks" else first
