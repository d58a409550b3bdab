"""Augmentation for detectors: random scale, mirroring, changes of colour, with boxes and masks; one seed a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import masks_to_boxes

from models.config import DataConfig
from models.data.detection.sample import DetectionSample
from models.data.photometric import recoloured
from models.detection.frame import fit_factor, scaled_image, scaled_size

_SMALLEST = 1.0


@dataclass(frozen=True)
class Objects:
    """Objects of an image while it is changed.

    Attributes:
        boxes: (N, 4) float32 x0, y0, x1, y1.
        labels: (N,) int64.
        masks: (N, h, w) bool, None for boxes alone.
    """

    boxes: Tensor
    labels: Tensor
    masks: Tensor | None

    def __getitem__(self, chosen: Tensor) -> Objects:
        return Objects(self.boxes[chosen], self.labels[chosen], None if self.masks is None else self.masks[chosen])


def augment_objects(
    sample: DetectionSample, config: DataConfig, sides: tuple[int, int], seed: tuple[int, int, int]
) -> tuple[Tensor, dict[str, Tensor]]:
    """Fit one sample into the frame, scale it by a random factor, mirror half of them, recolour.

    What a factor above 1 makes larger than the frame's picture is cut to a random window of its size; objects that
    have no pixel left, and ignored ones, are left out.

    Args:
        sample: image and objects.
        config: scales, flip, photometric, brightness, distortion; the crop is that of the frame.
        sides: short and long side of the frame, pixels.
        seed: (seed, epoch, index); the same triple gives the same sample on any worker.

    Returns:
        image (3, h, w) uint8, and boxes (N, 4) float32, labels (N,) 1..K and, where the sample has them, masks
        (N, h, w) uint8, as torchvision's detectors read them.
    """
    rng = np.random.default_rng(seed)
    size = (sample.image.shape[0], sample.image.shape[1])
    factor = fit_factor(size, sides)
    image, objects = _scaled(sample, scaled_size(size, factor * rng.uniform(*config.scales)))
    image, objects = cropped(image, objects, scaled_size(size, factor), rng)
    if config.flip and rng.random() < 0.5:
        image, objects = mirrored(image, objects)
    image = recoloured(image, config, rng).contiguous()
    target = {"boxes": objects.boxes, "labels": objects.labels + 1}
    if objects.masks is not None:
        target["masks"] = objects.masks.to(torch.uint8)
    return image, target


def mirrored(image: Tensor, objects: Objects) -> tuple[Tensor, Objects]:
    """Left and right exchanged, of an image (C, H, W) and its objects."""
    x0, y0, x1, y1 = objects.boxes.unbind(dim=1)
    boxes = torch.stack([image.shape[-1] - x1, y0, image.shape[-1] - x0, y1], dim=1)
    masks = None if objects.masks is None else objects.masks.flip(-1)
    return image.flip(-1), Objects(boxes, objects.labels, masks)


def cropped(image: Tensor, objects: Objects, size: tuple[int, int], rng: np.random.Generator) -> tuple[Tensor, Objects]:
    """A random window of an image, with what it holds of the objects.

    Args:
        image: (C, H, W).
        objects: on it.
        size: height and width of the window at most.
        rng: decides where.

    Returns:
        image (C, h, w), and the objects that are left, moved and cut.
    """
    height, width = (min(want, have) for want, have in zip(size, image.shape[-2:], strict=True))
    top = int(rng.integers(image.shape[-2] - height + 1))
    left = int(rng.integers(image.shape[-1] - width + 1))
    window = (slice(None), slice(top, top + height), slice(left, left + width))
    moved = objects.boxes - torch.tensor([left, top, left, top], dtype=torch.float32)
    boxes = torch.minimum(moved.clamp(min=0), torch.tensor([width, height, width, height], dtype=torch.float32))
    kept = (boxes[:, 2:] - boxes[:, :2] >= _SMALLEST).all(dim=1)
    if objects.masks is None:
        return image[window], Objects(boxes, objects.labels, None)[kept]
    masks = objects.masks[window]
    kept &= masks.flatten(1).any(dim=1)
    # What a window leaves of an object may be narrower than what it leaves of its box.
    narrow = kept & (boxes != moved).any(dim=1)
    if narrow.any():
        boxes[narrow] = masks_to_boxes(masks[narrow]) + torch.tensor([0.0, 0.0, 1.0, 1.0])
    return image[window], Objects(boxes, objects.labels, masks)[kept]


def _scaled(sample: DetectionSample, size: tuple[int, int]) -> tuple[Tensor, Objects]:
    """Image and objects at another size, without the ignored ones."""
    counts = ~sample.ignored
    planes = torch.from_numpy(np.ascontiguousarray(sample.image.transpose(2, 0, 1)))
    ratio = np.array([size[1], size[0]] * 2) / np.array(([*sample.image.shape[1::-1]]) * 2)
    boxes = torch.from_numpy((sample.boxes[counts] * ratio).astype(np.float32))
    masks = None if sample.masks is None else torch.from_numpy(sample.masks[counts])
    if masks is not None and masks.shape[-2:] != size:
        # nearest-exact samples pixel centres, as the bilinear image resize does.
        masks = F.interpolate(masks[None].to(torch.uint8), size, mode="nearest-exact")[0].bool()
    return scaled_image(planes, size), Objects(boxes, torch.from_numpy(sample.labels[counts]), masks)
