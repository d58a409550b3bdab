"""How a map is cut so that a dilated window becomes a small matrix product.

Rows y, y + r, y + 2r, ... belong together, and so do columns x, x + r, ...: sorted by these phases, a window has no
dilation. The columns of a phase are cut into ribbons of a few queries; a ribbon of samples is wider by what the
window reaches over. So the samples of the queries in one row of a ribbon, a tile, are k successive rows of a narrow
ribbon, and all of them one run of memory (eq. 7 of Li et al., TIP 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from models.distribution.window import Window

# Queries in a tile. More of them share their samples better but compute more products that nobody asked for; beyond
# ten the matrix products of the CPU library we measured are three times slower.
TILE = 8
# Elements that a chunk holds in memory. 8 MB of float32 stay near a CPU's cache, and are large enough not to start
# threads too often; a GPU wants few and large launches.
CHUNK_ELEMENTS = {"cpu": 2**21, "cuda": 2**26}

# (B, H, W) of a map.
Extent = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some ribbons of a (B, C, H, W) map, as rows of the map laid out as (B*H*W, C).

    Attributes:
        window: the samples.
        queries: (tiles * TILE,) row of each query, B*H*W where there is no position of the map.
        samples: (positions,) row of each sample, any where there is none.
        outside: which of the samples lie outside the map.
    """

    window: Window
    queries: Tensor
    samples: Tensor
    outside: Tensor

    def load_queries(self, rows: Tensor) -> Tensor:
        """(tiles, TILE, C) of (B*H*W, C) in float32 or better; arbitrary where there is no position."""
        found = rows.index_select(0, self.queries.clamp(max=len(rows) - 1))
        return _precise(found).view(-1, TILE, rows.shape[1])

    def load_samples(self, rows: Tensor) -> Tensor:
        """(tiles, k * width, C) of (B*H*W, C), a view in which tiles overlap; zero outside the map."""
        found = _precise(rows.index_select(0, self.samples)).index_fill_(0, self.outside, 0)
        channels, width = rows.shape[1], ribbon_width(self.window)
        tiles = len(self.queries) // TILE
        size = (tiles, self.window.kernel * width, channels)
        return found.as_strided(size, (width * channels, channels, 1))

    def store(self, tiles: Tensor, rows: Tensor) -> None:
        """Write (tiles, TILE, ...) into (B*H*W + 1, C); the last row takes what is no position of the map."""
        rows.index_copy_(0, self.queries, tiles.reshape(-1, rows.shape[1]).to(rows.dtype))

    def band(self, products: Tensor) -> Tensor:
        """View of (tiles, TILE, k * width) products of all pairs as (tiles, TILE, k, k): each with its own samples."""
        tiles, _, samples = products.shape
        k, width = self.window.kernel, ribbon_width(self.window)
        return products.as_strided((tiles, TILE, k, k), (TILE * samples, samples + 1, width, 1))


def ribbon_width(window: Window) -> int:
    """Samples in one row of a ribbon."""
    return TILE + window.kernel - 1


def chunks(shape: torch.Size, window: Window, device: torch.device) -> tuple[Chunk, ...]:
    """Cut a (B, C, H, W) map; every position is a query of exactly one chunk."""
    batch, channels, height, width = shape
    rows, samples = -(-height // window.dilation) + window.kernel - 1, ribbon_width(window)
    ribbon = rows * (channels * (TILE + samples) + TILE * window.kernel * samples)
    most = max(1, CHUNK_ELEMENTS.get(device.type, CHUNK_ELEMENTS["cpu"]) // ribbon)
    return cut((batch, height, width), most, window, device)


@lru_cache(maxsize=16)
def cut(extent: Extent, most: int, window: Window, device: torch.device) -> tuple[Chunk, ...]:
    """Chunks of at most so many ribbons of a (B, H, W) map.

    Kept, as forward and backward of a network ask for the same few sizes again and again: about 35 bytes a position.
    """
    batch, height, width = extent
    step = window.dilation
    total = batch * min(step, height) * min(step, width) * -(-width // (step * TILE))
    ribbons = torch.arange(total, device=device)
    return tuple(_chunk(part, extent, window) for part in ribbons.split(most))


def _chunk(ribbons: Tensor, extent: Extent, window: Window) -> Chunk:
    batch, height, width = extent
    step, pad = window.dilation, window.kernel // 2
    columns, phases = -(-width // (step * TILE)), min(step, width)
    left = ribbons // columns % phases + ribbons % columns * (step * TILE)
    top = ribbons // (columns * phases)
    image, top = top // min(step, height), top % min(step, height)
    # As many rows of queries as of samples: the tiles of the last 2 * pad rows are computed for nothing, but so
    # that all tiles of all ribbons stand at one distance.
    rows = torch.arange(-(-height // step) + 2 * pad, device=ribbons.device) * step
    row = torch.arange(TILE + 2 * pad, device=ribbons.device) * step
    queries = _places(image, top[:, None] + rows, left[:, None] + row[:TILE], extent)
    samples = _places(image, top[:, None] + rows - pad * step, left[:, None] + row - pad * step, extent)
    nowhere = batch * height * width
    outside = (samples == nowhere).nonzero().flatten()
    # The last tiles, which nobody reads, run over the end.
    samples = F.pad(samples, (0, 2 * pad * len(row))).clamp(max=nowhere - 1)
    return Chunk(window, queries, samples, outside)


def _places(image: Tensor, y: Tensor, x: Tensor, extent: Extent) -> Tensor:
    """Rows of the (B*H*W, C) map at the crossings of y and x, ribbon by ribbon; B*H*W outside the map.

    Shape:
        image: (ribbons,); y: (ribbons, rows); x: (ribbons, columns) -> (ribbons * rows * columns,)
    """
    batch, height, width = extent
    inside = ((y >= 0) & (y < height))[:, :, None] & ((x >= 0) & (x < width))[:, None, :]
    places = ((image[:, None] * height + y) * width)[:, :, None] + x[:, None, :]
    return places.where(inside, batch * height * width).flatten()


def _precise(rows: Tensor) -> Tensor:
    return rows.to(torch.promote_types(rows.dtype, torch.float32))
