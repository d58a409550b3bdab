import pytest

from apps.components.deep_link import address, read, written
from gald_viz.types import Control

CONTROLS = (
    Control("rate", "Rate", "slider", 18, minimum=1, maximum=72),
    Control("threshold", "Threshold", "slider", 0.7, minimum=0.05, maximum=0.95, step=0.05),
    Control("side", "Side", "select", 65, options=(33, 65)),
    Control("swap", "Swap", "toggle", False),
)
MOVED = {"rate": 6, "threshold": 0.35, "side": 33, "swap": True}


def test_what_is_written_is_read_again():
    text = written(CONTROLS, MOVED)

    assert text == {"rate": "6", "threshold": "0.35", "side": "33", "swap": "True"}
    assert read(CONTROLS, text) == (MOVED, [])


def test_defaults_are_not_written():
    state, complaints = read(CONTROLS, {})

    assert (written(CONTROLS, state), complaints) == ({}, [])
    assert state == {"rate": 18, "threshold": 0.7, "side": 65, "swap": False}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"rate": "900"}, "rate=900: must be a number from 1 to 72; 18 is used"),
        ({"rate": "<b>"}, "rate=<b>: must be a number"),
        ({"threshold": "nan"}, "threshold=nan: must be a number from 0.05 to 0.95"),
        ({"side": "64"}, "side=64: must be one of 33, 65; 65 is used"),
    ],
)
def test_what_is_not_allowed_is_said_and_the_default_stands(given, sentence):
    state, complaints = read(CONTROLS, given)

    assert state == read(CONTROLS, {})[0]
    assert sentence in complaints[0]


def test_an_address_keeps_its_page_and_loses_its_old_parameters():
    assert address("http://127.0.0.1:1/lessons?x=1", {"lesson": "a", "t": "x, y"}).endswith(
        "/lessons?lesson=a&t=x%2C+y"
    )
    assert address("", {"lesson": "a"}) == "?lesson=a"
