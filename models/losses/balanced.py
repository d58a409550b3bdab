"""OHEM with rare classes raised, for schedules too short to learn thin things otherwise.

Not in the papers: their schedules are some fifty times longer than those of the small networks here.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from models.losses import LOSSES
from models.losses.pixel import Ohem


@LOSSES.register("ohem_balanced")
class BalancedOhem(Ohem):
    """OHEM whose kept pixels weigh 1 / sqrt(pixels of their class in the batch).

    Shape:
        logits (B, K, H, W), labels (B, H, W) -> scalar
    """

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        known = labels != self.ignore_id
        if not known.any():
            return logits.sum() * 0.0
        losses = F.cross_entropy(logits.float(), labels, ignore_index=self.ignore_id, reduction="none")[known]
        pixels = torch.bincount(labels[known], minlength=logits.shape[1])
        weights = pixels[labels[known]].float().rsqrt() * self.kept(losses.detach())
        return (weights * losses).sum() / weights.sum()
