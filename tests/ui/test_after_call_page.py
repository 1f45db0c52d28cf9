"""After-call work that failed, on its call's page and in the list: it says what to do, and it can be tried again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.background_house import House, background_house
from tests.support.page_text import words
from tests.support.seeded_calls import BOOKED, FAILED_AFTERWARDS, FLOW
from tests.ui.conftest import Shown
from ui.records import Json

WRITTEN = "The roof has leaked for two weeks."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """One of its own: here things change."""
    with background_house(tmp_path) as started:
        yield started


def ask(house: House, path: str) -> Json:
    answer = httpx.get(f"{house.address}{path}", headers={"Authorization": f"Bearer {house.token}"})
    found: Json = answer.raise_for_status().json()
    return found


def states(house: House) -> dict[str, str]:
    after = ask(house, f"/calls/{FAILED_AFTERWARDS}")["after_call"]
    return {each["id"]: each["state"] for each in after["steps"]}


def failed_work(show: Shown) -> AppTest:
    page = show("calls")
    page.get("button_group")[0].select("work").run()
    return page


def buttons(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_a_failed_card_has_a_button_that_tries_it_again_and_a_done_one_has_not(show: Shown, house: House) -> None:
    page = show("call", call=FAILED_AFTERWARDS)
    assert buttons(page).count("Try again") == 1
    page.button(key="try-mail_office").click().run()
    assert "Being tried again: Mail to the office" in page.toast[0].value
    assert states(house) == {"tell_crm": "done"}
    text = words(page)
    assert "Waiting for its turn" in text
    assert "Mail to the office." in text, "who tried what again is told"
    assert "Try again" not in buttons(page)


def test_all_of_a_call_is_tried_again(show: Shown, house: House) -> None:
    page = show("call", call=FAILED_AFTERWARDS)
    page.button(key="try-all").click().run()
    assert states(house) == {"tell_crm": "done"}
    assert "all that was not done" in words(page)


def test_a_call_of_which_all_is_done_offers_nothing_to_try(show: Shown) -> None:
    page = show("call", call=BOOKED)
    assert not {"Try again", "Try all of it again"} & set(buttons(page))


def test_a_lane_that_was_changed_since_is_a_choice_that_says_what_differs(show: Shown, house: House) -> None:
    headers = {"Authorization": f"Bearer {house.token}"}
    draft = ask(house, f"/flows/{FLOW}/draft")
    document = draft["document"]
    mail = next(node for node in document["nodes"] if node["id"] == "mail_office")
    mail["settings"]["to"] = "front-desk@harborline.example"
    body = {"revision": draft["revision"], "document": document}
    saved = httpx.put(f"{house.address}/flows/{FLOW}/draft", json=body, headers=headers).raise_for_status().json()
    httpx.post(
        f"{house.address}/flows/{FLOW}/publish", json={"revision": saved["revision"], "by": "Ana"}, headers=headers
    ).raise_for_status()
    page = show("call", call=FAILED_AFTERWARDS)
    assert "Version 2 instead of 1. Changed: 'Mail to the office'." in words(page).replace("\\", "")
    [choice] = [radio for radio in page.radio if "changed since this call" in radio.label]
    choice.set_value("now").run()
    page.button(key="try-mail_office").click().run()
    [told] = ask(house, f"/calls/{FAILED_AFTERWARDS}")["after_call"]["replays"]
    assert (told["lane"], told["differs"]) == ("now", "Version 2 instead of 1. Changed: 'Mail to the office'.")


def test_the_list_shows_what_failed_and_all_of_it_is_tried_again_after_a_question(show: Shown, house: House) -> None:
    page = failed_work(show)
    text = words(page)
    assert "Omar Haddad" in text
    assert "One card needs a person: Mail to the office." in text
    assert "Dana Reyes" not in text.split("Omar Haddad")[1]
    page.button(key="try-all-again").click().run()
    assert states(house)["mail_office"] == "failed", "only the question was asked"
    page.button(key="try-all-sure").click().run()
    assert states(house) == {"tell_crm": "done"}
    assert "Nothing has failed" in words(failed_work(show))


def test_a_day_without_failures_says_so(show: Shown) -> None:
    page = failed_work(show)
    page.date_input(key="day").set_value(date(2020, 1, 1)).run()
    assert "Nothing failed on that day." in words(page)


def test_a_summary_that_a_card_wrote_stands_on_the_calls_page(show: Shown, house: House, tmp_path: Path) -> None:
    assert "Summary" not in words(show("call", call=BOOKED))
    with sqlite3.connect(tmp_path / "leadline.db") as database:
        database.execute(
            "UPDATE outbox_step SET summary = ? WHERE call_id = ? AND step_id = 'tell_crm'", (WRITTEN, BOOKED)
        )
    assert ask(house, f"/calls/{BOOKED}")["after_call"]["summary"] == WRITTEN
    text = words(show("call", call=BOOKED))
    assert "Summary" in text
    assert WRITTEN in text
