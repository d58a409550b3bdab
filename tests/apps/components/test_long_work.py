"""Work that is cancelled is not begun again by itself, and lets go of what it held."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from apps.components.long_work import cancellable

    kept = st.session_state.setdefault("kept", {"begun": 0, "open": 0})
    question = st.selectbox("question", ["a", "b"], key="question")

    def work(told):
        kept["begun"] += 1
        kept["open"] += 1
        try:
            for step in range(4):
                told(step / 4, f"step {step}")
                if kept.get("fail"):
                    raise ValueError("refused")
        finally:
            kept["open"] -= 1
        return question * 2

    found = cancellable("work", question, "Working …", work)
    st.markdown(f"found {found}")


def words(at: AppTest) -> list[str]:
    return [entry.value for entry in at.markdown]


def test_cancelled_work_waits_until_it_is_asked_for_again():
    at = AppTest.from_function(page).run()
    assert words(at) == ["found aa"]
    assert not [button for button in at.button if button.key == "cancel.work"]

    at.session_state["cancelled.work"] = "a"
    at.run()
    assert words(at) == ["found None"]
    assert at.info[0].value == "Working: cancelled."
    assert at.session_state["kept"]["begun"] == 1
    at.button(key="resume.work").click().run()
    assert words(at) == ["found aa"]


def test_another_question_begins_by_itself_and_an_error_takes_the_bar_away():
    at = AppTest.from_function(page)
    at.session_state["cancelled.work"] = "a"
    at.run()
    at.selectbox(key="question").set_value("b").run()
    assert words(at) == ["found bb"]

    at.session_state["kept"]["fail"] = True
    at.run()
    assert at.exception[0].message == "refused"
    assert not at.button
    assert at.session_state["kept"]["open"] == 0
