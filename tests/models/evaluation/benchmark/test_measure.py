import time

import pytest
import torch

from models.evaluation.benchmark.measure import LiveBytes, check_repeats, extra_bytes, hardware, in_turns


def test_live_bytes_counts_what_is_alive_at_one_time():
    known = torch.zeros(1000)
    with LiveBytes([known]) as live:
        first = known + 1  # 4000 bytes
        view = first[:10]
        del first  # the view keeps the storage
        second = torch.cat([known, known])  # 8000 bytes
        assert live.bytes == 12_000
        del view, second
        third = known * 2
        assert live.bytes == third.nbytes == 4000

    assert live.peak == 12_000


def test_hardware_names_the_processor():
    parts = hardware()

    assert parts["processor"]
    assert parts["accelerator"] == ""
    assert parts["torch"] == torch.__version__


def test_extra_bytes_leave_out_inputs_and_what_is_returned():
    known = torch.zeros(1000)

    def run() -> tuple[torch.Tensor]:
        both = torch.cat([known, known])  # 8000 bytes
        return (both[:1000] + both[1000:],)  # 4000 bytes beside it

    assert extra_bytes(run, [known]) == 8000


def test_runs_take_turns_and_are_timed_in_every_round():
    order: list[str] = []

    def short() -> tuple[()]:
        order.append("short")
        return ()

    def long() -> tuple[()]:
        order.append("long")
        time.sleep(0.02)
        return ()

    seconds = in_turns({"short": short, "long": long}, repeats=3, device="cpu")

    assert order == ["short", "long"] * 3
    assert [len(rounds) for rounds in seconds.values()] == [3, 3]
    assert min(seconds["long"]) >= 0.02


def test_no_round_is_refused():
    with pytest.raises(ValueError, match="repeats is 0, must be >= 1"):
        check_repeats(0)
