"""Hooks that lead a tensor inside a network of others through a Stage, where it can be recorded and replaced."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from models.adapters.adapter import Tap, submodule
from models.stages import Stage

_MAPS = ("features", "mask", "affinity", "logits")


def connect(module: nn.Module, tap: Tap, stage: Stage) -> RemovableHandle:
    """Lead the tensor at the tap through the stage in every forward pass.

    Raises:
        ValueError: if there is no such module; in the forward pass, if there is no tensor of the shape of a stage.
    """
    target = submodule(module, tap.module)

    def at_input(_module: nn.Module, inputs: tuple) -> tuple | None:
        if not inputs:
            raise ValueError(f"module {tap.module!r} gets no positional input; tap the output of the one before it.")
        changed = _led(inputs[0], tap, stage)
        return None if changed is None else (changed, *inputs[1:])

    def at_output(_module: nn.Module, _inputs: tuple, output: Any) -> Any:
        return _led(output, tap, stage)

    if tap.side == "input":
        return target.register_forward_pre_hook(at_input)
    return target.register_forward_hook(at_output)


def connect_tokens(module: nn.Module, path: str, stage: Stage) -> RemovableHandle:
    """Lead the rows of a classifier through the stage; when they are replaced, the answer is computed anew.

    Raises:
        ValueError: if the module is neither a 1x1 convolution nor a linear layer.
    """
    classifier = classifier_at(module, path)

    def at_output(_module: nn.Module, inputs: tuple, _output: Tensor) -> Tensor | None:
        rows = classifier.weight.flatten(1)
        tokens = stage(rows)
        if tokens is rows:
            return None
        if isinstance(classifier, nn.Linear):
            return F.linear(inputs[0], tokens, classifier.bias)
        return F.conv2d(inputs[0], tokens[:, :, None, None], classifier.bias)

    return classifier.register_forward_hook(at_output)


def classifier_at(module: nn.Module, path: str) -> nn.Conv2d | nn.Linear:
    """The module at the path, if it holds one vector per class.

    Raises:
        ValueError: if it does not.
    """
    found = submodule(module, path)
    if isinstance(found, nn.Linear) or (isinstance(found, nn.Conv2d) and is_pointwise(found)):
        return found
    raise ValueError(
        f"classifier {path!r} is {found}, must be a 1x1 convolution or a linear layer: only those hold one vector per "
        "class. Leave classifier empty."
    )


def is_pointwise(module: object) -> bool:
    """Whether the module is a plain 1x1 convolution."""
    if not isinstance(module, nn.Conv2d):
        return False
    return (module.kernel_size, module.stride, module.padding, module.groups) == ((1, 1), (1, 1), (0, 0), 1)


def _led(value: Any, tap: Tap, stage: Stage) -> Any:
    """The value with its tensor replaced, None where the stage left it as it is."""
    tensor = _tensor_in(value, tap, stage)
    seen = tensor.movedim(-1, 1) if tap.channels_last else tensor
    if stage.kind == "affinity" and seen.shape[1] != stage.info["kernel"] ** 2:
        raise ValueError(
            f"stage {stage.name!r} has {seen.shape[1]} weights a position, kernel {stage.info['kernel']} has "
            f"{stage.info['kernel'] ** 2}; correct the info of its Tap."
        )
    passed = stage(seen)
    if passed is seen:
        return None
    changed = passed.movedim(1, -1) if tap.channels_last else passed
    return changed if tap.item is None else _put(value, tap.item, changed)


def _tensor_in(value: Any, tap: Tap, stage: Stage) -> Tensor:
    tensor = value
    if tap.item is not None:
        try:
            tensor = value[tap.item]
        except (KeyError, IndexError, TypeError) as error:
            raise ValueError(
                f"the {tap.side} of {tap.module!r} is {_words(value)}; it has no item {tap.item!r}."
            ) from error
    if not isinstance(tensor, Tensor):
        raise ValueError(
            f"stage {stage.name!r}: the {tap.side} of {tap.module!r} is {_words(tensor)}, no tensor; say which part "
            "with Tap(..., item=...), or tap another module."
        )
    if stage.kind in _MAPS and tensor.ndim != 4:
        raise ValueError(
            f"stage {stage.name!r}: the {tap.side} of {tap.module!r} has shape {tuple(tensor.shape)}, a stage of kind "
            f"{stage.kind} is (B, C, h, w), or (B, h, w, C) with channels_last; tap a module where it has that shape."
        )
    return tensor


def _put(value: Any, item: str | int, changed: Tensor) -> Any:
    if isinstance(value, tuple):
        return tuple(changed if place == item else held for place, held in enumerate(value))
    copied = copy.copy(value)
    copied[item] = changed
    return copied


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"a {type(value).__name__} with {sorted(map(str, value))}"
    return f"a {type(value).__name__}" + (f" of {len(value)}" if isinstance(value, list | tuple) else "")
