"""The whole detector: backbone -> block of GA and LD -> feature pyramid -> regions -> boxes and masks.

Faster R-CNN (Ren et al., NeurIPS 2015, arXiv:1506.01497) and Mask R-CNN (He et al., ICCV 2017, arXiv:1703.06870) with a
feature pyramid, from torchvision's parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.models.detection.transform import resize_boxes

from models.backbones.pyramid import Backbone, Pyramid
from models.config import DetectorConfig
from models.data.classes import ClassSet
from models.detection.frame import batched, filled_size, fit_factor, scaled_image, scaled_size
from models.detection.neck import Neck
from models.detection.parts import proposal_network, region_heads
from models.network import Preprocessing, check_image, normalised
from models.segmenter import build_backbone
from models.stages import Stage

Target = Mapping[str, Tensor]
Map = TypeVar("Map", Tensor, NDArray[np.float32])


@dataclass(frozen=True, slots=True)
class Detections:
    """What a detector found in one image, the surest first.

    Attributes:
        boxes: (N, 4) float32 x0, y0, x1, y1 in pixels of the image; x1 and y1 lie behind the last pixel.
        scores: (N,) float32 in 0..1.
        labels: (N,) int64, 0..K-1.
        masks: (N, H, W) bool, None without a mask head.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    masks: NDArray[np.bool_] | None


class Detector(nn.Module):
    """A detector built from its configuration.

    Args:
        config: the parts and their sizes.
        classes: what the K classes of objects are; the background is counted apart, as class 0 inside.
        preprocessing: mean and standard deviation.

    Shape:
        fitted images, (3, h, w) uint8 each, and while training their targets -> losses by name while training; else
        {} and for each image boxes, scores, labels 1..K and mask probabilities (N, 1, 28, 28), in pixels of the frame

    Stages:
        backbone.c2 .. backbone.c5, ga.context, gald.features, and those of GA and LD.
    """

    kind = "detector"

    def __init__(self, config: DetectorConfig, classes: ClassSet, preprocessing: Preprocessing | None = None) -> None:
        super().__init__()
        self.config, self.classes = config, classes
        self.preprocessing = preprocessing or Preprocessing()
        self.backbone: Backbone = build_backbone(config.backbone)
        self.neck = Neck(self.backbone.channels, config)
        self.rpn = proposal_network(config)
        self.roi_heads = region_heads(config, len(classes))
        self.pyramid_stages = nn.ModuleList(Stage(f"backbone.c{i}", kind="features") for i in (2, 3, 4, 5))

    def forward(
        self, images: Sequence[Tensor], targets: Sequence[Target] | None = None
    ) -> tuple[dict[str, Tensor], list[dict[str, Tensor]]]:
        """Losses by name while training, and what is found in each image; shapes as the class says.

        Raises:
            ValueError: in training mode without targets.
        """
        if self.training and targets is None:
            raise ValueError("a detector in training mode needs targets; call eval() to look at images alone.")
        goals = [dict(target) for target in targets] if targets is not None else None
        batch = batched([self.normalise(image) for image in images], self.neck.min_size)
        planes = batch.tensors.contiguous(memory_format=torch.channels_last)
        levels = self.features(planes)
        proposals, first = self.rpn(batch, levels, goals)
        found, second = self.roi_heads(levels, proposals, batch.image_sizes, goals)
        return {**first, **second}, found

    def features(self, planes: Tensor) -> dict[str, Tensor]:
        """Levels of the feature pyramid for a normalised batch (B, 3, H, W)."""
        features = self.backbone(planes)
        staged = Pyramid(*(stage(level) for stage, level in zip(self.pyramid_stages, features, strict=True)))
        return self.neck(staged)

    def predict(self, image: NDArray[np.uint8]) -> Detections:
        """The objects in one (H, W, 3) uint8 RGB image.

        Raises:
            ValueError: if the array is not (H, W, 3) uint8, or the network is in training mode.
        """
        if self.training:
            raise ValueError("this detector is in training mode; call eval() first.")
        size = (image.shape[0], image.shape[1])
        planes = self.fitted(image)
        with torch.inference_mode():
            found = self([planes])[1][0]
            frame = (planes.shape[-2], planes.shape[-1])
            boxes = resize_boxes(found["boxes"], list(frame), list(size))
            masks = None
            if self.config.masks:
                masks = paste_masks_in_image(found["masks"], boxes, size)[:, 0] >= 0.5
        return Detections(
            boxes.float().cpu().numpy(),
            found["scores"].float().cpu().numpy(),
            found["labels"].cpu().numpy() - 1,
            None if masks is None else masks.cpu().numpy(),
        )

    def fitted(self, image: NDArray[np.uint8]) -> Tensor:
        """(H, W, 3) uint8 RGB -> (3, h, w) uint8 that fills the frame, on the network's device.

        Raises:
            ValueError: if the array is not (H, W, 3) uint8.
        """
        check_image(image)
        planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))).to(self.device)
        return scaled_image(planes, self.frame_of(image))

    def frame_of(self, image: NDArray[np.uint8]) -> tuple[int, int]:
        """Height and width at which an image (H, W, 3) is looked at."""
        size = (image.shape[0], image.shape[1])
        return scaled_size(size, fit_factor(size, self.config.sides))

    def within_image(self, value: Map, image: NDArray[np.uint8]) -> Map:
        """The cells of one of its maps (C, h, w) that lie on the image, without those of the zeros around it."""
        frame = self.frame_of(image)
        filled = filled_size([frame], self.neck.min_size)
        rows, columns = (-(-value.shape[1 + side] * frame[side] // filled[side]) for side in (0, 1))
        return value[:, :rows, :columns]

    def normalise(self, planes: Tensor) -> Tensor:
        """(3, h, w) uint8 -> float32 with the preprocessing's mean and standard deviation."""
        return normalised(planes, self.preprocessing)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device
