from __future__ import annotations

import pytest

from models.training import pace as pace_module
from models.training.job import train
from models.training.pace import Pace
from models.training.run_folder import RunFolder


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """The time that time.perf_counter gives: the first and only entry."""
    now = [100.0]
    monkeypatch.setattr(pace_module.time, "perf_counter", lambda: now[0])
    return now


def test_images_and_waiting_are_counted_since_they_were_last_asked_for(clock):
    pace = Pace(batch=6)
    assert (pace.rates(), pace.shown) == ({}, 0)

    for waited, computed in ((1.0, 3.0), (0.5, 3.5)):
        pace.start()
        clock[0] += waited
        pace.batch_arrived()
        clock[0] += computed
        assert pace.step_done() == 4.0
        # What lies between two steps, such as a validation, does not count.
        clock[0] += 50

    # Two steps of 6 images in 8 seconds, of which 1.5 waiting.
    assert pace.rates() == {"samples_per_second": 1.5, "data_wait": 1.5 / 8}
    assert pace.shown == 1.5
    assert pace.rates() == {}


def test_a_run_writes_its_pace_and_shows_it(make_job, tmp_path, capsys):
    train(make_job(iterations=4), tmp_path / "run", progress=True)

    rows = [row for row in RunFolder(tmp_path / "run").metrics() if row[1] == "speed"]
    assert {row[2] for row in rows} == {"samples_per_second", "data_wait"}
    assert max(row[0] for row in rows) == 4
    assert all(row[3] > 0 and (row[2] != "data_wait" or row[3] < 1) for row in rows)
    assert "img/s=" in capsys.readouterr().err
