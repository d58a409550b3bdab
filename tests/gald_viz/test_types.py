import numpy as np
import pytest

from gald_viz.types import Control, Number, check_label


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Number("a", 0.1234567), "0.123"),
        (Number("a", 0.1234567, "%"), "12.3 %"),
        (Number("a", 170112, "px"), "170,112 px"),
        (Number("a", 2.5, "nats"), "2.500 nats"),
        (Number("a", float("nan"), "%"), "–"),
    ],
)
def test_numbers_are_printed_for_readers(number, text):
    assert number.text == text


def test_a_control_refuses_what_it_does_not_offer():
    slider = Control("band", "Band", "slider", 5, minimum=1, maximum=20)
    select = Control("form", "Form", "select", "a", options=("a", "b"))

    slider.check(20)
    select.check("b")
    with pytest.raises(ValueError, match=r"band is 21, must be in \[1, 20\]"):
        slider.check(21)
    with pytest.raises(ValueError, match=r"form is 'c', must be one of \['a', 'b'\]"):
        select.check("c")


def test_a_control_can_depend_on_another():
    channel = Control("channel", "Channel", "slider", 0, when=("show", ("one",)))

    assert channel.matters({"show": "one"})
    assert not channel.matters({"show": "mean"})
    assert Control("band", "Band", "slider", 5).matters({})


def test_a_label_must_fit_the_image_and_the_classes(make_capture, label):
    capture = make_capture()

    check_label(capture, label)
    check_label(capture, None)
    with pytest.raises(ValueError, match=r"label is \(4, 4\), the image is \(48, 64\)"):
        check_label(capture, np.zeros((4, 4), int))
    with pytest.raises(ValueError, match=r"class ids \[4, 9\]; the network knows 0\.\.3 and 255"):
        check_label(capture, np.where(label == 0, 4, np.where(label == 1, 9, label)))
