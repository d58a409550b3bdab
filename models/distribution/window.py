"""The samples around a position (eq. 7 of Li et al., TIP 2021, GALDv2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

BORDERS = ("zero", "exclude")


@dataclass(frozen=True, slots=True)
class Window:
    """k * k samples around a position, dilation apart, in row-major order.

    Args:
        kernel: k, odd.
        dilation: r, in positions of the map.
        border: ``zero`` gives a sample outside the map logit 0 inside the softmax and value 0, which is zero
            padding taken literally; ``exclude`` takes it out of the softmax.

    Raises:
        ValueError: if kernel is even or < 1, dilation < 1 or border unknown.
    """

    kernel: int = 5
    dilation: int = 6
    border: str = "zero"

    def __post_init__(self) -> None:
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"kernel is {self.kernel}, must be odd and >= 1, such as 3, 5 or 7.")
        if self.dilation < 1:
            raise ValueError(f"dilation is {self.dilation}, must be >= 1; 1 samples every neighbour.")
        if self.border not in BORDERS:
            raise ValueError(f"border is {self.border!r}, must be one of {BORDERS}.")

    @property
    def samples(self) -> int:
        """k * k."""
        return self.kernel**2

    @property
    def reach(self) -> int:
        """Distance of the outermost sample in one direction, in positions of the map."""
        return self.dilation * (self.kernel // 2)

    def offsets(self) -> list[tuple[int, int]]:
        """(dy, dx) of every sample, row-major, in positions of the map."""
        steps = range(-self.reach, self.reach + 1, self.dilation)
        return [(dy, dx) for dy in steps for dx in steps]


def samples_inside(height: int, width: int, window: Window, device: torch.device | None = None) -> Tensor:
    """Which samples of each position lie on the map: (k*k, H, W) bool.

    Args:
        height: H.
        width: W.
        window: the samples.
        device: of the result.
    """
    offsets = torch.tensor(window.offsets(), device=device)
    rows = torch.arange(height, device=device) + offsets[:, :1]
    columns = torch.arange(width, device=device) + offsets[:, 1:]
    row_inside = (rows >= 0) & (rows < height)
    column_inside = (columns >= 0) & (columns < width)
    return row_inside[:, :, None] & column_inside[:, None, :]
