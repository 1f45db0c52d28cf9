"""Logging in: a form instead of the page, a name beside every change, and nothing lost when a log-in ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.background_house import House, background_house
from ui import login

APP = Path(__file__).resolve().parents[2] / "ui" / "app.py"
PASSWORD = "correct horse battery"


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An engine in which Dana is an administrator and Ann may only look."""
    with background_house(tmp_path, seeded=False) as house:
        monkeypatch.setenv("LEADLINE_API", house.address)
        monkeypatch.setenv("LEADLINE_API_TOKEN", house.token)
        for name, role in (("dana", "admin"), ("ann", "viewer")):
            body = {"name": name, "shown": name.title(), "role": role, "password": PASSWORD}
            entered = httpx.post(f"{house.address}/people", json=body, headers=proof(house), trust_env=False)
            assert entered.status_code == 201, entered.text
        login.asks_from_now_on()
        yield house
    login.asks_from_now_on()


def proof(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token}"}


def opened() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=30).run()


def log_in(shown: AppTest, name: str, password: str = PASSWORD) -> AppTest:
    shown.text_input[0].set_value(name)
    shown.text_input[1].set_value(password)
    return shown.button[0].click().run()


def words(shown: AppTest) -> str:
    kinds = (shown.caption, shown.info, shown.warning, shown.error, shown.markdown)
    return " ".join(str(each.value) for kind in kinds for each in kind)


def test_without_people_nobody_is_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_API", house.address)
    monkeypatch.setenv("LEADLINE_API_TOKEN", house.token)
    login.asks_from_now_on()
    assert [each.label for each in opened().text_input if each.label == "Password"] == []


def test_a_page_is_not_drawn_before_somebody_has_logged_in(guarded: House) -> None:
    shown = opened()
    assert [each.label for each in shown.text_input] == ["Name", "Password"]
    refused = log_in(shown, "dana", "not the password")
    assert "do not fit" in words(refused)
    inside = log_in(opened(), "dana")
    assert [each.label for each in inside.text_input] == []
    assert not inside.exception


def test_a_log_in_that_ends_asks_again_and_says_that_nothing_is_lost(guarded: House) -> None:
    inside = log_in(opened(), "dana")
    changed = {"password": "another long password"}
    httpx.patch(f"{guarded.address}/people/dana", json=changed, headers=proof(guarded), trust_env=False)
    after = inside.run()
    assert "log-in has ended" in words(after)
    again = after.run()
    assert [each.label for each in again.text_input] == ["Name", "Password"]
    assert "What you saved is kept" in words(again)


def test_whoever_may_only_look_is_not_offered_what_the_engine_would_refuse(guarded: House) -> None:
    inside = log_in(opened(), "ann")
    shown = inside.switch_page("app_pages/connections.py").run()
    assert "Whoever may publish flows" in words(shown)
    assert "Connect a service" not in [each.label for each in shown.button]
    shown = shown.switch_page("app_pages/settings.py").run()
    assert "Only administrators" in words(shown)
    assert not shown.exception


def test_an_administrator_enters_a_person_and_removes_them(guarded: House) -> None:
    shown = log_in(opened(), "dana").switch_page("app_pages/settings.py").run()
    fields = {each.label: each for each in shown.text_input}
    fields["Name to log in with"].set_value("ben")
    fields["Name on the screens"].set_value("Ben")
    fields["First password"].set_value(PASSWORD)
    next(each for each in shown.button if each.label == "Enter").click()
    shown = shown.run()
    assert not shown.exception
    listed = httpx.get(f"{guarded.address}/people", headers=proof(guarded), trust_env=False).json()
    assert {"name": "ben", "shown": "Ben", "role": "editor"} in listed
    shown.button(key="remove-ben").click()
    shown = shown.run()
    assert not shown.exception
    listed = httpx.get(f"{guarded.address}/people", headers=proof(guarded), trust_env=False).json()
    assert "ben" not in [each["name"] for each in listed]


def editor(shown: AppTest) -> AppTest:
    shown = shown.switch_page("app_pages/flow.py")
    for name, value in {"flow": "home_services_v1", "view": "outline", "card": "qualify"}.items():
        shown.query_params[name] = value
    return shown.run()


def test_a_viewer_sees_a_flow_with_nothing_to_change_it_and_one_sentence_why(guarded: House) -> None:
    shown = editor(log_in(opened(), "ann"))
    assert not shown.exception
    assert words(shown).count("This flow can be looked at, but not changed") == 1
    of_the_card = [each for each in (*shown.text_input, *shown.text_area, *shown.selectbox) if "nodes" in str(each.key)]
    assert of_the_card
    assert all(each.disabled for each in of_the_card)


def test_an_editor_may_change_a_flow(guarded: House) -> None:
    body = {"name": "eve", "shown": "Eve", "role": "editor", "password": PASSWORD}
    httpx.post(f"{guarded.address}/people", json=body, headers=proof(guarded), trust_env=False).raise_for_status()
    shown = editor(log_in(opened(), "eve"))
    assert "This flow can be looked at" not in words(shown)
    of_the_card = [each for each in (*shown.text_input, *shown.text_area, *shown.selectbox) if "nodes" in str(each.key)]
    assert of_the_card
    assert not all(each.disabled for each in of_the_card)
