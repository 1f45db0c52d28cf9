"""The page of connections: entered, tested and changed in plain words; secrets never come back."""

from __future__ import annotations

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.background_house import House
from tests.ui.conftest import Shown
from ui.calendar_view import spans

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def asked(house: House, path: str) -> httpx.Response:
    return httpx.get(house.address + path, headers={"Authorization": f"Bearer {house.token}"}, trust_env=False)


def fill(shown: AppTest, **values: str) -> None:
    for label, value in values.items():
        next(each for each in shown.text_input if each.label == label.replace("_", " ")).set_value(value)


def press(shown: AppTest, label: str) -> AppTest:
    next(each for each in shown.button if each.label == label).click()
    after = shown.run()
    assert not after.exception
    return after


def test_a_webhook_is_connected_and_changed_without_its_secret_coming_back(show: Shown, house: House) -> None:
    shown = press(show("connections"), "Connect a service")
    shown.selectbox(key="connection-kind").set_value("webhook")
    shown = shown.run()
    fill(shown, Name_of_the_connection="page-hook", Address="https://crm.example/a", Shared_secret=SECRET)
    shown = press(shown, "Save")
    kept = asked(house, "/connections/page-hook").json()
    assert (kept["settings"], kept["secrets"]) == ({"url": "https://crm.example/a"}, ["secret"])
    shown.button(key="edit-page-hook").click()
    shown = shown.run()
    assert SECRET not in str([each.value for each in shown.text_input])
    secret = next(each for each in shown.text_input if each.label == "Shared secret")
    assert secret.placeholder == "Kept. Leave empty to keep it."


def test_what_is_missing_is_said_where_it_was_entered(show: Shown) -> None:
    shown = press(show("connections"), "Connect a service")
    shown.selectbox(key="connection-kind").set_value("webhook")
    shown = shown.run()
    fill(shown, Name_of_the_connection="incomplete")
    shown = press(shown, "Save")
    assert any("Address is missing" in str(each.value) for each in shown.error)


def test_hours_of_a_calendar_are_changed_in_words(show: Shown, house: House) -> None:
    shown = show("connections")
    shown.text_input(key="main-monday").set_value("8:00 - 12:00, 13:00 to 16:30")
    shown = press(shown, "Save the hours")
    monday = asked(house, "/calendars/main").json()["weekly"]["monday"]
    assert monday in (["8:00-12:00", "13:00-16:30"], ["08:00-12:00", "13:00-16:30"])
    shown.text_input(key="main-monday").set_value("afternoon")
    shown = press(shown, "Save the hours")
    assert any("afternoon" in str(each.value) for each in shown.error)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("09:00-12:00, 13:00-17:00", ["09:00-12:00", "13:00-17:00"]),
        ("9:00 – 12:00;13:00 to 17:00", ["9:00-12:00", "13:00-17:00"]),
        ("", []),
        ("afternoon", ["afternoon"]),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, read: list[str]) -> None:
    assert spans(text) == read
