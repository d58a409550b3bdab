"""How a map is laid on a line so that a dilated window becomes a few runs of neighbours.

The rows y, y + r, y + 2r, ... belong together, and in them the columns x, x + r, ...: sorted this way the
window has no dilation. With zeros between its rows the map is one long line, on which the samples of b
successive positions are b + k - 1 successive positions in each of the k rows of the window (eq. 7 of Li et
al., TIP 2021).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from models.distribution.window import Window

# Queries in one small matrix product. A larger block computes more products that nobody asked for, a smaller
# one keeps the multiplier idle; 8 was the fastest of 4 to 16 on AVX-512.
BLOCK = 8
# Elements of one line: 8 MB of float32 stay near a CPU's cache, while a GPU wants few and large launches.
LINE_ELEMENTS = {"cpu": 2**21, "cuda": 2**26}


def strips(shape: torch.Size, window: Window, device: str) -> Iterator[Strip]:
    """Cut a (B, C, H, W) map into strips whose lines are small; every position is a query of exactly one."""
    batch, channels, height, width = shape
    budget = LINE_ELEMENTS.get(device, LINE_ELEMENTS["cpu"])
    # At least twice the halo, or more rows would be loaded as halo than as queries.
    most = max(2 * window.kernel, budget // (batch * channels * (width + window.reach)))
    for phase in range(min(window.dilation, height)):
        total = len(range(phase, height, window.dilation))
        for first in range(0, total, most):
            yield Strip(window, (batch, total, width), phase, first, min(most, total - first))


@dataclass(frozen=True, slots=True)
class Strip:
    """Some rows of one phase (y modulo the dilation), laid on a line.

    A line is a (positions, channels) tensor: k // 2 positions of padding, then for each image the rows with
    k // 2 rows of halo above and below. A row holds its columns phase by phase, each followed by k // 2
    positions of padding, which also stand before the next one.

    Attributes:
        window: the samples.
        extent: batch, rows of this phase in the whole map, width of the map.
        phase: y modulo the dilation.
        first: first row of the strip, counted within the phase.
        rows: how many.
    """

    window: Window
    extent: tuple[int, int, int]
    phase: int
    first: int
    rows: int

    @property
    def pad(self) -> int:
        """Neighbours on either side of the centre."""
        return self.window.kernel // 2

    @property
    def span(self) -> int:
        """Positions of one column phase with its padding."""
        return -(-self.extent[2] // self.window.dilation) + self.pad

    @property
    def row(self) -> int:
        """Positions of one row."""
        return self.span * min(self.window.dilation, self.extent[2])

    @property
    def image(self) -> int:
        """Positions of one image."""
        return self.row * (self.rows + 2 * self.pad)

    @property
    def start(self) -> int:
        """Position of the first query."""
        return self.pad + self.pad * self.row

    @property
    def count(self) -> int:
        """Blocks of queries; the halo between two images is computed along, and not read."""
        return -(-((self.extent[0] - 1) * self.image + self.rows * self.row) // BLOCK)

    def line(self, like: Tensor, channels: int) -> Tensor:
        """A fresh line (length, channels) of arbitrary contents, of the type of a map (B, C, H, W) or float32."""
        dtype = torch.promote_types(like.dtype, torch.float32)
        return like.new_empty(2 * self.start + self.count * BLOCK, channels, dtype=dtype)

    def load(self, source: Tensor) -> Tensor:
        """A line with the rows of a (B, C, H, W) map; halo and padding are arbitrary."""
        line = self.line(source, source.shape[1])
        self._copy(line, source, halo=0)
        return line

    def load_samples(self, source: Tensor) -> Tensor:
        """A line with the rows of a (B, C, H, W) map and their halo; zero wherever there is no map."""
        line = self.line(source, source.shape[1]).zero_()
        self._copy(line, source, halo=self.pad)
        return line

    def store(self, line: Tensor, target: Tensor) -> None:
        """Write the rows of a line into a (B, C, H, W) map."""
        for on_line, on_map in self._places(line, target, self.first, self.first + self.rows):
            on_map.copy_(on_line)

    def blocks(self, line: Tensor) -> Tensor:
        """View of the queries, block by block: (count, BLOCK, C)."""
        return line[self.start : self.start + self.count * BLOCK].view(self.count, BLOCK, -1)

    def samples(self, line: Tensor, row: int) -> Tensor:
        """View of what each block meets in one row of the window: (count, BLOCK + k - 1, C), overlapping."""
        channels = line.shape[1]
        size = (self.count, BLOCK + self.window.kernel - 1, channels)
        return line.as_strided(size, (BLOCK * channels, channels, 1), row * self.row * channels)

    def towards(self, line: Tensor) -> Tensor:
        """View of the weights that the samples of each query give to it: (k, count, BLOCK, k).

        The query is the sample opposite to n of its own sample n.
        """
        samples, kernel = line.shape[1], self.window.kernel
        size = (kernel, self.count, BLOCK, kernel)
        strides = (self.row * samples - kernel, BLOCK * samples, samples, samples - 1)
        return line.as_strided(size, strides, samples - 1)

    def _copy(self, line: Tensor, source: Tensor, halo: int) -> None:
        top, bottom = max(0, self.first - halo), min(self.extent[1], self.first + self.rows + halo)
        for on_line, on_map in self._places(line, source, top, bottom):
            on_line.copy_(on_map)

    def _places(self, line: Tensor, source: Tensor, top: int, bottom: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Matching views of a line and of a map: the columns that every phase has, and those that some have."""
        step, channels = self.window.dilation, line.shape[1]
        image, row, span = self.image * channels, self.row * channels, self.span * channels
        start = (self.start + (top - self.first) * self.row) * channels
        rows = source[:, :, self.phase + step * top : self.phase + step * (bottom - 1) + 1 : step]
        common = self.extent[2] // step
        on_map = rows[..., : common * step].unflatten(-1, (common, step)).permute(0, 2, 4, 3, 1)
        yield line.as_strided(on_map.shape, (image, row, span, channels, 1), start), on_map
        on_map = rows[..., common * step :].permute(0, 2, 3, 1)
        yield line.as_strided(on_map.shape, (image, row, span, 1), start + common * channels), on_map
