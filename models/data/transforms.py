"""Augmentation of the papers: random scale, crop, flip, changes of colour; all from one seed a sample."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from models.config import DataConfig
from models.data.classes import Sample
from models.data.photometric import recoloured


def augment(sample: Sample, config: DataConfig, ignore_id: int, seed: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """Scale, crop (padding with black and ignore), flip and recolour one labelled sample.

    Args:
        sample: image and label.
        config: crop, scales, flip, photometric, brightness, distortion.
        ignore_id: fills the label where the crop leaves the image.
        seed: (seed, epoch, index); the same triple gives the same crop on any worker.

    Returns:
        image (3, h, w) uint8 and label (h, w) int64.

    Raises:
        ValueError: if the sample has no label.
    """
    if sample.label is None:
        raise ValueError(f"sample {sample.id} has no label; training needs one for every image.")
    rng = np.random.default_rng(seed)
    scale = rng.uniform(*config.scales)
    image, label = _scaled(sample.image, sample.label, scale)
    image, label = _cropped(image, label, config.crop, ignore_id, rng)
    if config.flip and rng.random() < 0.5:
        image, label = image.flip(-1), label.flip(-1)
    image = recoloured(image, config, rng)
    # A copy: the whole of an image that is kept for the next epoch must not be handed out.
    return image.clone(memory_format=torch.contiguous_format), label.clone(memory_format=torch.contiguous_format)


def _scaled(image: NDArray[np.uint8], label: NDArray[np.int64], scale: float) -> tuple[Tensor, Tensor]:
    planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    ids = torch.from_numpy(np.ascontiguousarray(label))
    size = (max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale)))
    if size == image.shape[:2]:
        return planes, ids
    planes = F.interpolate(planes[None], size, mode="bilinear", align_corners=False, antialias=scale < 1)[0]
    # nearest-exact samples pixel centres, as the bilinear image resize does.
    ids = F.interpolate(ids[None, None].float(), size, mode="nearest-exact")[0, 0].long()
    return planes, ids


def _cropped(
    image: Tensor, label: Tensor, crop: tuple[int, int], ignore_id: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    height, width = crop
    missing = [max(0, want - have) for want, have in zip(crop, label.shape, strict=True)]
    if any(missing):
        padding = (0, missing[1], 0, missing[0])
        image, label = F.pad(image, padding), F.pad(label, padding, value=ignore_id)
    top = int(rng.integers(label.shape[0] - height + 1))
    left = int(rng.integers(label.shape[1] - width + 1))
    window = (slice(top, top + height), slice(left, left + width))
    return image[(slice(None), *window)], label[window]
