"""The frame that a detector sees an image in: fitted by its sides, in batches filled up to whole cells."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection.image_list import ImageList

# Every level of the pyramid then covers the batch with whole cells, so that anchors lie where their cells are.
DIVISOR = 32


def fit_factor(size: tuple[int, int], sides: tuple[int, int]) -> float:
    """Factor by which an image (H, W) fills the frame: its short side at most sides[0], its long one sides[1]."""
    return min(sides[0] / min(size), sides[1] / max(size))


def scaled_size(size: tuple[int, int], factor: float) -> tuple[int, int]:
    """Height and width in whole pixels, at least 1."""
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def scaled_image(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """(C, H, W) -> (C, *size), bilinear, smoothed where it shrinks."""
    if tuple(planes.shape[-2:]) == tuple(size):
        return planes
    shrinks = size[0] < planes.shape[-2]
    return F.interpolate(planes[None], size, mode="bilinear", align_corners=False, antialias=shrinks)[0]


def batched(images: Sequence[Tensor], least: int) -> ImageList:
    """Images of several sizes in one batch, filled up with zeros, the mean colour, at their right and lower sides.

    Args:
        images: (3, h, w) each, normalised.
        least: smallest side of the batch.

    Shape:
        (B, 3, H, W), H and W multiples of 32
    """
    sizes = [(image.shape[-2], image.shape[-1]) for image in images]
    height, width = filled_size(sizes, least)
    filled = [F.pad(image, (0, width - image.shape[-1], 0, height - image.shape[-2])) for image in images]
    return ImageList(torch.stack(filled), sizes)


def filled_size(sizes: Sequence[tuple[int, int]], least: int) -> tuple[int, int]:
    """Height and width of the batch of images of these sizes."""
    height, width = (max(least, *(size[side] for size in sizes)) for side in (0, 1))
    return -(-height // DIVISOR) * DIVISOR, -(-width // DIVISOR) * DIVISOR
