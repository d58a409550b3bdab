"""A link shows somebody else the same; and what is wrong in it does no harm."""

import pytest
from streamlit.testing.v1 import AppTest

from .conftest import LDV1, LDV2, PAGE


def visited(**address: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in address.items():
        page.query_params[name.replace("__", ".")] = value
    return page.run()


def said(page: AppTest) -> dict[str, str]:
    return {name: values[0] if isinstance(values, list) else values for name, values in page.query_params.items()}


def test_the_address_says_what_is_shown_and_reproduces_it(explorer):
    first = explorer(control__view="masks", control__checkpoint=LDV1)
    first.selectbox(key="control.split.scenes").set_value("test").run()
    first.selectbox(key="control.item.scenes.test").set_value(3).run()
    first.slider(key="control.masks.band").set_value(9).run()

    address = said(first)
    assert address == {
        **{"view": "masks", "network": LDV1, "data": "scenes", "split": "test", "image": "scenes/test/000003"},
        "masks.band": "9",
    }
    second = visited(**{name.replace(".", "__"): value for name, value in address.items()})
    assert not second.exception
    assert said(second) == address
    assert second.selectbox(key="control.checkpoint").value == LDV1
    assert second.slider(key="control.masks.band").value == 9
    assert second.caption[-1].value == first.caption[-1].value


def test_a_pixel_in_the_address_is_answered_for():
    page = visited(view="affinity", network=LDV2, pixel="30,20")

    assert not page.exception
    assert page.session_state["pixel"] == (30, 20)
    assert said(page)["pixel"] == "30,20"


@pytest.mark.parametrize(
    "wrong",
    [
        {"view": "nothing"},
        {"network": "../../etc/passwd"},
        {"data": "<script>", "split": "x", "image": "../.."},
        {"split": "nowhere", "image": "scenes/val/999999"},
        {"pixel": "-1,99999999999"},
        {"view": "masks", "network": LDV1, "masks__band": '"wide"'},
        {"view": "masks", "network": LDV1, "masks__band": "[1, 2]", "masks__channel": "1e99"},
        {"view": "masks", "network": LDV1, "masks__reduction": "{", "nonsense__key": "1"},
        {"view": "x" * 100_000},
    ],
    ids=str,
)
def test_what_is_wrong_in_an_address_is_passed_over(wrong):
    page = visited(**wrong)

    assert not page.exception
    assert not page.error
    assert page.session_state["control.view"] in ("affinity", "masks")
