"""A timm backbone with a linear head: the least that makes a segmentation network of a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import timm
from timm.layers import Format
from torch import Tensor, nn

from models.adapters.adapter import Adapter, Tap, said
from models.adapters.family import FAMILIES, Family
from models.adapters.taps import is_pointwise
from models.network import Preprocessing

_HEADS = ("head", "classifier", "fc")
_USUAL_CLASSES = 21
_SMALLEST = 64


class TimmLinear(nn.Module):
    """A 1x1 convolution on the last level of a timm network with ``features_only``.

    Shape:
        (B, 3, H, W) -> logits (B, K, h, w) at the stride of the last level
    """

    def __init__(self, name: str, num_classes: int) -> None:
        super().__init__()
        try:
            self.backbone = _of_any_size(name)
        except (RuntimeError, TypeError) as error:
            raise ValueError(
                f"timm network is {name!r}, which timm cannot build with features_only ({said(error)}); "
                "timm.list_models() has the names."
            ) from error
        self.head = nn.Conv2d(_channels(self.backbone)[-1], num_classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        last = self.backbone(image)[-1]
        return self.head(last.movedim(-1, 1) if _channels_last(self.backbone) else last)


@FAMILIES.register("timm")
class TimmBackbone(Family):
    """Modules with a ``backbone`` of timm (``features_only``) and a 1x1 ``head``, ``classifier`` or ``fc``.

    By name those that take an image of any size, if timm is asked to build them so: also Swin and plain vision
    transformers, which fill an image up to whole patches.

    Stages:
        backbone.c2 .. backbone.c5, the last four levels; classifier.features; tokens.
    """

    def matches(self, module: nn.Module) -> bool:
        info = getattr(getattr(module, "backbone", None), "feature_info", None)
        return hasattr(info, "channels") and _head(module) is not None

    def adapter(self, module: nn.Module) -> Adapter:
        backbone, last = module.get_submodule("backbone"), _channels_last(module.get_submodule("backbone"))
        count = len(_channels(backbone))
        levels = range(max(count - 4, 0), count)
        stages = {f"backbone.c{6 - count + item}": Tap("backbone", item=item, channels_last=last) for item in levels}
        trained: Any = getattr(backbone, "pretrained_cfg", None) or {}
        usual = Preprocessing()
        look = Preprocessing(tuple(trained.get("mean", usual.mean)), tuple(trained.get("std", usual.std)))
        smallest = max(trained.get("min_input_size", (3, _SMALLEST))[-1], _SMALLEST)
        return Adapter(stages, classifier=_head(module) or "", preprocessing=look, min_size=smallest)

    def build(self, name: str, tensors: Mapping[str, Tensor], num_classes: int | None) -> nn.Module:
        return TimmLinear(
            name, len(tensors["head.weight"]) if "head.weight" in tensors else num_classes or _USUAL_CLASSES
        )


def _of_any_size(name: str) -> nn.Module:
    """timm's levels; a transformer is told that an image may have another size than in its training."""
    try:
        body = timm.create_model(name, features_only=True, pretrained=False, dynamic_img_size=True)
    except TypeError:
        # Convolutions take any size without being told, and do not know the option.
        return timm.create_model(name, features_only=True, pretrained=False)
    for module in body.modules():
        if hasattr(module, "dynamic_img_pad"):
            module.dynamic_img_pad = True  # ty: ignore[invalid-assignment]
    return body


def _head(module: nn.Module) -> str | None:
    return next((name for name in _HEADS if is_pointwise(getattr(module, name, None))), None)


def _channels(backbone: Any) -> list[int]:
    return backbone.feature_info.channels()


def _channels_last(backbone: nn.Module) -> bool:
    return getattr(backbone, "output_fmt", Format.NCHW) == Format.NHWC
