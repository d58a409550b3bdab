"""Single parts of the networks, run on plain arrays: what a lesson shows of a part is the part itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from models.aggregation.asymmetric import AnchorSampling
from models.config import AsymmetricConfig, DistributionConfig, TrainConfig
from models.distribution.local_attention import local_scores, local_softmax
from models.distribution.mask import MaskDistribution, average_mask
from models.distribution.window import Window
from models.losses.pixel import Ohem
from models.stages import record

Array = NDArray[np.floating]


def sampled_anchors(maps: Array, widths: Sequence[int], sampling: str = "average") -> NDArray[np.float32]:
    """What the anchors of APNB hold of some maps: (C, h, w) -> (C, S), S = sum of n * n (ANN, eq. 8).

    Args:
        maps: (C, h, w).
        widths: n of the pooled grids.
        sampling: ``average``, ``max`` or ``random``, the same positions at every call.

    Raises:
        ValueError: for a width outside 1..64 or another sampling.
    """
    sample = AnchorSampling(AsymmetricConfig(sampling=sampling, anchors=tuple(widths))).eval()
    (found,) = sample(_tensor(maps))
    return found[0].numpy()


def hard_pixels(
    logits: Array, labels: NDArray[np.int64], threshold: float, min_kept: int, ignore_id: int = 255
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Cross entropy of every pixel, and whether OHEM keeps it.

    Args:
        logits: (K, H, W).
        labels: (H, W).
        threshold: probability of the true class up to which a pixel is hard, 0..1.
        min_kept: pixels that are kept at least.
        ignore_id: label of pixels that have no loss.

    Returns:
        losses (H, W) in nats, nan where ignored; kept (H, W), False where ignored.

    Raises:
        ValueError: if the threshold is not in 0..1 or min_kept is below 1.
    """
    rule = Ohem(TrainConfig(loss="ohem", ohem_threshold=threshold, ohem_min_kept=min_kept), ignore_id)
    truth = torch.from_numpy(labels)[None]
    losses = F.cross_entropy(_tensor(logits), truth, ignore_index=ignore_id, reduction="none")[0]
    known = truth[0] != ignore_id
    kept = torch.zeros_like(known)
    if known.any():
        kept[known] = rule.kept(losses[known])
    losses[~known] = torch.nan
    return losses.numpy(), kept.numpy()


def average_gate(context: Array, depth: int) -> NDArray[np.float32]:
    """The mask of LDv1 that learns nothing, average pooling over 2**depth cells: (C, h, w) -> (C, h, w) in 0.5..1.

    Raises:
        ValueError: if depth is not in 1..6, or the map is smaller than 2**depth.
    """
    channels = context.shape[0]
    part: MaskDistribution = average_mask(channels, channels, DistributionConfig("average", depth=depth), "reference")
    with torch.inference_mode(), record(part, ["ld.mask"]) as seen:
        part(_tensor(context), _tensor(context))
    return seen["ld.mask"][0].numpy()


def window_average(maps: Array, window: int) -> NDArray[np.float32]:
    """Mean over a window of odd width round every position, as far as the map reaches: (C, h, w) -> (C, h, w).

    Raises:
        ValueError: if the window is even or below 1.
    """
    if window < 1 or window % 2 == 0:
        raise ValueError(f"window is {window}, must be odd and >= 1, so that it has a centre.")
    pooled = F.avg_pool2d(_tensor(maps), window, stride=1, padding=window // 2, count_include_pad=False)
    return pooled[0].numpy()


def local_affinity(query: Array, key: Array, window: Window, scale: float = 1.0) -> NDArray[np.float32]:
    """The affinity of LDv2: softmax of the scores of every position with its neighbours (GALD TIP, eq. 8).

    Args:
        query, key: (C, h, w).
        window: the neighbours.
        scale: factor on the scores; 0 makes all neighbours equal.

    Shape:
        (k*k, h, w), sums to 1 over the first axis
    """
    scores = local_scores(_tensor(query), _tensor(key), window) * scale
    return local_softmax(scores, window)[0].numpy()


def _tensor(maps: Array) -> Tensor:
    """(C, h, w) -> (1, C, h, w) float32."""
    return torch.from_numpy(np.ascontiguousarray(maps, dtype=np.float32))[None]
