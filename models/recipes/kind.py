"""What a recipe is."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.config import DataConfig, DetectorConfig, ModelConfig, TrainConfig
from models.evaluation.inference import InferenceOptions


@dataclass(frozen=True)
class Recipe:
    """How a paper trains a network on a data set: a run, or a phase of several runs.

    Attributes:
        preset: name of the network.
        data: what it reads, without its folder.
        train: optimizer, schedule and loss; that of a detector is its own.
        source: paper, and the table or section.
        after: recipe whose checkpoint this one starts from, empty for a first phase.
        test: scales, mirroring and tiles of the paper's test; a detector is tested on the plain image.
        test_stride: output stride at test, 0 for that of the training.
        note: what the paper leaves open, and what is taken for it.
        model: the network where it is not the preset as it stands.
    """

    preset: str
    data: DataConfig
    train: TrainConfig
    source: str
    after: str = ""
    test: InferenceOptions = field(default_factory=InferenceOptions)
    test_stride: int = 0
    note: str = ""
    model: ModelConfig | DetectorConfig | None = None
