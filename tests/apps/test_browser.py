import sys

import pytest

from apps import browser


def test_the_named_chromium_comes_first(monkeypatch):
    monkeypatch.setenv("GALD_CHROMIUM", "chromium-of-mine")

    assert browser.find_chromium() == "chromium-of-mine"


def test_no_chromium_is_an_error_with_the_fix(monkeypatch):
    monkeypatch.delenv("GALD_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")

    assert browser.find_chromium() is None
    with pytest.raises(ValueError, match="GALD_CHROMIUM"), browser.chromium():
        pass


def test_a_server_that_ends_shows_what_it_said():
    command = [sys.executable, "-c", "print('port is taken'); raise SystemExit(3)"]

    with pytest.raises(RuntimeError, match="port is taken"), browser.served(command, "http://127.0.0.1:9/health"):
        pass


def test_a_served_address_answers_and_is_gone_afterwards():
    import socket

    port = browser.free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with browser.served(command, f"http://127.0.0.1:{port}/"):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
