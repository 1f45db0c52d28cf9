"""The cards of Zapier and Make against their stand-ins: one flat message a call, and every no explained."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.sdk import Connection, ConnectionKind, Permanent, Recording, StepOutcome, Transient
from nodes.connect.hooks.catch import CatchHook
from nodes.connect.hooks.flat import FIELDS, flat
from nodes.connect.hooks.make import EXAMPLE as MAKE_EXAMPLE
from nodes.connect.hooks.make import MAKE, Make, MakeSettings
from nodes.connect.hooks.zapier import EXAMPLE, ZAPIER, Zapier, ZapierSettings
from tests.emulators.catch_hooks import MakeEmulator, ZapierEmulator
from tests.emulators.faults import Fault
from tests.nodes.connect.conftest import Bench, called

SECRET_ADDRESSES = {"zapier": "abcdef", "make": "abcdefghijklmnop"}


@pytest.fixture
async def zapier() -> AsyncIterator[ZapierEmulator]:
    async with ZapierEmulator() as emulator:
        yield emulator


@pytest.fixture
async def make() -> AsyncIterator[MakeEmulator]:
    async with MakeEmulator() as emulator:
        yield emulator


@pytest.fixture
def desk(tmp_path: Path, zapier: ZapierEmulator, make: MakeEmulator) -> Bench:
    desk = Bench(called(), str(tmp_path / "outbox"))
    desk.book.add("zapier", "zapier", {"url": zapier.url})
    desk.book.add("make", "make", {"url": make.url})
    return desk


async def send(desk: Bench, kind: str = "zapier", **settings: object) -> StepOutcome:
    card: CatchHook[Any] = (
        Zapier(ZapierSettings.model_validate(settings))
        if kind == "zapier"
        else Make(MakeSettings.model_validate(settings))
    )
    return await card.run(desk)


# --- what is sent ---


async def test_a_booked_call_starts_a_zap_with_plain_fields(desk: Bench, zapier: ZapierEmulator) -> None:
    outcome = await send(desk)
    [run] = zapier.runs
    assert not [name for name in run if "__" in name], "something was nested"
    assert (
        run
        | {
            "event": "call.completed",
            "event_id": "call_31:crm",
            "full_name": "Dana Reyes",
            "outcome": "booked",
            "qualified": True,
            "answer_zip": "94107",
            "answers": "ZIP code: 94107",
            "appointment_start": "2026-11-26T14:00:00-08:00",
            "call_started_at": "2026-11-24T12:00:00Z",
            "call_duration_s": 252,
        }
        == run
    )
    assert "queue" in outcome.note
    assert outcome.external_id == "r-1"


async def test_make_gets_the_same_fields(desk: Bench, zapier: ZapierEmulator, make: MakeEmulator) -> None:
    await send(desk)
    outcome = await send(desk, "make")
    assert make.bundles == zapier.runs
    assert outcome.note == "Make has taken it. What the scenario does with it stands in the scenario's history."


async def test_every_try_has_the_same_event_id(desk: Bench, make: MakeEmulator) -> None:
    make.faults.set(Fault("cut", times=1))
    with pytest.raises(Transient, match="could not be reached"):
        await send(desk, "make")
    await send(desk, "make")
    first, second = make.bundles
    assert first == second
    assert first["event_id"] == "call_31:crm"


@pytest.mark.parametrize("result", [called(), called(appointment=None, disposition="no_answer"), called(callback=None)])
def test_every_documented_field_is_there_in_every_call(result: Any) -> None:
    assert {*FIELDS} <= {*flat(result, "k", {})}
    assert all(isinstance(value, str | int | float | bool) for value in flat(result, "k", {}).values())


def test_nested_values_become_names_of_one_level() -> None:
    custom = {"score": {"total": 7, "parts": [{"name": "roof"}, {"name": "attic"}]}, "tags": ["a", True], "none": None}
    row = flat(
        called(custom=custom, lead={"form": {"What is your budget?": "5k", "What is your budget": "6k"}}), "k", {}
    )
    assert {name: value for name, value in row.items() if name.startswith(("custom", "form"))} == {
        "custom_score_total": 7,
        "custom_score_parts_1_name": "roof",
        "custom_score_parts_2_name": "attic",
        "custom_tags": "a, yes",
        "custom_none": "",
        "form_what_is_your_budget": "5k",
        "form_what_is_your_budget_2": "6k",
    }


async def test_what_was_said_is_sent_only_if_the_card_says_so(desk: Bench, zapier: ZapierEmulator) -> None:
    await send(desk)
    await send(desk, transcript=True)
    without, with_it = zapier.runs
    assert without["transcript"] == ""
    assert 'caller: My roof leaks <badly> & "now".' in with_it["transcript"]


async def test_the_recording_is_linked_only_if_the_card_says_so(desk: Bench, zapier: ZapierEmulator) -> None:
    desk.kept = Recording("/var/call_31.wav", 252.0, "https://calls.example/r/abc.wav")
    await send(desk)
    outcome = await send(desk, recording=True)
    assert [run["recording_url"] for run in zapier.runs] == ["", "https://calls.example/r/abc.wav"]
    assert "calls.example" not in str(outcome.sent)


async def test_a_transcript_that_is_too_long_is_left_out_and_named(desk: Bench, zapier: ZapierEmulator) -> None:
    desk.result = called(transcript=[{"who": "caller", "text": "x" * 300_000, "at_ms": 0}])
    await send(desk, transcript=True)
    await send(desk)
    long, short = zapier.runs
    assert (long["transcript"], long["left_out"]) == ("", "transcript")
    assert short["left_out"] == ""


async def test_fields_of_ones_own_stand_beside_ours(desk: Bench, zapier: ZapierEmulator) -> None:
    rows = [{"name": "zip_code", "value": "ZIP {slot:zip}"}, {"name": "city", "value": "{slot:city}"}]
    await send(desk, fields=rows)
    assert (zapier.runs[0]["zip_code"], zapier.runs[0]["city"]) == ("ZIP 94107", "")


async def test_a_word_of_ones_own_goes_along(desk: Bench, make: MakeEmulator) -> None:
    desk.book.add("make", "make", {"url": make.url, "secret": "xyzzy"})
    outcome = await send(desk, "make")
    assert make.bundles[0]["leadline_secret"] == "xyzzy"
    assert "xyzzy" not in str(outcome.sent)


@pytest.mark.parametrize("kind", ["zapier", "make"])
async def test_what_the_dashboard_shows_names_nobody_and_no_address(desk: Bench, kind: str) -> None:
    outcome = await send(desk, kind, transcript=True, fields=[{"name": "flow_id", "value": "{phone}"}])
    shown = str(outcome.sent) + outcome.note
    for private in ("Dana", "Reyes", "4155550123", "dana.reyes", "94107", "1200 18th", "roof", SECRET_ADDRESSES[kind]):
        assert private not in shown
    assert "booked" in shown


# --- what is said to it ---


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("zapier", "404", "knows no hook at this address"),
        ("zapier", "410", "knows no hook at this address"),
        ("zapier", "413", "without transcript"),
        ("zapier", "redirect", "has moved"),
        ("make", "400", "Check the webhook in the scenario"),
        ("make", "404", "Switch the scenario on"),
        ("make", "410", "Switch the scenario on"),
        ("make", "redirect", "has moved"),
    ],
)
async def test_what_only_a_person_can_mend_is_told_with_what_to_do(
    desk: Bench, zapier: ZapierEmulator, make: MakeEmulator, kind: str, error: str, words: str
) -> None:
    for each in (zapier, make):
        each.faults.set(Fault("refuse", error=error))
    with pytest.raises(Permanent, match=words) as refused:
        await send(desk, kind)
    assert SECRET_ADDRESSES[kind] not in str(refused.value)
    assert zapier.faults.hits + make.faults.hits == 1


@pytest.mark.parametrize(
    ("kind", "fault", "words", "pause_s"),
    [
        ("zapier", Fault("rate_limit"), "429", 30.0),
        ("zapier", Fault("refuse", error="503"), "503", 7.0),
        ("zapier", Fault("refuse", error="500"), "500", None),
        ("zapier", Fault("cut"), "could not be reached", None),
        ("zapier", Fault("corrupt"), "502", None),
        ("make", Fault("rate_limit"), "429", 10.0),
        ("make", Fault("refuse", error="queue full"), "queue of this webhook in Make is full", 60.0),
        ("make", Fault("refuse", error="503"), "503", 7.0),
        ("make", Fault("cut"), "could not be reached", None),
    ],
)
async def test_what_passes_is_tried_again_when_it_may_work(
    desk: Bench, zapier: ZapierEmulator, make: MakeEmulator, kind: str, fault: Fault, words: str, pause_s: float | None
) -> None:
    for each in (zapier, make):
        each.faults.set(fault)
    with pytest.raises(Transient, match=words) as refused:
        await send(desk, kind)
    assert refused.value.retry_after_s == pause_s
    assert SECRET_ADDRESSES[kind] not in str(refused.value)


async def test_a_full_queue_of_make_is_full_also_without_a_fault(desk: Bench, make: MakeEmulator) -> None:
    make.room = 0
    with pytest.raises(Transient, match="is full"):
        await send(desk, "make")


# --- connections ---


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("zapier", ""),
        ("zapier", "https://hooks.zapier.com"),
        ("zapier", "http://hooks.zapier.com/hooks/catch/1/x/"),
        ("zapier", "https://hooks.zapier.com.evil.example/hooks/catch/1/x/"),
        ("zapier", "https://evil.example/hooks.zapier.com/"),
        ("zapier", "https://hooks.zapier.com:8443/hooks/catch/1/x/"),
        ("zapier", "https://[/"),
        ("zapier", "http://10.0.0.7:80/hooks/catch/1/x/"),
        ("zapier", "https://hook.eu1.make.com/abc"),
        ("make", "https://hooks.zapier.com/hooks/catch/1/x/"),
        ("make", "https://hook.eu1.make.com/"),
        ("make", "https://hook.evil.example/make.com"),
    ],
)
async def test_only_an_address_of_the_service_is_sent_to(desk: Bench, kind: str, url: str) -> None:
    desk.book.add(kind, kind, {"url": url})
    with pytest.raises(Permanent, match="Copy it whole from there"):
        await send(desk, kind)


async def test_a_connection_of_another_kind_is_refused(desk: Bench) -> None:
    with pytest.raises(Permanent, match="of kind 'make'"):
        await send(desk, connection="make")


async def test_a_test_message_is_marked_and_shows_every_field(
    desk: Bench, zapier: ZapierEmulator, make: MakeEmulator
) -> None:
    assert ZAPIER.test is not None
    assert MAKE.test is not None
    assert "marked as a test" in await ZAPIER.test(desk.connection("zapier"))
    assert "marked as a test" in await MAKE.test(desk.connection("make"))
    for row in (zapier.runs[0], make.bundles[0]):
        assert {*FIELDS} <= {*row}
        assert (row["event"], row["test"]) == ("leadline.test", True)
        assert "Nobody was called" in row["summary"]


async def test_a_test_of_a_hook_that_is_off_says_what_to_do(desk: Bench, make: MakeEmulator) -> None:
    make.active = False
    assert MAKE.test is not None
    with pytest.raises(Permanent, match="Switch the scenario on"):
        await MAKE.test(desk.connection("make"))


@pytest.mark.parametrize("kind", [ZAPIER, MAKE])
def test_the_address_is_kept_as_a_secret(kind: Any) -> None:
    assert {field.name: field.secret for field in kind.fields} == {"url": True, "secret": True}


@pytest.mark.parametrize(("kind", "url"), [(ZAPIER, EXAMPLE), (MAKE, MAKE_EXAMPLE)])
def test_an_address_is_judged_as_it_is_entered(kind: ConnectionKind, url: str) -> None:
    assert kind.problems(Connection("x", kind.kind, {"url": url})) == ()
    [problem] = kind.problems(Connection("x", kind.kind, {"url": "https://evil.example/"}))
    assert "Copy it whole from there" in problem
