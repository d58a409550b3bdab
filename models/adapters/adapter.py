"""What is to be said about a network of others: which of its modules hold which stage."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from models.network import Preprocessing

SIDES = ("output", "input")
# The names that several parts agree on; what each means stands in CONTRIBUTING.md.
_KINDS = {
    **dict.fromkeys(("backbone.c2", "backbone.c3", "backbone.c4", "backbone.c5"), "features"),
    **dict.fromkeys(("fcn.features", "fusion.features", "ga.context", "gald.features"), "features"),
    "classifier.features": "features",
    "ld.mask": "mask",
    "ld.affinity": "affinity",
    **dict.fromkeys(("ga.query", "ga.key", "ga.anchors"), "operand"),
}
_WORDS = 300
_AFFINITY = ("kernel", "dilation")


@dataclass(frozen=True)
class Tap:
    """Where the tensor of a stage is.

    Args:
        module: dotted path of a submodule, as ``named_modules()`` gives it.
        side: ``output`` of that module, or ``input``, its first one.
        item: key or position where that is a mapping or a sequence of tensors.
        channels_last: whether the tensor is (B, h, w, C).
        info: what a view must know: kernel, dilation and border of an affinity.
    """

    module: str
    side: str = "output"
    item: str | int | None = None
    channels_last: bool = False
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise ValueError(f"side of {self.module!r} is {self.side!r}, must be one of {SIDES}.")


def logits_of(output: Any) -> Any:
    """What the usual networks call their answer: the output itself, its "out" or "logits", or its ``.logits``."""
    if isinstance(output, Mapping):
        return next((output[key] for key in ("out", "logits") if key in output), None)
    return output if isinstance(output, Tensor) else getattr(output, "logits", None)


@dataclass(frozen=True)
class Adapter:
    """How a network of others is to be seen.

    Args:
        stages: name of a stage -> its Tap, or just the path of the module whose output it is.
        classifier: path of the last 1x1 convolution or linear layer; its weight gives ``tokens`` and its input
            ``classifier.features``. Empty where no single layer is one.
        logits: output of the network -> (B, K, h, w), at any stride.
        preprocessing: mean and standard deviation that the network was trained with.
        min_size: smallest side of an image, pixels; the network is tried once at this size.
        multiple: sides are stretched to a multiple of it, for networks that take no other.
        class_names: what the network's own description calls its classes, if it does.

    Raises:
        ValueError: if a stage has a name that no view or contract knows, or an affinity lacks its geometry.
    """

    stages: Mapping[str, Tap | str] = field(default_factory=dict)
    classifier: str = ""
    logits: Callable[[Any], Any] = logits_of
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    min_size: int = 64
    multiple: int = 1
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, tap in self.taps.items():
            if kind_of(name) == "affinity" and not set(_AFFINITY) <= set(tap.info):
                raise ValueError(
                    f"stage {name!r} lacks {_AFFINITY}; give Tap({tap.module!r}, info={{'kernel': 5, ...}})."
                )
        if self.multiple < 1 or self.min_size < 1:
            raise ValueError(f"multiple is {self.multiple} and min_size {self.min_size}, both must be >= 1 pixel.")

    @property
    def taps(self) -> dict[str, Tap]:
        """Stage name -> Tap, those of the classifier left out."""
        return {name: Tap(tap) if isinstance(tap, str) else tap for name, tap in self.stages.items()}


def kind_of(stage: str) -> str:
    """Kind of a stage by its name: one of the names that the views know, or NAME.logits for another answer.

    Raises:
        ValueError: if there is no such name.
    """
    if stage.endswith(".logits"):
        return "logits"
    if stage == "tokens":
        raise ValueError("stage 'tokens' is no output of a module; name the last layer with Adapter(classifier=PATH).")
    if stage not in _KINDS:
        raise ValueError(f"stage is {stage!r}{near(stage, _KINDS)}, must be one of {[*_KINDS, 'NAME.logits']}.")
    return _KINDS[stage]


def submodule(module: nn.Module, path: str) -> nn.Module:
    """The submodule at a dotted path.

    Raises:
        ValueError: naming paths like it, if there is none.
    """
    known = dict(module.named_modules())
    if path not in known or not path:
        top = [name for name, _ in module.named_children()]
        raise ValueError(
            f"module is {path!r}{near(path, known)}, and this network has none of that name; its parts are {top}, "
            "and named_modules() lists all."
        )
    return known[path]


def said(error: Exception) -> str:
    """Kind and words of an error of somebody else's code, in one line of bearable length."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:_WORDS]}{' …' if len(words) > _WORDS else ''}"


def near(name: str, known: Mapping[str, Any]) -> str:
    """`` (like 'a', 'b')`` with up to three known names that resemble the given one, or nothing."""
    alike = difflib.get_close_matches(name, [key for key in known if key], n=3, cutoff=0.6)
    return f" (like {', '.join(map(repr, alike))})" if alike else ""
