"""Dice loss: overlap of each class as a whole, whatever its size.

Milletari et al., 3DV 2016, arXiv:1606.04797; among HFGD's stronger settings (Huang et al., Table 10).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from models.config import TrainConfig
from models.losses import LOSSES


@LOSSES.register("dice")
class Dice(nn.Module):
    """Mean over the classes that the labels have of 1 - (2 sum(p y) + s) / (sum(p^2) + sum(y^2) + s).

    p is the softmax probability, y the label as 0 or 1; sums run over the labelled pixels of the batch.

    Args:
        config: ``losses.dice_smooth``, s.
        ignore_id: label left out.

    Shape:
        logits (B, K, H, W), labels (B, H, W) -> scalar in 0..1; 0 when every pixel is ignored
    """

    def __init__(self, config: TrainConfig, ignore_id: int) -> None:
        super().__init__()
        self.smooth, self.ignore_id = config.losses.dice_smooth, ignore_id

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        known = labels != self.ignore_id
        if not known.any():
            return logits.sum() * 0.0
        share = logits.float().softmax(dim=1).movedim(1, -1)[known]
        truth = F.one_hot(labels[known], logits.shape[1]).to(share.dtype)
        overlap = 2 * (share * truth).sum(dim=0) + self.smooth
        size = share.square().sum(dim=0) + truth.sum(dim=0) + self.smooth
        return (1 - overlap / size)[truth.any(dim=0)].mean()
