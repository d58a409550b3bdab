from __future__ import annotations

from models.training import loop as loop_module
from models.training.job import train
from models.training.run_folder import RunFolder


def test_the_bar_shows_loss_rate_and_miou(make_job, tmp_path, capsys):
    train(make_job(iterations=2, validate_every=1), tmp_path / "run")

    shown = capsys.readouterr().err.replace("\r", "\n").splitlines()[-1]
    assert "2/2" in shown
    assert all(name in shown for name in ("loss=", "lr=", "mIoU="))
    assert "mIoU=nan" not in shown


def test_the_status_is_written_about_once_a_second_and_at_every_state(make_job, tmp_path, monkeypatch):
    reports = []
    set_status = RunFolder.set_status

    def noted(self, state, **values):
        reports.append((state, values.get("step")))
        set_status(self, state, **values)

    monkeypatch.setattr(RunFolder, "set_status", noted)
    # A clock that moves 0.4 s a look; it is looked at once or twice a step.
    clock = iter(range(10_000))
    monkeypatch.setattr(loop_module.time, "monotonic", lambda: 0.4 * next(clock))

    train(make_job(iterations=9, checkpoint_every=5), tmp_path / "run", progress=False)

    assert reports[0] == ("starting", None)
    assert reports[-1] == ("done", 9)
    steps = [step for state, step in reports if state == "running"]
    assert steps[0] == 1
    assert {5, 9} <= set(steps)
    assert len(steps) < 7


def test_precision_is_reduced_on_cuda_only():
    assert loop_module.precision_on("cuda", "auto") == "bf16-mixed"
    assert loop_module.precision_on("mps", "auto") == "32-true"
    assert loop_module.precision_on("cpu", "auto") == "32-true"
    assert loop_module.precision_on("cpu", "bf16-mixed") == "bf16-mixed"
