from __future__ import annotations

import signal
import threading

import pytest

from models.training.stop import StopRequest


@pytest.mark.usefixtures("plain_signals")
def test_the_first_signal_asks_and_the_second_interrupts():
    with StopRequest() as stop:
        assert not stop.asked
        signal.raise_signal(signal.SIGTERM)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("plain_signals")
def test_who_asks_is_answered_at_once():
    answers = []

    with StopRequest(lambda: answers.append("heard")):
        signal.raise_signal(signal.SIGTERM)
        assert answers == ["heard"]


@pytest.mark.usefixtures("plain_signals")
def test_the_handlers_are_put_back_even_after_an_error():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with pytest.raises(RuntimeError, match="inside"), StopRequest():
        assert signal.getsignal(signal.SIGINT) != before[0]
        raise RuntimeError("inside")

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.usefixtures("plain_signals")
def test_a_signal_that_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    with StopRequest() as stop:
        signal.raise_signal(signal.SIGINT)
        assert not stop.asked


def test_outside_the_main_thread_nothing_is_changed():
    seen = []

    def work():
        with StopRequest() as stop:
            seen.append((stop.asked, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [(False, signal.getsignal(signal.SIGINT))]
