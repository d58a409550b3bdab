"""Named points of a network: identity modules that can be read and replaced.

A tensor that no layer owns (a mask, an affinity) gets a name, a kind and a place where hooks can sit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from torch import Tensor, nn

KINDS = ("features", "mask", "affinity", "logits", "tokens", "operand", "branches")
# Of supervised stages: logits as the network's own, logits as those of an auxiliary head, features by class, logits
# of a classifier that only looks on.
LOSSES = ("main", "auxiliary", "car", "onlooker")


class Term(NamedTuple):
    """What a supervised stage held: its loss, one of LOSSES, and the value with its gradient."""

    loss: str
    value: Tensor


class Stage(nn.Module):
    """Identity module with a name and a kind.

    Args:
        name: the contract's name, such as ``ld.mask``.
        kind: one of KINDS; tells which views apply.
        info: plain attributes a view needs, such as kernel, dilation and border of an affinity. With ``loss``, one of
            LOSSES, the stage is supervised: it is trained by that loss beside the one on the network's output. Of the
            kind ``branches``: ``branches``, the (name, channels) of what was concatenated, in order.

    Shape:
        any shape -> the same tensor
    """

    def __init__(self, name: str, kind: str, **info: Any) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"stage kind is {kind!r}, must be one of {KINDS}.")
        if info.get("loss", LOSSES[0]) not in LOSSES:
            raise ValueError(f"loss of stage {name!r} is {info['loss']!r}, must be one of {LOSSES}.")
        self.name = name
        self.kind = kind
        self.info = info

    def forward(self, value: Tensor) -> Tensor:
        return value

    @property
    def watched(self) -> bool:
        """Whether a hook sits here: then what passes through has to be formed, where it could be left out."""
        return any((self._forward_hooks, self._forward_pre_hooks, self._backward_hooks, self._backward_pre_hooks))

    def extra_repr(self) -> str:
        """Name and kind, for torch to print."""
        return f"{self.name!r}, kind={self.kind!r}"


def stages_of(model: nn.Module) -> dict[str, Stage]:
    """Name -> Stage of every stage in the model, in module order.

    Raises:
        ValueError: if two stages have the same name.
    """
    found: dict[str, Stage] = {}
    for module in model.modules():
        if isinstance(module, Stage):
            if module.name in found:
                raise ValueError(f"two stages of this network are called {module.name!r}; rename one.")
            found[module.name] = module
    return found


def check_stage_names(model: nn.Module, names: Iterable[str]) -> None:
    """Refuse a name that is not a stage of the model.

    Raises:
        ValueError: that lists what exists.
    """
    known = stages_of(model)
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(f"this network has no stage {missing}; it has {sorted(known)}.")


@contextmanager
def record(model: nn.Module, names: Iterable[str] | None = None) -> Generator[dict[str, Tensor]]:
    """Copy the named stages (all of them by default) to the CPU while the block runs.

    A stage that is called again overwrites its record. Inside ``replace`` the edited value is recorded.

    Raises:
        ValueError: if a name is not a stage of the model.
    """
    stages = stages_of(model)
    wanted = list(stages) if names is None else list(names)
    check_stage_names(model, wanted)
    seen: dict[str, Tensor] = {}

    def keep(stage: Stage, _inputs: tuple, output: Tensor) -> None:
        # copy=True: an in-place ReLU further on would otherwise rewrite the record.
        seen[stage.name] = output.detach().to("cpu", copy=True)

    handles = [stages[name].register_forward_hook(keep) for name in wanted]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def supervised(model: nn.Module) -> Generator[dict[str, Term]]:
    """Collect the supervised stages, by name and with their gradients, while the block runs; none in eval mode."""
    terms: dict[str, Term] = {}

    def keep(stage: Stage, _inputs: tuple, output: Tensor) -> None:
        terms[stage.name] = Term(stage.info["loss"], output)

    asking = [stage for stage in stages_of(model).values() if "loss" in stage.info] if model.training else []
    handles = [stage.register_forward_hook(keep) for stage in asking]
    try:
        yield terms
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def replace(model: nn.Module, edits: Mapping[str, Callable[[Tensor], Tensor]]) -> Generator[None]:
    """Put ``edit(value)`` in the place of a stage's value while the block runs.

    The edit may work on the CPU and in another precision, as the recorded values are: it is brought back.

    Raises:
        ValueError: if a name is not a stage of the model, or an edit changes the shape.
    """
    check_stage_names(model, edits)
    stages = stages_of(model)

    def put(stage: Stage, _inputs: tuple, output: Tensor) -> Tensor:
        edited = edits[stage.name](output)
        if edited.shape != output.shape:
            raise ValueError(
                f"the edit of {stage.name} returned {tuple(edited.shape)}, the stage holds {tuple(output.shape)}."
            )
        return edited.to(output)

    handles = [stages[name].register_forward_hook(put) for name in edits]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
