"""Estimates are real steps: their parts are what the job has, and their sums are checked by hand."""

from __future__ import annotations

import pytest

from models.training.estimate import Estimate, estimate_apart
from models.training.run_folder import RunFolder


def test_the_parts_add_up():
    found = Estimate(0.5, 0.25, 1.0, steps=40, validations=3, val_images=8, memory=1, device="cpu")

    # 40 * 0.5; 8 * (3 * 0.25 + 1).
    assert (found.training_seconds, found.validation_seconds, found.seconds) == (20, 14, 34)


def test_real_steps_are_measured_in_a_process_of_their_own(make_job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    found = estimate_apart(make_job("tiny-fcn", iterations=100, validate_every=30, weights="nowhere.safetensors"))

    assert 0 < found.step_seconds < 60
    assert 0 < found.image_seconds < 60
    # After 30, 60 and 90.
    assert (found.steps, found.validations, found.val_images, found.device) == (100, 3, 2, "cpu")
    assert 1e8 < found.memory < 1e11
    assert list(tmp_path.iterdir()) == []
    assert not RunFolder(tmp_path / "run").path.exists()


@pytest.mark.slow
def test_a_job_that_cannot_run_is_refused_in_its_own_words(make_job):
    with pytest.raises(ValueError, match=r"^batch is 9 on 1 processes, the data has 8 images; lower the batch\.$"):
        estimate_apart(make_job("tiny-fcn", batch=9))
