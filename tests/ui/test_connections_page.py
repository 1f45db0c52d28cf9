"""The page of connections: entered, tested and changed in plain words; secrets never come back."""

from __future__ import annotations

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.background_house import House
from tests.support.caldav_servers import CalDavServer
from tests.support.page_text import words
from tests.ui.conftest import Shown
from ui.calendars.fields import spans

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def asked(house: House, path: str) -> httpx.Response:
    return httpx.get(house.address + path, headers=header(house), trust_env=False)


def header(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token}"}


def press_in(shown: AppTest, form: str, label: str) -> AppTest:
    """The button of that form."""
    next(each for each in shown.button if each.label == label and each.form_id == form).click()
    after = shown.run()
    assert not after.exception
    return after


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


def test_a_calendar_is_connected_with_the_steps_to_it_tested_and_its_calendars_shown(
    show: Shown, xandikos: CalDavServer
) -> None:
    calendar = xandikos.make_calendar("<displayname>Visits on the page</displayname>")
    shown = press(show("connections"), "Connect a service")
    shown.selectbox(key="connection-kind").set_value("google_calendar")
    assert any("Domain-wide delegation" in each.value for each in shown.run().markdown)
    shown.selectbox(key="connection-kind").set_value("caldav")
    shown = shown.run()
    assert any("1. Find the CalDAV address" in each.value for each in shown.markdown)
    fill(shown, Name_of_the_connection="page-dav", Address=xandikos.address, User="dana", Calendar=calendar)
    shown = press(shown, "Save")
    shown.button(key="test-page-dav").click()
    shown = shown.run()
    assert any("“Visits on the page” was found" in str(each.value) for each in shown.success)
    shown.button(key="calendars-page-dav").click()
    shown = shown.run()
    [table] = [each.value for each in shown.dataframe if "Enter this" in each.value]
    row = table[table["Enter this"] == calendar].iloc[0]
    assert (row["Calendar"], row["Leadline may write"]) == ("Visits on the page", "yes")


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
    assert "Monday: 'afternoon' is not a span of hours." in words(shown)
    assert asked(house, "/calendars/main").json()["weekly"]["monday"] == monday
    shown.text_input(key="main-monday").set_value("09:00-17:00")
    press(shown, "Save the hours")


def test_somebody_is_added_to_a_calendar_corrected_and_removed(show: Shown, house: House) -> None:
    shown = press(show("connections"), "Add somebody")
    shown.text_input(key="name-main-0").set_value("Ana Ruiz")
    shown.text_input(key="areas-main-0").set_value("941*, 94102-94105")
    shown = press_in(shown, "staff-form-main-0", "Save")
    assert "'94102-94105' is no area. Write a ZIP code like 94110, or 941*" in words(shown)
    assert asked(house, "/calendars/main").json()["staff"] == []
    shown.text_input(key="areas-main-0").set_value("941*, 94014")
    shown.number_input(key="cap-main-0").set_value(4)
    shown = press_in(shown, "staff-form-main-0", "Save")
    (kept,) = asked(house, "/calendars/main").json()["staff"]
    assert (kept["name"], kept["areas"], kept["max_per_day"], kept["weekly"]) == (
        "Ana Ruiz",
        ["941*", "94014"],
        4,
        None,
    )
    assert "at most 4 a day" in words(shown)
    shown.button(key="edit-main-0").click()
    shown = shown.run()
    shown.toggle(key="own-main-0").set_value(True)
    shown = shown.run()
    shown.text_input(key="name-main-0").set_value("Ana López")
    shown.text_input(key="staff-main-0-monday").set_value("7:00 to 11:00")
    shown = press_in(shown, "staff-form-main-0", "Save")
    (kept,) = asked(house, "/calendars/main").json()["staff"]
    assert (kept["name"], kept["weekly"]["monday"]) == ("Ana López", ["07:00-11:00"])
    shown.button(key="gone-main-0").click()
    shown = shown.run()
    assert asked(house, "/calendars/main").json()["staff"] == []


def test_a_calendar_is_kept_at_a_connected_service_too(show: Shown, house: House) -> None:
    settings = {"address": "https://dav.example.org/", "user": "ana", "password": "s3cret"}
    body = {"kind": "caldav", "settings": settings}
    httpx.put(house.address + "/connections/office-dav", json=body, headers=header(house), trust_env=False)
    shown = show("connections")
    shown.selectbox(key="kept-main").set_value("office-dav")
    shown = shown.run()
    next(each for each in shown.checkbox if each.label.startswith("The service invites")).set_value(True)
    shown = press_in(shown, "kept-form-main-office-dav", "Save")
    kept = asked(house, "/calendars/main").json()
    assert (kept["connection"], kept["options"]) == ("office-dav", {"invite": True})
    shown.selectbox(key="kept-main").set_value("")
    shown = press_in(shown.run(), "kept-form-main-", "Save")
    assert asked(house, "/calendars/main").json()["connection"] == ""


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
