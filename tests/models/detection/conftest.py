"""A tiny detector and data that it can be shown."""

from __future__ import annotations

import pytest
import torch

from models.data.classes import ClassSet
from models.detection.detector import Detector
from models.presets import detector_preset

CLASSES = ClassSet(("car", "sign", "person"), ((0, 0, 255), (255, 255, 0), (255, 0, 0)), thing_flags=(True,) * 3)


@pytest.fixture
def detector() -> Detector:
    """Random Mask R-CNN with CGNL and LDv1, in eval mode."""
    torch.manual_seed(3)
    return Detector(detector_preset("tiny-mask-rcnn-gald").model, CLASSES).eval()
