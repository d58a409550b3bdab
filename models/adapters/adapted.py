"""A module of others behind the same few methods as a Segmenter."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from models.adapters.adapter import Adapter, kind_of, logits_of, said
from models.adapters.family import adapter_of
from models.adapters.taps import Tap, classifier_at, connect, connect_tokens
from models.data.classes import ClassSet
from models.data.label_tables import devkit_color
from models.layers import resize
from models.network import LoadedNetwork, Network
from models.stages import Stage, record


class AdaptedNetwork(Network):
    """A network of others that is looked at, not trained: from here on in eval mode and without gradients.

    It runs once on an empty image, so that a wrong adapter is refused here and not in the middle of a session.

    Args:
        module: (B, 3, H, W) -> something that holds logits.
        classes: what its K outputs mean; None takes the adapter's names, or numbers.
        adapter: where its stages are.

    Shape:
        normalised image (B, 3, H, W) -> logits (B, K, h, w) at the module's own stride

    Stages:
        those of the adapter, and with its classifier ``classifier.features`` and ``tokens``.

    Raises:
        ValueError: if a module does not exist or is not called, there are no logits, or not K of them.
    """

    def __init__(self, module: nn.Module, classes: ClassSet | None = None, adapter: Adapter | None = None) -> None:
        super().__init__()
        self.module = module.eval().requires_grad_(False)
        self.adapter = adapter or Adapter()
        self.preprocessing = self.adapter.preprocessing
        self.points = nn.ModuleList()
        hooks: list[RemovableHandle] = []
        try:
            self._connect(hooks)
            logits = self._tried()
            self.classes = classes or numbered(logits.shape[1], self.adapter.class_names)
            self._check_classes(logits)
            self.eval()
        except ValueError:
            # The module may be adapted again, with what was wrong put right.
            for hook in hooks:
                hook.remove()
            raise

    def forward(self, image: Tensor) -> Tensor:
        """Logits (B, K, h, w) of the module for a normalised image (B, 3, H, W).

        Raises:
            ValueError: if the image is too small, or the module's output holds no logits where the adapter looks.
        """
        self.check_size(image)
        output = self.module(image)
        logits = self.adapter.logits(output)
        if not isinstance(logits, Tensor) or logits.ndim != 4:
            raise ValueError(
                f"no logits (B, K, h, w) found in the network's output, {_described(output)}; "
                "say where they are with Adapter(logits=lambda output: ...)."
            )
        return logits

    def predict_logits(self, image: Tensor) -> Tensor:
        """Logits (B, K, H, W), upsampled bilinearly to the normalised image (B, 3, H, W).

        The image is stretched, not padded, to the adapter's multiple: the stages then cover it from edge to edge.
        """
        height, width = image.shape[-2:]
        self.check_size(image)
        multiple = self.adapter.multiple
        whole = (math.ceil(height / multiple) * multiple, math.ceil(width / multiple) * multiple)
        return resize(self(resize(image, whole)), (height, width))

    @property
    def min_size(self) -> int:
        """Smallest height and width of an image, pixels."""
        return self.adapter.min_size

    def _connect(self, hooks: list[RemovableHandle]) -> None:
        taps = self.adapter.taps
        path = self.adapter.classifier
        if path:
            linear = isinstance(classifier_at(self.module, path), nn.Linear)
            taps.setdefault("classifier.features", Tap(path, side="input", channels_last=linear))
            hooks.append(connect_tokens(self.module, path, self._add("tokens", "tokens")))
        for name, tap in taps.items():
            hooks.append(connect(self.module, tap, self._add(name, kind_of(name), **tap.info)))

    def _add(self, name: str, kind: str, **info: object) -> Stage:
        stage = Stage(name, kind, **info)
        self.points.append(stage)
        return stage

    def _tried(self) -> Tensor:
        side = math.ceil(self.min_size / self.adapter.multiple) * self.adapter.multiple
        image = torch.zeros(1, 3, side, side, device=self.device)
        try:
            with torch.inference_mode(), record(self) as seen:
                logits = self(image)
        except (RuntimeError, TypeError, AssertionError, LookupError, AttributeError) as error:
            raise ValueError(
                f"the network cannot look at an image of {side}x{side} ({said(error)}); "
                "set min_size and multiple of its Adapter, or wrap it in a module that takes an image (B, 3, H, W)."
            ) from error
        idle = {stage.name for stage in self.points if isinstance(stage, Stage)} - set(seen)
        if idle:
            raise ValueError(f"the modules of stages {sorted(idle)} are not called in a forward pass; tap others.")
        return logits

    def _check_classes(self, logits: Tensor) -> None:
        count, path = len(self.classes), self.adapter.classifier
        if logits.shape[1] != count:
            raise ValueError(
                f"the network gives {logits.shape[1]} logits a pixel, the class set has {count} names "
                f"{_few(self.classes.names)}; give the classes that it was trained on."
            )
        rows = len(classifier_at(self.module, path).weight) if path else count
        if rows != count:
            raise ValueError(f"classifier {path!r} has {rows} rows for {count} classes; name the last layer, or none.")


def adapt(module: nn.Module, classes: ClassSet | None = None, adapter: Adapter | None = None) -> AdaptedNetwork:
    """Make a network of others one that can be looked at.

    Args:
        module: (B, 3, H, W) -> logits, or something that holds them.
        classes: what its outputs mean; None takes the names in its own description, or numbers.
        adapter: where its stages are; None asks the families (torchvision, timm, SegFormer), and a network of none of
            them gets no stages.

    Raises:
        ValueError: as AdaptedNetwork.
    """
    return AdaptedNetwork(module, classes, adapter or adapter_of(module))


def numbered(count: int, names: tuple[str, ...] = ()) -> ClassSet:
    """K classes with these names, or with numbers where they are not K different ones; colours of the VOC devkit.

    Raises:
        ValueError: if there are more classes than colours.
    """
    if not 1 <= count <= 255:
        raise ValueError(f"the network gives {count} logits a pixel, must be 1..255; give it a class set of its own.")
    chosen = names if len(set(names)) == len(names) == count else tuple(f"class {index}" for index in range(count))
    return ClassSet(chosen, tuple(devkit_color(index) for index in range(count)))


def loaded(model: Network, name: str, source: str = "", code: str = "") -> LoadedNetwork:
    """The network under a name, with an identity made of its weights, its architecture and its adapter.

    Args:
        model: in eval mode, without gradients.
        name: what people call it.
        source: where it came from.
        code: identity of the code that is not in the modules' descriptions, such as a file's sha256.
    """
    digest = hashlib.sha256(f"{code}\n{model!r}\n{model.preprocessing}\n{model.classes}".encode())
    if isinstance(model, AdaptedNetwork):
        digest.update(f"{model.adapter.taps}{model.adapter.multiple}".encode())
    for key, value in sorted(model.state_dict().items()):
        digest.update(f"{key}{value.dtype}{tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return LoadedNetwork(model, digest.hexdigest(), name, {"source": source})


def _described(output: object) -> str:
    found = logits_of(output)
    if isinstance(found, Tensor):
        return f"which has shape {tuple(found.shape)}"
    keys = f" with {sorted(map(str, output))}" if isinstance(output, dict) else ""
    return f"a {type(output).__name__}{keys}"


def _few(names: tuple[str, ...]) -> str:
    return f"({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
