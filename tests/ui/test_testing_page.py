"""The Test page in front of the real engine: a talk with its reasons, callers with their results, a phone call."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.background_house import House, background_house
from tests.support.page_text import words as page_text
from tests.ui.conftest import Shown
from ui.call_records import Turn
from ui.flow_view import Flow, read_flow
from ui.records import Json
from ui.resources.test_bench import CallerRow, ChatTurn, Failure
from ui.testing import caller_view, why

FLOW = "home_services_v1"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One of its own: these tests change drafts."""
    with background_house(tmp_path_factory.mktemp("bench"), seeded=False) as started:
        yield started


def ask(house: House, method: str, path: str, body: dict[str, Json] | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {house.token}"}
    return httpx.request(method, house.address + path, json=body, headers=headers, trust_env=False, timeout=20)


def press(shown: AppTest, label: str) -> AppTest:
    next(each for each in shown.button if each.label == label).click()
    after = shown.run()
    assert not after.exception
    return after


def say(shown: AppTest, words: str) -> AppTest:
    shown.chat_input[0].set_value(words)
    after = shown.run()
    assert not after.exception
    return after


def test_a_talk_shows_each_answer_with_its_reasons_and_things_filling(show: Shown) -> None:
    shown = press(show("test", flow=FLOW), "Talk with the draft")
    assert "AI assistant" in page_text(shown)
    shown = say(shown, "Yes, speaking. It's a house in 94110.")
    text = page_text(shown)
    assert "Why?" in text
    assert "Noted: ZIP is 94110, from “94110”" in text
    assert "Heard a yes in “Yes”" in text
    assert "From “" in text
    assert "said “94110”" in text
    assert any(each.label == "Roof repair" for each in shown.button)
    shown = press(shown, "Roof repair")
    assert "is Roof repair, from “Roof repair”" in page_text(shown)


def test_a_move_is_taken_back_and_the_talk_begun_again(show: Shown) -> None:
    shown = press(show("test", flow=FLOW), "Talk with the draft")
    shown = say(shown, "Yes.")
    shown = say(shown, "Nonsense about nothing at all.")
    assert "Nonsense" in page_text(shown)
    shown = press(shown, "Take back")
    assert "Nonsense" not in page_text(shown)
    shown = press(shown, "Say nothing")
    assert "The caller says nothing." in page_text(shown)
    shown = press(shown, "Hang up")
    assert "The call is over" in page_text(shown)
    assert not shown.chat_input
    shown = press(shown, "Start again")
    assert "The call is over" not in page_text(shown)
    assert shown.chat_input


def test_a_talk_that_the_engine_forgot_goes_on_from_its_own_lines(show: Shown, house: House) -> None:
    shown = press(show("test", flow=FLOW), "Talk with the draft")
    shown = say(shown, "Yes, it's a house.")
    desk = shown.session_state["leadline-chats"][FLOW]
    assert ask(house, "DELETE", f"/test-chats/{desk.chat.id}").status_code == 204
    shown = say(shown, "94110")
    text = page_text(shown)
    assert "This talk was held again" in text
    assert "Yes, it's a house." in text
    assert "said “94110”" in text


def test_a_flow_that_was_changed_meanwhile_is_told_with_two_ways_on(show: Shown, house: House) -> None:
    shown = press(show("test", flow=FLOW), "Talk with the draft")
    draft = ask(house, "GET", f"/flows/{FLOW}/draft").json()
    document = draft["document"] | {"description": "Changed in the middle of a talk"}
    saved = ask(house, "PUT", f"/flows/{FLOW}/draft", {"revision": draft["revision"], "document": document})
    assert saved.status_code == 200
    shown = say(shown, "Yes.")
    assert "The flow was changed since this talk began." in page_text(shown)
    shown = press(shown, "Hold this talk with the changed flow")
    assert "The flow was changed since this talk began." not in page_text(shown)
    assert "Yes." in page_text(shown)


def test_callers_call_and_are_read_one_by_one(show: Shown) -> None:
    shown = show("test", flow=FLOW)
    assert "Nobody has called this flow yet." in page_text(shown)
    shown = press(shown, "Let all callers call")
    deadline = time.monotonic() + 60
    while "served as expected" not in page_text(shown) and time.monotonic() < deadline:
        time.sleep(0.5)
        shown = shown.run()
    text = page_text(shown)
    served = re.search(r"(\d+) served as expected", text)
    assert served
    assert int(served[1]) >= 25
    assert "not served" not in text
    assert "Let all callers call again" in [each.label for each in shown.button]
    assert "Let only this one call" in [each.label for each in shown.button]
    (table,) = shown.dataframe
    assert len(table.value) == int(served[1])


def test_a_phone_is_called_only_with_leave_and_a_number(show: Shown) -> None:
    shown = show("test", flow=FLOW)
    call = next(each for each in shown.button if each.label == "Call this phone")
    assert call.disabled
    shown.text_input(key=f"phone-number-{FLOW}").set_value("12")
    shown.checkbox(key=f"phone-agreed-{FLOW}").check()
    shown = press(shown.run(), "Call this phone")
    assert any("does not exist" in str(each.value) for each in shown.error)
    shown.text_input(key=f"phone-number-{FLOW}").set_value("+1 415 555 2671")
    shown = press(shown.run(), "Call this phone")
    assert "The phone is about to ring." in page_text(shown) or shown.error


SHIPPED = Path(__file__).resolve().parents[2] / "flows" / "home_services.json"


@pytest.fixture(scope="module")
def flow() -> Flow:
    return read_flow(SHIPPED.read_text(encoding="utf-8"))


def turn(**facts: object) -> ChatTurn:
    return ChatTurn(1, "says", "words", Turn(1, 0, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"commands": ({"what": "answered", "answer": "no", "words": "nope"},)}, "Heard a no in “nope”"),
        ({"commands": ({"what": "asked", "words": "How much?", "knowledge": None},)},
         "Heard the question “How much?”; the knowledge holds no answer"),
        ({"commands": ({"what": "slot_refused", "slot": "zip", "words": "I won't say"},)},
         "ZIP: does not want to say, or does not know (“I won't say”)"),
        ({"guarded": ({"sentence": "I'm human.", "why": "claims to be human"},)},
         "Kept back: “I'm human.” (claims to be human)"),
        ({"actions": ({"action": "book_appointment",
                       "details": {"start": "2026-09-15T10:00:00-07:00", "result": "booked"}},)},
         "Would book Tue 15 Sep, 10:00 AM"),
        ({"actions": ({"action": "record_opt_out", "details": {}},)}, "Would put the number on the do-not-call list"),
        ({"actions": ({"action": "text_the_owner", "details": {}},)}, "Would do: Text the owner"),
        ({"asked": "zip"}, "Asks now for: ZIP"),
    ],
)  # fmt: skip
def test_reasons_are_sentences(flow: Flow, facts: dict[str, object], sentence: str) -> None:
    assert sentence in list(why.sentences(turn(**facts), flow))


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (Failure("disposition", "expected 'booked', was 'unqualified'"),
         "How the call ends: expected “Booked”, was “Not qualified”"),
        (Failure("slots", "'zip' was not learnt"), "Things found out: “ZIP” was not learnt"),
        (Failure("always", "never says 'company'"), "In every call: never says the name of the business"),
        (Failure("the call failed", "The card 'A' has no way on."), "The call broke off: The card 'A' has no way on."),
        (Failure("of_the_future", "whatever"), "Of the future: whatever"),
    ],
)  # fmt: skip
def test_what_was_not_as_expected_is_said_without_codes(flow: Flow, failure: Failure, sentence: str) -> None:
    assert caller_view.fault(failure, flow) == sentence


def test_callers_that_need_looking_at_come_first() -> None:
    rows = [CallerRow("a", "A", "passed"), CallerRow("b", "B", "left_out"), CallerRow("c", "C", "failed")]
    assert [row.scenario for row in caller_view.sorted_rows(rows)] == ["c", "a", "b"]
