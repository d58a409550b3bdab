"""Any timm convolutional network as a feature pyramid at output stride 4, 8, 16 or 32."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from models.backbones.dilate import set_output_stride
from models.backbones.pyramid import Backbone, Pyramid
from models.config import BackboneConfig

# TensorFlow pads stride-2 convolutions at the end only; weights that come from it need the same.
_SAME_PADDING = ("mobilenetv2_100",)


class TimmPyramid(Backbone):
    """Features c2..c5 of a timm network.

    Args:
        config: name, output stride, multi-grid and stem.

    Shape:
        (B, 3, H, W) -> Pyramid of (B, C_i, ceil(H / s_i), ceil(W / s_i)), s = 4, 8, 16, 32 capped by output_stride.

    Raises:
        ValueError: if timm has no such network or it cannot be dilated.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.body = _create(config)
        self.channels = tuple(self.body.feature_info.channels()[-4:])  # ty: ignore[not-callable, missing-union-attribute]
        self._groups = _stage_blocks(self.body, config.name)
        set_output_stride(self._groups, config.output_stride, config.multi_grid, config.dilate_first)

    def forward(self, image: Tensor) -> Pyramid:
        return Pyramid(*self.body(image)[-4:])

    def leading_stages(self, count: int) -> list[nn.Module]:
        if count == 0:
            return []
        inner = {id(block) for blocks in self._groups for block in blocks}
        stem = [m for m in self.body.children() if not _holds(m, inner)]
        return stem + [block for blocks in self._groups[:count] for block in blocks]


def load_pretrained(backbone: TimmPyramid, name: str, weights: str | Path = "auto") -> str:
    """Fill the backbone with ImageNet weights; return one line that says where they came from.

    Args:
        backbone: what to fill.
        name: timm name.
        weights: ``auto`` asks timm's hub, ``none`` keeps the random start, else a local safetensors file with the
            tensors of the whole classification network in module order.

    Raises:
        ValueError: if a local file is missing or its tensors do not fit.
    """
    if str(weights) == "none":
        return "random"
    if str(weights) != "auto":
        _copy_in_order(backbone.body, Path(weights))
        return f"file {Path(weights).name}"
    try:
        source = timm.create_model(name, pretrained=True).state_dict()
    except Exception as error:  # the hub raises many kinds; all mean the same here
        warnings.warn(
            f"no pretrained weights for {name} ({type(error).__name__}); starting from random weights. "
            "Give a local file with --weights FILE, or --weights none to say that random is meant.",
            stacklevel=2,
        )
        return "random"
    own = backbone.body.state_dict()
    backbone.body.load_state_dict({k: source.get(k, v) for k, v in own.items()})
    return f"timm {name}"


def _create(config: BackboneConfig) -> nn.Module:
    options: dict = {"features_only": True, "pretrained": False}
    if config.name in _SAME_PADDING:
        options["pad_type"] = "same"
    if config.deep_stem:
        if not config.name.startswith("resnet"):
            raise ValueError(f"deep_stem is for ResNets, backbone is {config.name!r}; set deep_stem=False.")
        options |= {"stem_width": 64, "stem_type": "deep"}
    try:
        body = timm.create_model(config.name, **options)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"backbone is {config.name!r}, which timm cannot build as a pyramid ({error}); "
            "choose a convolutional name from timm.list_models(), such as 'resnet50'."
        ) from error
    if config.deep_stem:
        body.get_submodule("maxpool").ceil_mode = True  # ty: ignore[invalid-assignment]
    return body


def _stage_blocks(body: nn.Module, name: str) -> list[list[nn.Module]]:
    """Blocks that lead to c2, c3, c4 and c5; the stem is left out."""
    if hasattr(body, "layer1"):
        return [list(getattr(body, f"layer{i}").children()) for i in (1, 2, 3, 4)]
    if hasattr(body, "blocks"):
        return _efficientnet_blocks(body)
    raise ValueError(
        f"backbone {name!r} is neither a ResNet nor a MobileNet/EfficientNet of timm; "
        "register a backbone of your own (CONTRIBUTING.md)."
    )


def _efficientnet_blocks(body: nn.Module) -> list[list[nn.Module]]:
    groups: list[list[nn.Module]] = []
    for stage in body.get_submodule("blocks").children():
        halves = any(getattr(m, "stride", (1, 1)) == (2, 2) for m in stage.modules())
        blocks = list(stage.children())
        if halves:
            groups.append(blocks)
        elif groups:
            groups[-1].extend(blocks)
    return groups


def _holds(module: nn.Module, ids: set[int]) -> bool:
    return any(id(inner) in ids for inner in module.modules())


def _copy_in_order(body: nn.Module, path: Path) -> None:
    """Copy tensors one after the other: the shipped files have other key names but the same order."""
    if not path.is_file():
        raise ValueError(f"weights file {path} does not exist; give an existing .safetensors file or 'none'.")
    stored = {key: value for key, value in load_file(path).items() if not key.endswith("num_batches_tracked")}
    own = {key: value for key, value in body.state_dict().items() if not key.endswith("num_batches_tracked")}
    ordered = _match_modules(own, stored)
    for key, value in ordered.items():
        if own[key].shape != value.shape:
            raise ValueError(
                f"weights file {path.name} does not fit: {key} is {tuple(own[key].shape)}, "
                f"the file has {tuple(value.shape)}."
            )
    with torch.no_grad():
        for key, value in ordered.items():
            own[key].copy_(value.float())


def _match_modules(own: dict[str, Tensor], stored: dict[str, Tensor]) -> dict[str, Tensor]:
    if set(own) <= set(stored):
        return {key: stored[key] for key in own}
    keys: Sequence[str] = _natural(stored)
    if len(keys) < len(own):
        raise ValueError(f"weights file has {len(keys)} tensors, the backbone needs {len(own)}.")
    return {mine: stored[theirs] for mine, theirs in zip(own, keys, strict=False)}


def _natural(stored: dict[str, Tensor]) -> list[str]:
    """Module order: numbers by value, and within a module weight, bias, running mean, running variance."""
    rank = {"weight": 0, "bias": 1, "running_mean": 2, "running_var": 3}

    def order(key: str) -> tuple:
        *path, leaf = key.split(".")
        # Text sorts before numbers only by luck; the network's head ("classifier") must come last.
        return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in path), rank.get(leaf, 9)

    return sorted((key for key in stored if not key.startswith(("classifier", "fc"))), key=order)
