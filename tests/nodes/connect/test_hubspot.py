"""The HubSpot card against HubSpot's stand-in, by HubSpot's own SDK."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.sdk import Connection, Permanent, RateLimit, Recording, StepOutcome, Transient
from nodes.connect.hubspot import client
from nodes.connect.hubspot.card import HUBSPOT, HubSpot, HubSpotSettings
from tests.emulators.faults import Fault
from tests.emulators.hubspot import HubSpotEmulator
from tests.nodes.connect.conftest import TOKEN, Bench, called

ROOT = Path(__file__).parents[3]
KINDS = ("contacts", "calls", "notes", "meetings")
ONE_OF_EACH = dict.fromkeys(KINDS, 1)


async def write(bench: Bench, **settings: object) -> StepOutcome:
    return await HubSpot(HubSpotSettings.model_validate(settings)).run(bench)


async def write_until_done(bench: Bench, tries: int = 6) -> StepOutcome:
    """As the lane does, without its pauses."""
    for _ in range(tries):
        try:
            return await write(bench)
        except Transient:
            continue
    raise AssertionError(f"not done in {tries} tries")


def counted(hubspot: HubSpotEmulator) -> dict[str, int]:
    return {kind: len(hubspot.all(kind)) for kind in KINDS}


# --- worked example ---


async def test_a_booked_call_becomes_contact_call_note_and_meeting(bench: Bench, hubspot: HubSpotEmulator) -> None:
    outcome = await write(bench)
    assert counted(hubspot) == ONE_OF_EACH
    [contact], [call], [note], [meeting] = (hubspot.all(kind) for kind in KINDS)
    assert contact.properties["email"] == "dana.reyes@example.com"
    assert contact.properties["leadline_phone"] == "+14155550123"
    assert call.properties["hs_call_duration"] == "252000"
    assert call.properties["hs_call_direction"] == "OUTBOUND"
    assert (call.properties["hs_call_from_number"], call.properties["hs_call_to_number"]) == (
        "+14155550100",
        "+14155550123",
    )
    assert call.properties["hs_call_title"] == "Home: booked"
    assert "hs_call_recording_url" not in call.properties
    assert meeting.properties["hs_meeting_start_time"] == "2026-11-26T22:00:00.000Z"
    assert meeting.properties["hs_meeting_location"] == "1200 18th St, San Francisco"
    assert call.contacts == note.contacts == meeting.contacts == [contact.id]
    assert {each.properties["leadline_key"] for each in (call, note, meeting)} == {"call_31:crm"}
    assert outcome.external_id == call.id
    assert outcome.note == f"In HubSpot: contact {contact.id}, call {call.id}, note {note.id}, meeting {meeting.id}."


async def test_what_callers_say_is_shown_and_never_run_as_html(bench: Bench, hubspot: HubSpotEmulator) -> None:
    await write(bench)
    [note] = hubspot.all("notes")
    assert "My roof leaks &lt;badly&gt; &amp; &quot;now&quot;." in note.properties["hs_note_body"]


async def test_a_meeting_is_written_as_it_stands_at_the_time_of_the_try(bench: Bench, hubspot: HubSpotEmulator) -> None:
    """A try may come hours after the call, when the appointment has been moved."""
    assert bench.result.appointment is not None
    moved = bench.result.appointment.start + timedelta(days=1)
    bench.now_booked = bench.result.appointment.model_copy(update={"start": moved, "end": moved + timedelta(hours=1)})
    await write(bench)
    [meeting] = hubspot.all("meetings")
    assert meeting.properties["hs_meeting_start_time"] == "2026-11-27T22:00:00.000Z"


async def test_a_meeting_cancelled_before_a_late_try_is_not_written(bench: Bench, hubspot: HubSpotEmulator) -> None:
    assert bench.result.appointment is not None
    bench.now_booked = bench.result.appointment.model_copy(update={"status": "cancelled"})
    await write(bench)
    assert hubspot.all("meetings") == []


async def test_a_recording_is_linked_where_hubspot_can_fetch_it(bench: Bench, hubspot: HubSpotEmulator) -> None:
    """Whoever placed the call is on the left of what HubSpot gets: it names the two speakers by that."""
    lead_left, caller_left = (f"https://calls.example.com/recordings/{name}.wav" for name in ("lead", "caller"))
    bench.kept = Recording("/data/recordings/call_31.wav", 252.0, lead_left, caller_left)
    await write(bench)
    [call] = hubspot.all("calls")
    assert call.properties["hs_call_recording_url"] == caller_left


@pytest.mark.parametrize(
    ("changes", "settings", "missing"),
    [
        ({"appointment": None}, {}, "meetings"),
        ({"appointment": {"status": "cancelled"}}, {}, "meetings"),
        ({}, {"meeting_title": ""}, "meetings"),
        ({}, {"note": " "}, "notes"),
    ],
)
async def test_what_there_is_none_of_is_not_written(
    bench: Bench, hubspot: HubSpotEmulator, changes: dict[str, object], settings: dict[str, str], missing: str
) -> None:
    bench.result = called(**changes)
    await write(bench, **settings)
    assert counted(hubspot) == ONE_OF_EACH | {missing: 0}


async def test_answers_become_properties_of_the_contact(bench: Bench, hubspot: HubSpotEmulator) -> None:
    hubspot.entered(email="dana.reyes@example.com", zip="94103", city="Oakland")
    rows = [{"property": "zip", "value": "{slot:zip}"}, {"property": "city", "value": "{slot:city}"}]
    await write(bench, properties=rows, owner="77")
    [contact] = hubspot.all("contacts")
    assert (contact.properties["zip"], contact.properties["city"]) == ("94107", "Oakland")
    assert hubspot.all("calls")[0].properties["hubspot_owner_id"] == "77"


async def test_who_asked_not_to_be_called_is_marked_in_hubspot(bench: Bench, hubspot: HubSpotEmulator) -> None:
    hubspot.entered(email="dana.reyes@example.com")
    bench.result = called(disposition="do_not_call", opted_out=True)
    await write(bench)
    assert hubspot.all("contacts")[0].properties["leadline_do_not_call"] == "true"


async def test_what_the_dashboard_shows_names_nobody(bench: Bench) -> None:
    outcome = await write(bench)
    shown = str(outcome.sent) + outcome.note
    for private in ("Dana", "Reyes", "4155550123", "dana.reyes", "94107", "1200 18th", "roof", TOKEN):
        assert private not in shown
    assert "booked" in shown


# --- one person, one contact ---


async def test_what_people_entered_is_completed_and_not_overwritten(bench: Bench, hubspot: HubSpotEmulator) -> None:
    hubspot.entered(email="dana.reyes@example.com", firstname="Dana Maria", mobilephone="+1 415 555 0123")
    await write(bench)
    [contact] = hubspot.all("contacts")
    assert (contact.properties["firstname"], contact.properties["lastname"]) == ("Dana Maria", "Reyes")
    assert "phone" not in contact.properties
    assert contact.properties["leadline_phone"] == "+14155550123"


@pytest.mark.parametrize("typed", ["+14155550123", "(415) 555-0123", "+1 415.555.0123"])
@pytest.mark.parametrize("field", ["phone", "mobilephone"])
async def test_a_contact_that_people_made_is_found_by_phone_however_it_was_typed(
    bench: Bench, hubspot: HubSpotEmulator, typed: str, field: str
) -> None:
    entered = hubspot.entered(firstname="Dana", **{field: typed})
    bench.result = called(lead={"email": None})
    await write(bench)
    assert [each.id for each in hubspot.all("contacts")] == [entered.id]


async def test_the_same_digits_in_another_country_are_somebody_else(bench: Bench, hubspot: HubSpotEmulator) -> None:
    hubspot.entered(firstname="Ana", phone="+524155550123")
    bench.result = called(lead={"email": None})
    await write(bench)
    assert len(hubspot.all("contacts")) == 2


async def test_a_lead_without_email_gets_one_contact_though_the_search_lags(
    bench: Bench, hubspot: HubSpotEmulator
) -> None:
    hubspot.search_lag_s = 3600.0
    for number in range(3):
        bench.key, bench.result = f"call_{number}:crm", called(f"call_{number}", lead={"email": None})
        await write(bench)
    assert counted(hubspot) == {"contacts": 1, "calls": 3, "notes": 3, "meetings": 3}


async def test_an_email_that_comes_later_goes_to_the_contact_of_that_phone(
    bench: Bench, hubspot: HubSpotEmulator
) -> None:
    bench.result = called(lead={"email": None})
    await write(bench)
    bench.key, bench.result = "call_32:crm", called("call_32")
    await write(bench)
    [contact] = hubspot.all("contacts")
    assert contact.properties["email"] == "dana.reyes@example.com"


async def test_two_people_with_one_phone_are_two_contacts(bench: Bench, hubspot: HubSpotEmulator) -> None:
    await write(bench)
    bench.key, bench.result = "call_32:crm", called("call_32", lead={"email": "lee@example.com", "first_name": "Lee"})
    await write(bench)
    dana, lee = hubspot.all("contacts")
    assert (dana.properties["leadline_phone"], lee.properties["phone"]) == ("+14155550123", "+14155550123")
    assert "leadline_phone" not in lee.properties


async def test_doubles_that_people_keep_are_left_to_them(bench: Bench, hubspot: HubSpotEmulator) -> None:
    """The e-mail stands in one contact, the number of ours in another."""
    bench.result = called(lead={"email": None})
    await write(bench)
    hubspot.entered(email="dana.reyes@example.com")
    bench.key, bench.result = "call_32:crm", called("call_32")
    await write(bench)
    first, second = hubspot.all("contacts")
    assert first.properties["leadline_phone"] == "+14155550123"
    assert second.properties["lastname"] == "Reyes"
    assert hubspot.all("calls")[1].contacts == [second.id]


@pytest.mark.parametrize("email", ["not an address", "dana@reyes.x1"])
async def test_a_misheard_email_does_not_keep_the_call_out(bench: Bench, hubspot: HubSpotEmulator, email: str) -> None:
    bench.result = called(lead={"email": email})
    await write(bench)
    [contact] = hubspot.all("contacts")
    assert "email" not in contact.properties


async def test_nobody_to_be_known_by_is_told(bench: Bench, hubspot: HubSpotEmulator) -> None:
    bench.result = called(lead={"email": None, "phone": "anonymous"})
    with pytest.raises(Permanent, match="neither an e-mail address nor a full phone number"):
        await write(bench)
    assert not hubspot.served


# --- exactly once ---


@pytest.mark.parametrize("emails", [("a@x.example", "a@x.example"), (None, None), ("a@x.example", None)])
async def test_two_calls_of_one_person_at_once_make_one_contact(
    bench: Bench, hubspot: HubSpotEmulator, emails: tuple[str | None, str | None]
) -> None:
    hubspot.faults.set(Fault("delay", seconds=0.01))  # side by side, request for request
    benches = [
        replace(bench, key=f"call_{number}:crm", result=called(f"call_{number}", lead={"email": email}))
        for number, email in enumerate(emails)
    ]
    await asyncio.gather(*(write_until_done(each) for each in benches))
    assert counted(hubspot) == {"contacts": 1, "calls": 2, "notes": 2, "meetings": 2}
    [contact] = hubspot.all("contacts")
    assert contact.properties.get("email") == emails[0]
    assert {id for each in hubspot.all("calls") for id in each.contacts} == {contact.id}


async def test_two_workers_with_the_same_step_write_it_once(bench: Bench, hubspot: HubSpotEmulator) -> None:
    hubspot.faults.set(Fault("delay", seconds=0.01))
    await asyncio.gather(*(write_until_done(bench) for _ in range(3)))
    assert counted(hubspot) == ONE_OF_EACH


@pytest.mark.parametrize(
    ("fault", "email"),
    [
        (Fault("cut", times=1), "dana.reyes@example.com"),
        (Fault("cut", times=1), None),
        (Fault("cut", times=2), None),
        (Fault("corrupt", times=1), "dana.reyes@example.com"),
        (Fault("refuse", error="502 after the write", times=1), "dana.reyes@example.com"),
        (Fault("refuse", error="503", times=1), None),
    ],
    ids=["cut", "cut, no e-mail", "cut twice", "a web page", "502 after the write", "503 before it"],
)
async def test_a_break_at_any_request_repeats_nothing(
    bench: Bench, hubspot: HubSpotEmulator, fault: Fault, email: str | None
) -> None:
    """Each request of a first run in an empty account is hit in its turn; then the step is tried until it is done."""
    bench.result = called(lead={"email": email})
    struck = skip = 0
    while struck == skip:
        hubspot.reset()
        hubspot.faults.set(replace(fault, skip=skip))
        await write_until_done(bench)
        assert counted(hubspot) == ONE_OF_EACH, f"{fault.kind} at request {skip}: {hubspot.served}"
        assert all(each.contacts == [hubspot.all("contacts")[0].id] for each in hubspot.all("calls"))
        struck += bool(hubspot.faults.hits)
        skip += 1
    assert struck > 20


STEP = """
import asyncio, sys
from pathlib import Path
from nodes.connect.hubspot.card import HubSpot, HubSpotSettings
from tests.nodes.connect.conftest import TOKEN, Bench, called
bench = Bench(called(), "outbox")
bench.book.add("hubspot", "hubspot", {"token": TOKEN, "endpoint": sys.argv[1]})
asyncio.run(HubSpot(HubSpotSettings()).run(bench))
"""


@pytest.mark.parametrize("written", ["contacts", "calls", "meetings"])
async def test_a_worker_killed_right_after_a_write_leaves_no_double(
    bench: Bench, hubspot: HubSpotEmulator, written: str
) -> None:
    """kill -9 of the real process while it waits for the answer to what HubSpot has just written."""
    hubspot.silent_after = written
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", STEP, hubspot.address, cwd=ROOT)
    await asyncio.wait_for(asyncio.to_thread(hubspot.fell_silent.wait), 30)
    worker.kill()
    assert await worker.wait() == -9
    assert len(hubspot.all(written)) == 1
    hubspot.silent_after = ""
    await write(bench)
    assert counted(hubspot) == ONE_OF_EACH


async def test_a_silence_after_the_write_repeats_nothing(
    bench: Bench, hubspot: HubSpotEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "READ_S", 0.15)
    await write(bench)
    looked_up = len(hubspot.served)
    bench.key, bench.result = "call_32:crm", called("call_32")
    hubspot.faults.set(Fault("stall", seconds=1.0, skip=2, times=1))  # contact, look-up, then the call is made
    await write(bench)
    assert hubspot.served[looked_up + 2] == "POST /crm/v3/objects/calls"
    assert hubspot.faults.hits == 1
    assert counted(hubspot) == {"contacts": 1, "calls": 2, "notes": 2, "meetings": 2}


async def test_a_created_answer_with_the_wrong_status_is_understood(bench: Bench, hubspot: HubSpotEmulator) -> None:
    hubspot.create_answers_200 = True
    await write(bench)
    assert counted(hubspot) == ONE_OF_EACH


# --- refusals ---

FAULT_TABLE = [
    ("400", Permanent, "“zip” .INVALID_OPTION.", None),
    ("401", Permanent, "does not accept the access token", None),
    ("MISSING_SCOPES", Permanent, "“crm.objects.contacts.write”", None),
    ("403", Permanent, "does not allow", None),
    ("409", Transient, "somebody else", (1, 2)),
    ("418", Permanent, "answer 418", None),
    ("423", Transient, "locked", (2, 3)),
    ("429", Transient, "no more requests for a few seconds", (10, 15)),
    ("429 in 4", Transient, "no more requests", (4, 4)),
    ("429 DAILY", Transient, "Today's requests to HubSpot are used up", (0, 3660)),
    ("429 SECONDLY", Transient, "no more requests", (1, 1.5)),
    ("477", Transient, "moving this account", (900, 900)),
    ("500", Transient, "answer 500", None),
    ("502", Transient, "answer 502", None),
    ("503", Transient, "answer 503", (7, 7)),
    ("504", Transient, "answer 504", None),
    ("521", Transient, "answer 521", None),
    ("302", Permanent, "sends us elsewhere", None),
]


@pytest.mark.parametrize(("error", "kind", "words", "pause"), FAULT_TABLE, ids=[row[0] for row in FAULT_TABLE])
@pytest.mark.parametrize("at", ["first request", "call is made"])
async def test_refusals_are_told_apart(
    bench: Bench,
    hubspot: HubSpotEmulator,
    error: str,
    kind: type[Exception],
    words: str,
    pause: tuple[float, float] | None,
    at: str,
) -> None:
    await write(bench)
    bench.key, bench.result = "call_32:crm", called("call_32")
    hubspot.faults.set(Fault("refuse", error=error, skip=2 if at == "call is made" else 0))
    with pytest.raises(kind, match=words) as refused:
        await write(bench)
    assert hubspot.faults.hits
    assert len(hubspot.all("calls")) == 1
    if isinstance(refused.value, Transient):
        given = refused.value.retry_after_s
        assert given is None if pause is None else given is not None and pause[0] <= given <= pause[1]
    assert "94107" not in str(refused.value)
    hubspot.faults.clear()
    await write(bench)
    assert len(hubspot.all("calls")) == 2


async def test_a_property_that_hubspot_does_not_have_is_named(bench: Bench, hubspot: HubSpotEmulator) -> None:
    with pytest.raises(Permanent, match=r"“roof_age” \(PROPERTY_DOESNT_EXIST\)"):
        await write(bench, properties=[{"property": "roof_age", "value": "{slot:zip}"}])
    assert counted(hubspot) == dict.fromkeys(KINDS, 0)


@pytest.mark.parametrize(
    "scope", ["crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.write"]
)
async def test_a_missing_right_is_named(bench: Bench, hubspot: HubSpotEmulator, scope: str) -> None:
    hubspot.scopes.discard(scope)
    with pytest.raises(Permanent, match=f"Scopes it lacks: “{scope}”"):
        await write(bench)


async def test_a_locked_contact_is_waited_for(bench: Bench, hubspot: HubSpotEmulator) -> None:
    hubspot.store.locked.add(hubspot.entered(email="dana.reyes@example.com").id)
    with pytest.raises(Transient, match="locked") as refused:
        await write(bench)
    assert (refused.value.retry_after_s or 0) >= 2
    assert not hubspot.all("calls")


async def test_a_property_of_ours_that_is_not_unique_is_told(bench: Bench, hubspot: HubSpotEmulator) -> None:
    hubspot.store.custom["calls"]["leadline_key"] = {"name": "leadline_key", "hasUniqueValue": False}
    with pytest.raises(Permanent, match="“leadline_key” of calls that is not unique"):
        await write(bench)


async def test_an_empty_limit_is_waited_out_before_hubspot_has_to_refuse(bench: Bench) -> None:
    async with HubSpotEmulator(token=TOKEN, limit=10, interval_s=0.3) as hubspot:
        bench.book.add("hubspot", "hubspot", {"token": TOKEN, "endpoint": hubspot.address})
        await write(bench)
        assert counted(hubspot) == ONE_OF_EACH


async def test_a_hubspot_that_is_slow_all_the_way_is_left_for_later(
    bench: Bench, hubspot: HubSpotEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(client.Client.__init__, "__defaults__", (0.7, client._at_once))
        hubspot.faults.set(Fault("delay", seconds=0.05))
        with pytest.raises(Transient, match="what is left follows in the next try"):
            await write(bench)
    hubspot.faults.clear()
    await write(bench)
    assert counted(hubspot) == ONE_OF_EACH


async def test_a_hubspot_that_is_not_there_is_tried_again(bench: Bench) -> None:
    bench.book.add("hubspot", "hubspot", {"token": TOKEN, "endpoint": "http://127.0.0.1:9"})
    with pytest.raises(Transient, match="cannot be reached"):
        await write(bench)


# --- the connection ---


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "no usable access token"),
        ({"token": "pat na1"}, "no usable access token"),
        ({"token": "x", "endpoint": "http://hubspot.example.com:80"}, "must be on this machine"),
        ({"token": "x", "endpoint": "http://10.0.0.7:9004"}, "must be on this machine"),
        ({"token": "x", "endpoint": "http://127.0.0.1:80@evil.example:80"}, "must be on this machine"),
        ({"token": "x", "endpoint": "https://127.0.0.1:9004"}, "must be on this machine"),
    ],
)
async def test_a_connection_that_cannot_work_is_explained_before_anything_is_sent(
    bench: Bench, settings: dict[str, str], words: str
) -> None:
    bench.book.add("hubspot", "hubspot", settings)
    with pytest.raises(Permanent, match=words):
        await write(bench)


async def test_a_connection_of_another_kind_is_refused(bench: Bench) -> None:
    bench.book.add("hubspot", "smtp", {"host": "mail.example.com"})
    with pytest.raises(Permanent, match="'smtp'"):
        await write(bench)


async def test_the_test_of_a_connection_makes_the_properties_and_touches_no_contact(hubspot: HubSpotEmulator) -> None:
    assert HUBSPOT.test is not None
    told = await HUBSPOT.test(Connection("hubspot", "hubspot", {"token": TOKEN, "endpoint": hubspot.address}))
    assert "let Leadline in" in told
    assert {kind: set(made) for kind, made in hubspot.store.custom.items()} == {
        "contacts": {"leadline_phone", "leadline_do_not_call"},
        "calls": {"leadline_key"},
        "notes": {"leadline_key"},
        "meetings": {"leadline_key"},
    }
    assert counted(hubspot) == dict.fromkeys(KINDS, 0)


async def test_the_test_of_a_connection_tells_a_wrong_token(hubspot: HubSpotEmulator) -> None:
    assert HUBSPOT.test is not None
    with pytest.raises(Permanent, match="does not accept the access token"):
        await HUBSPOT.test(Connection("hubspot", "hubspot", {"token": "pat-old", "endpoint": hubspot.address}))


# --- the limit, shared by all workers ---


async def test_every_request_of_a_step_asks_for_a_turn_of_the_connections_own_limit(
    bench: Bench, hubspot: HubSpotEmulator
) -> None:
    await write(bench)
    assert len(bench.turns) >= 8
    assert set(bench.turns) == {RateLimit("hubspot:hubspot", 90, 10.0)}


async def test_a_larger_plan_is_used_as_its_connection_says(bench: Bench, hubspot: HubSpotEmulator) -> None:
    known = bench.book.known["hubspot"]
    bench.book.known["hubspot"] = replace(known, settings={**known.settings, "requests": "190"})
    await write(bench)
    assert set(bench.turns) == {RateLimit("hubspot:hubspot", 171, 10.0)}
    bench.book.known["hubspot"] = replace(known, settings={**known.settings, "requests": "many"})
    with pytest.raises(Permanent, match="allows 'many' requests"):
        await write(bench)


async def test_a_step_that_gets_no_turn_leaves_hubspot_alone_and_is_tried_again(
    bench: Bench, hubspot: HubSpotEmulator
) -> None:
    bench.used_up = True
    with pytest.raises(Transient) as refused:
        await write(bench)
    assert refused.value.retry_after_s == 12.0
    assert counted(hubspot) == dict.fromkeys(KINDS, 0)
    bench.used_up = False
    await write(bench)
    assert counted(hubspot) == ONE_OF_EACH
