"""Focal loss: pixels that are easy weigh less.

Lin et al., ICCV 2017, arXiv:1708.02002; among HFGD's stronger settings (Huang et al., Table 10).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from models.config import TrainConfig
from models.losses import LOSSES


@LOSSES.register("focal")
class Focal(nn.Module):
    """Mean over the labelled pixels of (1 - p)^gamma times the cross entropy, p the probability of the true class.

    Args:
        config: ``losses.focal_gamma``.
        ignore_id: label left out.

    Shape:
        logits (B, K, H, W), labels (B, H, W) -> scalar; 0 when every pixel is ignored
    """

    def __init__(self, config: TrainConfig, ignore_id: int) -> None:
        super().__init__()
        self.gamma, self.ignore_id = config.losses.focal_gamma, ignore_id

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        losses = F.cross_entropy(logits.float(), labels, ignore_index=self.ignore_id, reduction="none")
        # expm1 keeps the digits of 1 - p where p is nearly 1; its clamp keeps 0^gamma's gradient finite.
        missing = (-(-losses).expm1()).clamp(min=1e-12)
        return (missing**self.gamma * losses).sum() / (labels != self.ignore_id).sum().clamp(min=1)
