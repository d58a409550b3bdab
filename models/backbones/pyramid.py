"""What every backbone returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Pyramid(NamedTuple):
    """Features from fine to coarse, (B, C, h, w) each; c2 has stride 4, c5 the output stride."""

    c2: Tensor
    c3: Tensor
    c4: Tensor
    c5: Tensor
