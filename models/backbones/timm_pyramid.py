"""A timm network as a feature pyramid: ResNet, MobileNet at output stride 4, 8, 16 or 32; ConvNeXt, Swin at 32."""

from __future__ import annotations

import warnings
from pathlib import Path

import timm
from timm.layers import Format
from torch import Tensor, nn

from models.backbones import patches
from models.backbones.dilate import set_output_stride
from models.backbones.pyramid import Backbone, Pyramid
from models.backbones.weights import fill, match, read_weights, renamed, tensors_of
from models.config import BackboneConfig

# TensorFlow pads stride-2 convolutions at the end only; weights that come from it need the same.
_SAME_PADDING = ("mobilenetv2_100",)


class TimmPyramid(Backbone):
    """Features c2..c5 of a timm network.

    Args:
        config: name, output stride, multi-grid and stem.

    Shape:
        (B, 3, H, W) -> Pyramid of (B, C_i, ceil(H / s_i), ceil(W / s_i)), s = 4, 8, 16, 32 capped by output_stride;
        the deep stem's pooling gives one cell more where it would cut a rest off: 832 -> 105 at stride 8.

    Raises:
        ValueError: if timm has no such network or it cannot be dilated.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.body = _create(config)
        self.channels = tuple(self.body.feature_info.channels()[-4:])  # ty: ignore[not-callable, missing-union-attribute]
        self._channels_last = getattr(self.body, "output_fmt", Format.NCHW) == Format.NHWC
        if patches.merges_patches(config.name):
            self._groups = patches.stage_blocks(self.body)
            patches.take_any_size(self.body)
        else:
            self._groups = _stage_blocks(self.body, config.name)
            set_output_stride(
                self._groups, config.output_stride, config.multi_grid, config.dilate_first, config.trained_stride
            )

    def forward(self, image: Tensor) -> Pyramid:
        levels = self.body(image)[-4:]
        return Pyramid(*(level.movedim(-1, 1) for level in levels) if self._channels_last else levels)

    def leading_stages(self, count: int) -> list[nn.Module]:
        if count == 0:
            return []
        stages = {id(block) for blocks in self._groups for block in blocks}
        return _outside(self.body, stages) + [block for blocks in self._groups[:count] for block in blocks]


def load_pretrained(backbone: TimmPyramid, name: str, weights: str | Path = "auto") -> str:
    """Fill the backbone with ImageNet weights; return one line that says where they came from and what stays random.

    Args:
        backbone: what to fill.
        name: timm name.
        weights: ``auto`` asks timm's hub and takes what fits (a deep stem has no counterpart there), ``none`` keeps the
            random start, else a local safetensors file: the tensors by the backbone's names, then of whole stages and
            maybe only the first ones, or those of the whole classification network in module order.

    Raises:
        ValueError: if a local file is missing or its tensors do not fit.
    """
    if str(weights) == "none":
        return "random"
    if str(weights) != "auto":
        path = Path(weights)
        return f"file {path.name}" + fill(backbone.body, match(backbone.body, read_weights(path), path.name))
    try:
        source = timm.create_model(name, pretrained=True).state_dict()
    except Exception as error:  # the hub raises many kinds; all mean the same here
        warnings.warn(
            f"no pretrained weights for {name} ({type(error).__name__}); starting from random weights. "
            "Give a local file with --weights FILE, or --weights none to say that random is meant.",
            stacklevel=2,
        )
        return "random"
    own = tensors_of(backbone.body)
    source = renamed(own, source)
    fitting = {key: source[key] for key, value in own.items() if key in source and source[key].shape == value.shape}
    return f"timm {name}" + fill(backbone.body, fitting)


def _create(config: BackboneConfig) -> nn.Module:
    options: dict = {"features_only": True, "pretrained": False}
    if patches.merges_patches(config.name):
        options |= patches.options(config)
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
    groups = _efficientnet_blocks(body) if hasattr(body, "blocks") else []
    if len(groups) == 4:
        return groups
    raise ValueError(
        f"backbone {name!r} is neither a ResNet, a MobileNet/EfficientNet, a ConvNeXt nor a Swin of timm; "
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


def _outside(module: nn.Module, stages: set[int]) -> list[nn.Module]:
    """The largest submodules that hold no block of a stage: the stem."""
    found: list[nn.Module] = []
    for child in module.children():
        if any(id(inner) in stages for inner in child.modules()):
            found += [] if id(child) in stages else _outside(child, stages)
        else:
            found.append(child)
    return found
