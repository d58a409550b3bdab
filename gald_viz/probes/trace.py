"""A network drawn by itself: which of its parts read which others in one forward pass, with the shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from gald_viz.graph import Graph, GraphBox
from models.config import ModelConfig
from models.data.classes import ClassSet
from models.segmenter import Segmenter
from models.stages import Stage

_INPUT = "image"
_SIMPLE = 4  # convolutions of a part that is described by them
_OPERANDS = ("operand", "affinity", "mask")


def trace_config(config: ModelConfig, size: tuple[int, int], num_classes: int, opened: tuple[str, ...] = ()) -> Graph:
    """Trace a network of this configuration, without allocating or computing anything.

    Args:
        config: of the network.
        size: height and width of the image, pixels.
        num_classes: K.
        opened: paths of modules whose children are drawn instead of them.

    Raises:
        ValueError: if the image is too small for the network.
    """
    classes = ClassSet(tuple(f"class {k}" for k in range(num_classes)), ((0, 0, 0),) * num_classes)
    with torch.device("meta"):
        model = Segmenter(config, classes).eval().requires_grad_(False)
        return trace(model, torch.zeros(1, 3, *size), opened)


def trace(model: nn.Module, image: Tensor, opened: tuple[str, ...] = ()) -> Graph:
    """Run the model once and follow its tensors from part to part.

    A part is a stage, or a module without a stage inside; modules that hold a stage are opened. What happens between
    parts (sums, concatenations, resizing) is in the arrows.

    Args:
        model: in eval mode.
        image: (B, 3, H, W), what it is called with.
        opened: paths of further modules whose children are parts.
    """
    followed = _Followed()
    followed.add(_INPUT, "input", (image,), image, stage=False)
    handles = []
    for path, part in _parts(model, "", opened):
        handles += [part.register_forward_pre_hook(followed.enter)]
        handles += [part.register_forward_hook(_leaver(followed, path))]
    whole = {id(part) for _, part in _parts(model, "", opened)}
    for module in model.modules():
        if any(id(inner) in whole for inner in module.modules()) and id(module) not in whole:
            handles.append(module.register_forward_pre_hook(followed.open))
            handles.append(module.register_forward_hook(followed.close))
    try:
        with torch.no_grad(), followed:
            model(image)
    finally:
        for handle in handles:
            handle.remove()
    return Graph(tuple(followed.boxes), tuple(sorted(followed.edges)))


class _Followed(TorchFunctionMode):
    """Knows of every tensor the boxes that it comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[GraphBox] = []
        self.edges: set[tuple[int, int]] = set()
        self._sources: dict[int, frozenset[int]] = {}
        self._alive: list[Tensor] = []  # so that no id is given twice
        self._inside = 0
        self._first: list[int] = []  # box of every open module

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if not self._inside:
            self._note(result, self.sources((args, kwargs)))
        return result

    def sources(self, values: Any) -> frozenset[int]:
        """Boxes that any of the tensors comes from."""
        known = [self._sources[id(value)] for value in _tensors(values) if id(value) in self._sources]
        return frozenset().union(*known)

    def add(self, name: str, kind: str, inputs: Any, output: Any, stage: bool) -> None:
        """A box, its arrows, and its tensors."""
        place = len(self.boxes)
        found = list(_tensors(output))
        shape = tuple(found[0].shape[1:]) if len(found) == 1 else ()
        if stage and kind == "tokens" and found:
            shape = tuple(found[0].shape)
        self.edges |= {(source, place) for source in self.sources(inputs)}
        self.boxes.append(GraphBox(name, kind, shape, stage))
        self._note(output, frozenset({place}))

    def enter(self, _part: nn.Module, _inputs: Any) -> None:
        """A part begins."""
        self._inside += 1

    def leave(self, part: nn.Module, path: str, inputs: Any, output: Any) -> None:
        """A part is done."""
        self._inside -= 1
        if isinstance(part, Stage):
            self.add(part.name, part.kind, inputs, output, stage=True)
        else:
            self.add(path, _described(part), inputs, output, stage=False)

    def open(self, _module: nn.Module, _inputs: Any) -> None:
        """A module that holds parts begins."""
        self._first.append(len(self.boxes))

    def close(self, _module: nn.Module, inputs: Any, output: Any) -> None:
        """A module that holds parts is done.

        Into an operator of our own nobody can see: what comes out of it comes from what went in, and from the operands
        that nothing else read.
        """
        first = self._first.pop()
        if self._inside:
            return
        read = {source for source, _ in self.edges}
        unread = {k for k in range(first, len(self.boxes)) if self.boxes[k].kind in _OPERANDS and k not in read}
        for value in list(_tensors(output)):
            own = self._sources.get(id(value)) or self.sources(inputs)
            self._note(value, own | unread)

    def _note(self, values: Any, sources: frozenset[int]) -> None:
        for value in _tensors(values):
            self._sources[id(value)] = sources
            self._alive.append(value)


def _described(part: nn.Module) -> str:
    """The widest convolution in a part, or its class."""
    found = [inner for inner in part.modules() if isinstance(inner, nn.Conv2d)]
    if not found or len(found) > _SIMPLE:
        return type(part).__name__
    widest = max(found, key=lambda each: each.kernel_size)
    words = [f"{widest.kernel_size[0]}×{widest.kernel_size[1]}"]
    words += [f"rate {widest.dilation[0]}"] if widest.dilation[0] > 1 else []
    words += [f"stride {widest.stride[0]}"] if widest.stride[0] > 1 else []
    return ", ".join(words) + (f", {len(found)} times" if len(found) > 1 else "")


def _leaver(followed: _Followed, path: str) -> Any:
    def leave(part: nn.Module, inputs: Any, output: Any) -> None:
        followed.leave(part, path, inputs, output)

    return leave


def _parts(module: nn.Module, path: str, opened: tuple[str, ...]) -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        own = f"{path}.{name}" if path else name
        holds = any(isinstance(inner, Stage) for inner in child.modules())
        container = isinstance(child, nn.ModuleList | nn.ModuleDict)
        if isinstance(child, Stage):
            yield own, child
        elif holds or container or own in opened:
            yield from _parts(child, own, opened)
        elif any(True for _ in child.parameters()):
            yield own, child


def _tensors(values: Any) -> Iterator[Tensor]:
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, Mapping):
        yield from _tensors(list(values.values()))
    elif isinstance(values, tuple | list):
        for value in values:
            yield from _tensors(value)
    elif is_dataclass(values) and not isinstance(values, type):
        yield from _tensors([getattr(values, field.name) for field in fields(values)])
