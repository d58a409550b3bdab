"""Nobody sees a page of a server that asks for a log-in before he has one."""

import pytest
from streamlit.user_info import UserInfoProxy

from apps.login import is_known

USERS = "ada@uni.example, @lab.example"


@pytest.mark.parametrize(
    ("address", "users", "known"),
    [
        ("anyone@where.example", "", True),
        ("Ada@Uni.example", USERS, True),
        ("bob@uni.example", USERS, False),
        ("bob@lab.example", USERS, True),
        ("bob@not-lab.example", USERS, False),
        ("bob@lab.example.evil", USERS, False),
        ("@lab.example@evil", USERS, False),
        ("", USERS, False),
    ],
)
def test_addresses_and_whole_domains_are_known(address, users, known):
    assert is_known(address, users) is known


def test_without_a_log_in_asked_for_the_page_is_open(explorer, monkeypatch):
    monkeypatch.delenv("GALD_LOGIN", raising=False)

    assert explorer().metric


def test_who_is_not_logged_in_sees_the_button_alone(explorer, monkeypatch):
    monkeypatch.setenv("GALD_LOGIN", "1")

    page = explorer()

    assert [button.label for button in page.button] == ["Log in"]
    assert not page.metric
    assert not page.selectbox
    page.button(key="login").click().run()
    # No provider is set up here: closed all the same, with the way to do it.
    assert "docs/serving.md" in page.error[0].value
    assert not page.metric


@pytest.mark.parametrize(
    ("user", "enters"),
    [
        ({"email": "ada@uni.example"}, True),
        ({"email": "eve@where.example"}, False),
        ({"email": "ada@uni.example", "email_verified": False}, False),
        ({}, False),
    ],
)
def test_the_users_that_are_listed_enter(explorer, monkeypatch, user, enters):
    monkeypatch.setenv("GALD_LOGIN", "1")
    monkeypatch.setenv("GALD_USERS", USERS)
    told = {"is_logged_in": True, **user}
    monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: told)
    assert UserInfoProxy().get("is_logged_in") is True

    page = explorer()

    assert bool(page.metric) is enters
    assert bool(page.error) is not enters
    assert any(button.label == "Log out" for button in page.button)
