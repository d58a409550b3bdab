"""Cross entropy over pixels, and online hard example mining (OHEM).

OHEM: Shrivastava et al., CVPR 2016; as the GALD code uses it (arXiv:2107.13154, section IV.B).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.config import TrainConfig
from models.losses import LOSSES


@LOSSES.register("cross_entropy")
class CrossEntropy(nn.Module):
    """Mean cross entropy over the pixels that have a label.

    Shape:
        logits (B, K, H, W), labels (B, H, W) -> scalar; 0 when every pixel is ignored
    """

    def __init__(self, config: TrainConfig, ignore_id: int) -> None:
        super().__init__()
        self.ignore_id = ignore_id

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        total = F.cross_entropy(logits, labels, ignore_index=self.ignore_id, reduction="sum")
        return total / (labels != self.ignore_id).sum().clamp(min=1)


@LOSSES.register("ohem")
class Ohem(nn.Module):
    """Cross entropy over the hard pixels: the published code's rule.

    Kept are the pixels whose true-class probability is at most max(threshold, the min_kept-th smallest). When
    min_kept exceeds the labelled pixels, all of them are kept. ANN's code keeps what is below max(threshold, the next
    smallest), which differs where probabilities are equal, and leaves the easiest pixel out where this keeps all.

    Args:
        config: ``ohem_threshold`` in 0..1 and ``ohem_min_kept`` in pixels a process.
        ignore_id: label left out.

    Shape:
        logits (B, K, H, W), labels (B, H, W) -> scalar
    """

    def __init__(self, config: TrainConfig, ignore_id: int) -> None:
        super().__init__()
        self.ignore_id = ignore_id
        self.threshold, self.min_kept = config.ohem_threshold, config.ohem_min_kept

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        losses = _known_losses(logits, labels, self.ignore_id)
        if losses.numel() == 0:
            return logits.sum() * 0.0
        return losses[self.kept(losses.detach())].mean()

    def kept(self, losses: Tensor) -> Tensor:
        """(N,) losses of the labelled pixels -> (N,) booleans, True for the hard ones."""
        if self.min_kept > losses.numel():
            return torch.ones_like(losses, dtype=torch.bool)
        # p <= max(threshold, p_k) is loss >= min(-log threshold, loss_k): no second softmax is needed.
        easiest_kept = losses.kthvalue(losses.numel() - self.min_kept + 1).values
        threshold = losses.new_tensor(self.threshold).clamp(min=1e-12).log().neg()
        return losses >= torch.minimum(easiest_kept, threshold)


@LOSSES.register("ohem_topk")
class OhemTopK(nn.Module):
    """Mean of the K largest losses: what the paper's text says ("top-K ranked pixels in terms of loss").

    Shape:
        logits (B, K, H, W), labels (B, H, W) -> scalar
    """

    def __init__(self, config: TrainConfig, ignore_id: int) -> None:
        super().__init__()
        self.ignore_id, self.kept = ignore_id, config.ohem_min_kept

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        losses = _known_losses(logits, labels, self.ignore_id)
        if losses.numel() == 0:
            return logits.sum() * 0.0
        return losses.topk(min(self.kept, losses.numel())).values.mean()


def _known_losses(logits: Tensor, labels: Tensor, ignore_id: int) -> Tensor:
    losses = F.cross_entropy(logits.float(), labels, ignore_index=ignore_id, reduction="none")
    return losses[labels != ignore_id]
