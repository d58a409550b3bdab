"""A training job of a network with supervised stages."""

from __future__ import annotations

import pytest

from models.checkpoint import load_checkpoint
from models.training.job import train


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_both_branches_are_trained_and_measured(make_job, tmp_path, losses, precision):
    checkpoint = train(make_job("tiny-hfgd", iterations=12, precision=precision), tmp_path / "run", progress=False)

    found = [float(value) for _, value in losses(tmp_path / "run")]
    assert sum(found[-3:]) < sum(found[:3])
    metrics = load_checkpoint(checkpoint).meta["metrics"]
    assert 0 <= metrics["stages"]["guide"]["miou"] <= 1
    assert set(metrics["stages"]) == {"gald", "guide"}
