"""What a row of a study trains and measures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from models.evaluation.inference import InferenceOptions
from models.presets import preset

MIOU = "miou"


@dataclass(frozen=True)
class Training:
    """How a row's training differs from the study's conditions; factors, so that a table keeps its ratios at any size.

    Attributes:
        output_stride: of the training; 0 for the preset's.
        batch: factor on the batch.
        iterations: factor on the steps.
        crop: factor on both sides of the crop.
        freeze_bn: BatchNorm held or learning; None for the conditions' own.
        upsample_logits: compare at the size of the labels, or downsample them.
        scratch: the backbone starts from random weights and learns as a whole.
        pretrained: the whole network goes on from a checkpoint of more data (DeepLabv3: COCO), given to the study.
    """

    output_stride: int = 0
    batch: float = 1.0
    iterations: float = 1.0
    crop: float = 1.0
    freeze_bn: bool | None = None
    upsample_logits: bool = True
    scratch: bool = False
    pretrained: bool = False


@dataclass(frozen=True)
class Row:
    """One network, trained in one way and tested in one way.

    Attributes:
        label: what people read.
        preset: the network at the paper's size.
        published: metric of the study -> the paper's number, percent; empty where it prints none.
        training: how its training differs.
        test: scales and mirroring.
        test_stride: output stride at test, 0 for that of the training.
    """

    label: str
    preset: str
    published: Mapping[str, float] = field(default_factory=dict)
    training: Training = field(default_factory=Training)
    test: InferenceOptions = field(default_factory=InferenceOptions)
    test_stride: int = 0

    def __post_init__(self) -> None:
        preset(self.preset)

    @property
    def key(self) -> str:
        """Name of its results, made of what it is: rows of two tables that are the same share it."""
        scales = [] if self.test.scales == (1.0,) else ["scales" + "-".join(f"{scale:g}" for scale in self.test.scales)]
        flip = ["flip"] if self.test.flip else []
        stride = [f"test{self.test_stride}"] if self.test_stride else []
        return "_".join([self.training_key, *stride, *scales, *flip])

    @property
    def training_key(self) -> str:
        """Name of its training: rows that differ in the test alone share it."""
        plain = Training()
        parts = [
            f"{re.sub('_', '-', item.name)}-{value:g}" if not isinstance(value, bool) else _switch(item.name, value)
            for item in fields(Training)
            if (value := getattr(self.training, item.name)) != getattr(plain, item.name)
        ]
        return "_".join([self.preset, *parts])


@dataclass(frozen=True)
class Claim:
    """What a paper says of two rows of its table.

    Attributes:
        row: key of the row that is spoken of.
        against: key of the row that it is compared with.
    """

    row: str
    against: str


@dataclass(frozen=True)
class Study:
    """A table of a paper.

    Attributes:
        name: of the command line.
        source: paper and table.
        question: what the table is asked for.
        rows: in its order.
        claims: differences that get a verdict.
        metrics: ``miou``, ``boundary_f_3`` and so on at the radii of models.evaluation.boundary; the first decides.
    """

    name: str
    source: str
    question: str
    rows: tuple[Row, ...]
    claims: tuple[Claim, ...]
    metrics: tuple[str, ...] = (MIOU,)

    def row(self, key: str) -> Row:
        """The row of this key.

        Raises:
            ValueError: listing the keys, if there is none.
        """
        found = {row.key: row for row in self.rows}
        if key not in found:
            raise ValueError(f"row is {key!r}, study {self.name!r} has {list(found)}.")
        return found[key]

    def only(self, keys: tuple[str, ...]) -> Study:
        """The same with some of its rows, and the claims that speak of these.

        Raises:
            ValueError: if there is no such row.
        """
        rows = tuple(self.row(key) for key in dict.fromkeys(keys))
        kept = tuple(claim for claim in self.claims if claim.row in keys and claim.against in keys)
        return replace(self, rows=rows, claims=kept)


def _switch(name: str, value: bool) -> str:
    plain = name.replace("_", "-")
    return plain if value else f"no-{plain}"
