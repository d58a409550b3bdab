"""Weights files of others: safetensors, and pickles only when their owner says so."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.adapters.adapter import said
from models.backbones.weights import read_weights
from models.checkpoint import is_pickle

# Where training scripts put the tensors in what they save, and what DataParallel puts in front of every name.
_INSIDE = ("state_dict", "model_state_dict", "model_state", "model")
_PREFIX = "module."
_COUNTER = "num_batches_tracked"

_log = logging.getLogger(__name__)


def read_tensors(path: Path, trust_pickle: bool = False) -> dict[str, Tensor]:
    """All tensors of a weights file, by the names of the network's own state dict.

    Args:
        path: .safetensors; with ``trust_pickle`` also what torch.save wrote.
        trust_pickle: open a pickle: first in the way that takes tensors only, and if that does not do, in full, which
            runs whatever code its author put in. For a file of one's own.

    Raises:
        ValueError: if the file is missing, damaged, a pickle that nobody vouched for, or holds no tensors.
    """
    if not path.is_file():
        raise ValueError(f"weights file {path} does not exist; give a .safetensors file.")
    if trust_pickle and path.suffix != ".safetensors":
        return _tensors(_unpickled(path), path)
    try:
        return _tensors(read_weights(path), path)
    except ValueError as error:
        if not is_pickle(path):
            raise
        raise ValueError(
            f"weights file {path.name} is a pickle (.pth/.pt), which could run code; it is not opened. Save its "
            "tensors with safetensors.torch.save_file, or say that it is a file of your own (trust_pickle=True, "
            "--trust-pickle)."
        ) from error


def fill(module: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Copy the tensors into the module, every one of them; counters of BatchNorm may be missing.

    Args:
        module: the network.
        tensors: by the names of its state dict.
        name: of the file, for messages.

    Raises:
        ValueError: if a tensor is missing, unknown or of another shape.
    """
    own = module.state_dict()
    missing = sorted(key for key in set(own) - set(tensors) if not key.endswith(_COUNTER))
    unknown = sorted(set(tensors) - set(own))
    if missing or unknown:
        raise ValueError(
            f"weights file {name} is of another network: {len(missing)} tensors missing {missing[:3]}, "
            f"{len(unknown)} unknown {unknown[:3]}."
        )
    for key, value in tensors.items():
        if own[key].shape != value.shape:
            raise ValueError(
                f"weights file {name} does not fit: {key} is {tuple(own[key].shape)}, "
                f"the file has {tuple(value.shape)}."
            )
    module.load_state_dict(dict(tensors), strict=False)


def _unpickled(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        _log.warning(
            "%s holds more than tensors; it is unpickled in full, because it was said to be trusted.", path.name
        )
    except Exception as error:  # whatever a damaged file makes of the reader
        raise ValueError(f"weights file {path.name} cannot be read ({said(error)}); copy it again.") from error
    try:
        return torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:  # its own code runs here
        raise ValueError(f"weights file {path.name} cannot be unpickled ({said(error)}).") from error


def _tensors(content: Any, path: Path) -> dict[str, Tensor]:
    if isinstance(content, Mapping):
        content = next((content[key] for key in _INSIDE if key in content), content)
    if isinstance(content, nn.Module):
        content = content.state_dict()
    if (
        not isinstance(content, Mapping)
        or not content
        or not all(isinstance(held, Tensor) for held in content.values())
    ):
        kind = f"a {type(content).__name__}"
        inside = f" with {sorted(map(str, content))[:5]}" if isinstance(content, Mapping) else ""
        raise ValueError(
            f"weights file {path.name} holds {kind}{inside}, must hold tensors by name, maybe in {_INSIDE}."
        )
    if all(key.startswith(_PREFIX) for key in content):
        return {key.removeprefix(_PREFIX): value for key, value in content.items()}
    return dict(content)
