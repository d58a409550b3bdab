from streamlit.testing.v1 import AppTest


def page():
    from typing import Any

    import streamlit as st

    from apps.components.controls import keep_controls, view_controls
    from gald_viz.types import Control, View

    controls = (
        Control("show", "Show", "select", "one", options=("one", "all")),
        Control(
            "channel", "Channel", "slider", 0, maximum=st.session_state.get("channels", 9), when=("show", ("one",))
        ),
        Control("share", "Share", "slider", 0.5, minimum=0.0, maximum=1.0, step=0.1),
        Control("boxes", "Boxes", "toggle", True),
    )
    anything: Any = None
    view = View("demo", "Demo", "?", 1, (), lambda _: None, lambda _: controls, anything)
    keep_controls()
    st.session_state["result"] = view_controls(view, anything) if st.session_state.get("open", True) else {}


def test_defaults_and_choices_reach_the_state():
    test = AppTest.from_function(page).run()
    assert test.session_state["result"] == {"show": "one", "channel": 0, "share": 0.5, "boxes": True}

    test.slider(key="control.demo.channel").set_value(7)
    test.toggle[0].set_value(False)
    test.run()

    assert test.session_state["result"] == {"show": "one", "channel": 7, "share": 0.5, "boxes": False}


def test_a_knob_that_does_not_matter_is_hidden_but_keeps_its_value():
    test = AppTest.from_function(page).run()
    test.slider(key="control.demo.channel").set_value(7).run()

    test.selectbox(key="control.demo.show").select("all").run()
    assert [slider.label for slider in test.slider] == ["Share"]
    assert test.session_state["result"]["channel"] == 7

    test.selectbox(key="control.demo.show").select("one").run()
    assert test.slider(key="control.demo.channel").value == 7


def test_a_value_that_this_network_does_not_allow_falls_back():
    test = AppTest.from_function(page).run()
    test.slider(key="control.demo.channel").set_value(7).run()

    test.session_state["channels"] = 3
    test.run()

    assert not test.exception
    assert test.session_state["result"]["channel"] == 0


def test_a_knob_without_a_choice_is_hidden():
    test = AppTest.from_function(page)
    test.session_state["channels"] = 0
    test.run()

    assert [slider.label for slider in test.slider] == ["Share"]


def test_values_outlive_a_closed_view():
    test = AppTest.from_function(page).run()
    test.slider(key="control.demo.channel").set_value(7).run()
    for is_open in (False, True):
        test.session_state["open"] = is_open
        test.run()

    assert test.slider(key="control.demo.channel").value == 7
