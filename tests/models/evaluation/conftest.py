"""A network whose answer is known in closed form, and data to go with it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.data.classes import ClassSet, Sample, SegmentationData
from models.stages import Stage

COLORS = ((255, 0, 0), (0, 255, 0), (0, 0, 255))


class Painter(nn.Module):
    """Logits 0, 1, 2 are gain times red, green, blue in 0..1; column and width can be added to logit 0.

    fcn.logits is the answer averaged over 2x2 pixels, gald.logits the answer itself.
    """

    min_size = 2
    answer_stage = "gald.logits"

    def __init__(self, gain: float = 1.0, per_column: float = 0.0, per_width: float = 0.0) -> None:
        super().__init__()
        self.classes = ClassSet(("road", "sky", "pole"), COLORS)
        self.gain, self.per_column, self.per_width = gain, per_column, per_width
        self.norm = nn.BatchNorm2d(3)
        self.fcn, self.gald = Stage("fcn.logits", kind="logits"), Stage("gald.logits", kind="logits")
        self.seen: list[tuple[int, int]] = []

    @property
    def device(self) -> torch.device:
        return self.norm.weight.device

    def preprocess(self, image: np.ndarray) -> Tensor:
        return torch.from_numpy(image.transpose(2, 0, 1).copy())[None].float() / 255

    def predict_logits(self, x: Tensor) -> Tensor:
        self.seen.append((x.shape[-2], x.shape[-1]))
        # In training mode this would move the running statistics.
        self.norm(x)
        logits = self.gain * x
        logits[:, 0] += self.per_column * torch.arange(x.shape[-1]) + self.per_width * x.shape[-1]
        self.fcn(F.avg_pool2d(logits, 2))
        return self.gald(logits)


class Pictures(SegmentationData):
    """Samples given as a list."""

    name = "pictures"

    def __init__(self, samples: list[Sample], classes: ClassSet) -> None:
        self.samples, self.classes = samples, classes
        self.ids = [sample.id for sample in samples]

    def __getitem__(self, index: int) -> Sample:
        return self.samples[index]


# Session scope: hypothesis takes it into every example.
@pytest.fixture(scope="session")
def painter():
    return Painter


@pytest.fixture
def pictures():
    return Pictures


@pytest.fixture
def paint():
    """Image (H, W, 3) on which Painter answers exactly the given label (H, W)."""
    return lambda label: np.array(COLORS, dtype=np.uint8)[np.asarray(label)]
