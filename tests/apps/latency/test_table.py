"""Figures of measured answers, their targets, and a profile that finds what is slow."""

import time

import pytest

from apps.components import controls
from apps.latency.clock import Timing
from apps.latency.profile import profiled
from apps.latency.table import lines, parts, summary


def test_of_fifty_answers_the_percentile_leaves_out_two():
    found = summary([0.01 * number for number in range(1, 51)])

    assert (found["n"], found["p95"]) == (50, 0.48)
    assert found["median"] == pytest.approx(0.255)
    assert summary([3.0, 1.0])["p95"] == 3.0
    assert summary([])["n"] == 0


def test_a_line_says_whether_the_target_is_met_and_where_the_time_goes():
    timings = [
        Timing(0.30, 0.01, 0.20, 0.09, 80.0),
        Timing(0.10, 0.01, 0.05, 0.04, 60.0),
        Timing(0.2, 0.01, 0.1, 0.09, 70),
    ]
    click = summary([one.total for one in timings]) | {"parts": parts(timings)}

    head, met, missed = lines({"new_image": summary([0.9]), "click": click})

    assert "target" in head
    assert met.endswith("1.0 s  met")
    assert "0.2 s  missed   (asking 0.01 s, server 0.10 s, drawing 0.09 s; 70 kB)" in missed


def test_a_profile_names_our_function_that_takes_the_time(monkeypatch):
    def slow(options):
        deadline = time.perf_counter() + 0.2
        while time.perf_counter() < deadline:
            pass
        return options

    monkeypatch.setattr(controls.st, "selectbox", lambda _label, options, **_words: slow(options))
    monkeypatch.setattr(controls.st, "session_state", {})

    found = profiled(lambda: controls.choose("a", ["x"], "key"))

    assert next(iter(found)) == "apps/components/controls:choose"
    assert sum(found.values()) == pytest.approx(0.2, abs=0.15)
