"""A job whose length is given in epochs."""

from __future__ import annotations

from models.checkpoint import load_checkpoint
from models.training.job import train
from models.training.run_folder import RunFolder


def test_a_run_of_two_epochs_takes_all_steps_of_both(make_job, tmp_path, losses):
    # 8 images, 3 a step: 2 steps an epoch, 2 images left out.
    job = make_job("tiny-fcn", epochs=2, batch=3, checkpoint_every=0)

    checkpoint = train(job, tmp_path / "run", progress=False)

    run = RunFolder(tmp_path / "run")
    rates = [value for _, split, name, value in run.metrics() if (split, name) == ("train", "lr")]
    assert [step for step, _ in losses(tmp_path / "run")] == [1, 2, 3, 4]
    assert rates == [float(f"{0.05 * (1 - step / 4) ** 0.9:.9g}") for step in range(4)]
    recipe = load_checkpoint(checkpoint).meta["training"]["recipe"]
    assert (recipe["epochs"], recipe["iterations"]) == (2, 4)
    assert run.status()["steps"] == 4
    assert run.config()["train"]["epochs"] == 2
