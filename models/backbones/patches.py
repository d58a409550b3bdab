"""ConvNeXt and Swin: networks whose stages begin by merging patches, for which nothing can be dilated.

Liu et al., CVPR 2022, arXiv:2201.03545; Liu et al., ICCV 2021, arXiv:2103.14030; backbones of HFGD (Tables 6 and 10).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from models.config import BackboneConfig

_OUTPUT_STRIDE = 32


def merges_patches(name: str) -> bool:
    """Whether timm's network of this name is a ConvNeXt or a Swin."""
    return "convnext" in name or "swin_" in name


def options(config: BackboneConfig) -> dict[str, bool]:
    """What timm needs beside the name; Swin has to be told that images may have any size.

    Raises:
        ValueError: if the configuration asks for dilation.
    """
    if config.output_stride != _OUTPUT_STRIDE or config.multi_grid:
        raise ValueError(
            f"backbone {config.name!r} cannot be dilated: output_stride is {config.output_stride}, must be "
            f"{_OUTPUT_STRIDE}, and multi_grid {config.multi_grid}, must be empty; a decoder upsamples (semantic_fpn, "
            "u_sfpn)."
        )
    return {"strict_img_size": False} if "swin_" in config.name else {}


def stage_blocks(body: nn.Module) -> list[list[nn.Module]]:
    """The stages that lead to c2, c3, c4 and c5, with their merging of patches; the stem is left out."""
    return [[stage] for name, stage in body.named_children() if name.startswith(("stages_", "layers_"))]


def take_any_size(body: nn.Module) -> None:
    """Fill the image and every map up with zeros to whole patches, so that a level has ceil(size / stride) cells."""
    for module in body.modules():
        if hasattr(module, "dynamic_img_pad"):
            module.dynamic_img_pad = True  # ty: ignore[invalid-assignment]
        elif isinstance(module, nn.Conv2d) and module.stride != (1, 1) and module.stride == module.kernel_size:
            module.register_forward_pre_hook(_whole_patches)


def _whole_patches(merge: nn.Conv2d, inputs: tuple[Tensor]) -> tuple[Tensor]:
    (value,) = inputs
    rows, columns = (-size % step for size, step in zip(value.shape[-2:], merge.stride, strict=True))
    return (F.pad(value, (0, columns, 0, rows)),)
