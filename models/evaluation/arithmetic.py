"""What the presets cost at the sizes of their papers, beside what these print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.aggregation.apnb import AsymmetricPyramidNonLocal
from models.config import AggregationConfig, AsymmetricConfig
from models.evaluation.cost import Cost, block_macs, cost
from models.presets import Preset, preset
from models.published import Published, rows

# Paper -> height and width of its training crop, and number of classes, of the data set of its ablations.
INPUTS = {
    "GALD BMVC": ((769, 769), 19),
    "GALD TIP": ((832, 832), 19),
    "ANN": ((769, 769), 19),
    "HFGD": ((513, 513), 59),
    "DeepLabv3": ((513, 513), 21),
}
# Networks for two cores are counted at the size of a CamVid image.
SMALL_INPUT = ((360, 480), 19)
_SMALL = ("small-", "tiny-")
_METRICS = {"parameters": "params", "added parameters": "params", "MACs": "macs"}
_UNITS = {"M": 1e6, "G": 1e9}
# Preset -> its block in ANN Table 1, and how that samples; there the block has 2048 channels and nothing behind it.
_BLOCKS = {"ann-nb": ("NB", "none"), "ann-apnb": ("APNB", "average")}
_BLOCK_CHANNELS = 2048


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a paper prints about a network, and ours.

    Attributes:
        metric: ``parameters`` (without the auxiliary head), ``added parameters``, ``MACs``, or ``MACs of the block,``
            with the size of its map.
        printed: the paper's, in ones.
        counted: ours, in ones.
        source: paper and table.
        note: why the paper's cannot be right, or what else is to be said of it.
    """

    metric: str
    printed: float
    counted: int
    source: str
    note: str

    @property
    def deviation(self) -> float:
        """How much more ours is, as a share of the paper's."""
        return self.counted / self.printed - 1


def input_of(name: str, entry: Preset) -> tuple[tuple[int, int], int]:
    """Size and number of classes at which a preset is counted."""
    if name.startswith(_SMALL):
        return SMALL_INPUT
    return next(shape for paper, shape in INPUTS.items() if entry.paper.startswith(paper))


def cost_of(name: str, entry: Preset) -> Cost:
    """Cost of a preset at the input of its paper."""
    size, num_classes = input_of(name, entry)
    return cost(entry.model, size, num_classes)


def figures_of(name: str, entry: Preset) -> tuple[Figure, ...]:
    """Every number of parameters or MACs that a paper prints about this preset."""
    found = []
    for row in rows(preset=name):
        if row.metric in _METRICS:
            kind = _METRICS[row.metric]
            counted = getattr(cost_of(name, entry), kind)
            if row.baseline:
                counted -= getattr(cost_of(row.baseline, preset(row.baseline)), kind)
            found.append(Figure(row.metric, _in_ones(row), counted, row.source, row.note))
    return (*found, *_figures_of_block(*_BLOCKS[name])) if name in _BLOCKS else tuple(found)


def _figures_of_block(block: str, sampling: str) -> Iterator[Figure]:
    """MACs of a block of ANN at the maps of its Table 1, named as width x height."""
    config = AggregationConfig("apnb", asymmetric=AsymmetricConfig("paper", sampling))
    for row in rows("ANN", "1", metric="MACs"):
        label, _, size = row.row.partition(", ")
        if label == block:
            width, height = map(int, size.split("x"))
            shape = (1, _BLOCK_CHANNELS, height, width)
            counted = block_macs(lambda: AsymmetricPyramidNonLocal(_BLOCK_CHANNELS, config), shape)
            yield Figure(f"MACs of the block, {size}", _in_ones(row), counted, row.source, row.note)


def _in_ones(row: Published) -> float:
    return float(round(row.value * _UNITS[row.unit]))
