"""Class-aware regularisations (CAR): features near their class centre, centres and pixels of other classes apart.

Huang et al., ECCV 2022, arXiv:2203.07160, as their code computes it; HFGD (arXiv:2303.08646, section 3.2) trains its
encoder with it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.config import LossConfig


class ClassAwareRegularisation(nn.Module):
    """Weighted sum of three losses on features, each the square of a mean.

    A class centre is the mean feature of the class over the batch (the authors' over the batches of all replicas;
    training here has one), zero where the batch has none of it. Logits are inner products over sqrt(C), with the
    centres as constants. What classes other than the own one hold of their softmax counts as far as each exceeds
    margin / (K - 1): summed for every centre, and for every pixel, whose own class has the centre's squared norm for
    its product. The third is the distance |centre - feature| within a class.

    Args:
        config: the ``car_`` weights and margins.
        ignore_id: label of pixels that are left out. The published code keeps them in the means.

    Shape:
        features (B, C, h, w), labels (B, H, W), K -> scalar; labels are resized to the nearest
    """

    def __init__(self, config: LossConfig, ignore_id: int) -> None:
        super().__init__()
        self.config, self.ignore_id = config, ignore_id

    def forward(self, features: Tensor, labels: Tensor, num_classes: int) -> Tensor:
        coarse = F.interpolate(labels[:, None].float(), features.shape[-2:], mode="nearest-exact")[:, 0].long()
        known = coarse != self.ignore_id
        if num_classes < 2 or not known.any():
            return features.sum() * 0.0
        # Inner products of hundreds of channels leave the range of fp16.
        pixels, own = features.float().movedim(1, -1)[known], coarse[known]
        centers = class_centers(pixels, own, num_classes)
        config = self.config
        return (
            config.car_center * center_loss(centers, config.car_center_margin)
            + config.car_pixel * pixel_loss(pixels, own, centers, config.car_pixel_margin)
            + config.car_intra * (centers.detach()[own] - pixels).abs().mean() ** 2
        )


def class_centers(pixels: Tensor, own: Tensor, num_classes: int) -> Tensor:
    """Mean of the pixels (N, C) of each class in own (N,): (K, C), zero for a class that is absent."""
    members = F.one_hot(own, num_classes).to(pixels.dtype)
    return (members.T @ pixels) / members.sum(dim=0).clamp(min=1)[:, None]


def center_loss(centers: Tensor, margin: float) -> Tensor:
    """Inter-class centre to centre: centers (K, C) -> scalar."""
    shares = (centers @ centers.detach().T / centers.shape[1] ** 0.5).softmax(dim=1)
    return _excess(shares, torch.arange(len(centers), device=centers.device), margin)


def pixel_loss(pixels: Tensor, own: Tensor, centers: Tensor, margin: float) -> Tensor:
    """Inter-class centre to pixel: pixels (N, C) of the classes own (N,) and centers (K, C) -> scalar."""
    centers = centers.detach()
    products = pixels @ centers.T
    norms = centers.square().sum(dim=1)[own]
    products = products.scatter(1, own[:, None], norms[:, None])
    return _excess((products / pixels.shape[1] ** 0.5).softmax(dim=1), own, margin)


def _excess(shares: Tensor, own: Tensor, margin: float) -> Tensor:
    """Square of the mean over rows of what every other class holds beyond margin / (K - 1)."""
    excess = (shares - margin / (shares.shape[1] - 1)).relu()
    return excess.scatter(1, own[:, None], 0.0).sum(dim=1).mean() ** 2
