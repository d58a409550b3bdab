"""What attention costs against the size of its map, in closed form.

Every position is compared with R others and sums their values: 2 N R C' multiply-accumulates, and N R weights.
N x N: Wang et al., CVPR 2018. Criss-cross: Huang et al., ICCV 2019, arXiv:1811.11721. APNB: Zhu et al., ICCV 2019.
k x k: GALD TIP, eq. 8. Projections are left out: all have the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KINDS = ("N x N", "criss-cross", "APNB", "k x k")


@dataclass(frozen=True, slots=True)
class AttentionCost:
    """What one kind of attention needs on maps of several sizes.

    Attributes:
        kind: one of KINDS.
        reads: (n,) positions that each position is compared with.
        macs: (n,) multiply-accumulates of scores and weighted sum.
        weights: (n,) weights of the whole map.
    """

    kind: str
    reads: NDArray[np.int64]
    macs: NDArray[np.int64]
    weights: NDArray[np.int64]


def attention_costs(
    heights: NDArray[np.integer], widths: NDArray[np.integer], channels: int, anchors: int, kernel: int
) -> dict[str, AttentionCost]:
    """Kind -> cost on maps of these heights and widths.

    Args:
        heights, widths: (n,) cells.
        channels: C' of query, key and value.
        anchors: S of APNB.
        kernel: k.

    Raises:
        ValueError: if any of them is below 1.
    """
    if min(heights.min(), widths.min(), channels, anchors, kernel) < 1:
        raise ValueError(
            f"heights {heights.min()}, widths {widths.min()}, channels {channels}, anchors {anchors} and kernel "
            f"{kernel} must all be >= 1."
        )
    cells = heights.astype(np.int64) * widths
    # Criss-cross reads its row and its column, itself once.
    reads = (cells, heights + widths - 1, np.full_like(cells, anchors), np.full_like(cells, kernel**2))
    return {
        kind: AttentionCost(kind, each.astype(np.int64), 2 * cells * each * channels, cells * each)
        for kind, each in zip(KINDS, reads, strict=True)
    }
