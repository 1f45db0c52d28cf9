"""A house with some days of work behind it: calls that the real conversation talked through, kept as the engine keeps
them, and one that is under way."""

from __future__ import annotations

import wave
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.aftercall.facts import holds_for
from engine.aftercall.plan import plan_after_call
from engine.call.first_word import FirstWord
from engine.call.record import CallFacts, build_result
from engine.compliance import Case, ConsentFact, may_call
from engine.compliance.places import places_of
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.sdk import CallResult, Json
from engine.sdk.registry import discover
from engine.sdk.result import TransferPart
from engine.simulate.scenario import Scenario, load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.simulate.text_call import TextCall, lead_of
from engine.store import Database, calls, consents, journal, lead_story, leads, outbox, steps
from engine.store.calls import CallRow, NewCall
from engine.store.consents import ConsentEvidence
from engine.store.journal import Entry
from engine.store.leads import NewLead
from engine.store.outbox import NewEntry

FLOW = "home_services_v1"
SELLER = "Harborline Home Services LLC"
CONSENT = "I agree to be called by an AI assistant of Harborline Home Services about my request."
BOOKED, LIVE, FAILED_AFTERWARDS, NOT_REACHED = "call_dana", "call_ruth", "call_omar", "call_lena"
PUT_THROUGH = "call_bob"
JOINED = TransferPart(to="the front desk", mode="warm", result="answered", wait_s=14.0, at_ms=12_000)
VOICE_BROKE = "The voice broke off; another one spoke on."


@dataclass(frozen=True)
class Talk:
    """What a call left behind."""

    result: CallResult
    entries: list[Entry]


@dataclass(frozen=True)
class Plot:
    """A call to be seeded. `days`: before today. `hour`: share of that day that had passed; of today, of its past."""

    call_id: str
    scenario: str
    first: str
    last: str
    days: int = 0
    hour: float = 0.6


PLOTS = (
    Plot(BOOKED, "hs03", "Dana", "Reyes", 0, 0.9),
    Plot(FAILED_AFTERWARDS, "hs04", "Omar", "Haddad", 0, 0.7),
    Plot("call_june", "hs23", "June", "Okafor", 0, 0.5),
    Plot("call_paul", "hs24", "Paul", "Novak", 0, 0.3),
    Plot("call_ines", "hs06", "Ines", "Moreau", 1),
    Plot("call_theo", "hs01", "Theo", "Lind", 1, 0.7),
    Plot("call_mara", "hs16", "Mara", "Quinn", 2),
    Plot("call_sami", "hs01", "Sami", "Aalto", 2, 0.4),
    Plot("call_vera", "hs26", "Vera", "Costa", 3),
    Plot("call_hugo", "hs04", "Hugo", "Brandt", 3, 0.45),
    Plot("call_nina", "hs23", "Nina", "Petrov", 4),
    Plot("call_carl", "hs13", "Carl", "Jensen", 5),
    Plot("call_amal", "hs01", "Amal", "Farouk", 5, 0.3),
    Plot(PUT_THROUGH, "hs08", "Bob", "Marsh", 0, 0.6),
)


async def seed(database: Database, recordings: Path, now: datetime) -> None:
    """`now`: the real present, since the screens speak of today."""
    for number, plot in enumerate(PLOTS):
        placed = _moment(plot, now)
        phone = f"+1415555{2600 + number}"
        lead_id = await _lead(database, plot, phone, placed)
        talk = await talked(plot, lead_id, phone, placed)
        if plot.call_id == PUT_THROUGH:
            facts: dict[str, Json] = {"problem": VOICE_BROKE, "before": "google", "after": "local"}
            talk.entries.append(Entry(len(talk.entries) + 1, 9_000, "voice_changed", facts))
        if plot.call_id == BOOKED:
            talk = _with_recording(talk, recordings)
        await _finished(database, talk, lead_id, placed)
    await _not_reached(database, now)
    await _under_way(database, now)


async def talked(plot: Plot, lead_id: str, phone: str, placed: datetime) -> Talk:
    """The scenario as if it had been called at `placed`; its clock and calendar move with it by whole days."""
    flow = shipped.load("home_services").flow
    suite = load_suite(shipped_scenarios("home_services"))
    scenario = _moved(suite.get(plot.scenario), placed, plot, phone)
    call = TextCall(suite, scenario, flow, discover(), OfflineModel())
    await call.play()
    notes = _with_answer_times(call.notebook.notes)
    length_s = max(at for _, at, _ in notes) + 2.0
    facts = CallFacts(
        plot.call_id, f"evt_{plot.call_id}", 1, 1, flow.seller.phone, placed, placed + timedelta(seconds=length_s + 6),
        answered_at=placed + timedelta(seconds=6), length_s=length_s, ended_by="assistant",
        form_to_ring_ms=640 + 60 * len(plot.last), must_disclose=("identity", "ai", "recording", "opt_out"),
        first_word=FirstWord(0.9, 1.24),
        metrics={"response_ms_p50": 640.0, "response_ms_p95": 1130.0},
        transfer=JOINED if plot.call_id == PUT_THROUGH else None,
    )  # fmt: skip
    talk = call.conversation
    lead = replace(
        lead_of(scenario.lead, placed, scenario.attempt),
        id=lead_id,
        source="website",
        received_at=placed - timedelta(seconds=1),
    )
    result = build_result(facts, flow, lead, talk.outcome, talk.book, talk.standing())
    return Talk(result, [Entry(n, round(1000 * at), kind, facts) for n, (kind, at, facts) in enumerate(notes, 1)])


def _moved(scenario: Scenario, placed: datetime, plot: Plot, phone: str) -> Scenario:
    days = timedelta(days=(placed.date() - scenario.clock.date()).days)
    free = tuple((datetime.fromisoformat(each) + days).isoformat() for each in scenario.calendar.free)
    lead = scenario.lead.model_copy(update={"first_name": plot.first, "last_name": plot.last, "phone": phone})
    calendar = scenario.calendar.model_copy(update={"free": free})
    return scenario.model_copy(update={"clock": scenario.clock + days, "calendar": calendar, "lead": lead})


def _with_answer_times(notes: list[tuple[str, float, dict[str, Json]]]) -> list[tuple[str, float, dict[str, Json]]]:
    """Text has no answer times: each turn gets some, as the shell of a spoken call would note them."""
    timed: list[tuple[str, float, dict[str, Json]]] = []
    turn = 0
    for kind, at, facts in notes:
        timed.append((kind, at, facts))
        if kind == "caller_said":
            turn += 1
            parts = {"wait": 230.0 + 35 * (turn % 4), "stt": 60.0 + 9 * (turn % 5), "mind": 24.0 + 8 * (turn % 3),
                     "voice": 170.0 + 55 * (turn % 3), "queue": 48.0}  # fmt: skip
            timed.append(("latency", at + 0.7, {"turn": turn, **parts, "total": sum(parts.values())}))
    return timed


def _moment(plot: Plot, now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = now - midnight if plot.days == 0 else timedelta(days=1)
    return midnight - timedelta(days=plot.days) + plot.hour * passed


async def _lead(database: Database, plot: Plot, phone: str, placed: datetime) -> str:
    form = {"service": "Roof repair", "message": "The roof leaks over the garage."}
    async with database.begin() as tx:
        came = placed - timedelta(seconds=1)
        lead = NewLead(
            "website", plot.first, plot.last, phone, phone, f"form-{plot.call_id}", None, form, FLOW,
            submitted_at=came - timedelta(milliseconds=420), webhook_at=came,
        )  # fmt: skip
        taken = await leads.receive(tx, lead, came)
        evidence = ConsentEvidence("written", SELLER, CONSENT, "website", phone, ticked=True, given_at=placed)
        await consents.add(tx, taken.lead.id, evidence, placed)
    return taken.lead.id


async def _allowed(tx: AsyncConnection, lead_id: str, call_id: str, phone: str, placed: datetime) -> None:
    """Why the call was made, and when each stage before and after it was reached."""
    evidence = ConsentFact("written", phone, seller=SELLER, given_at=placed, text=CONSENT)
    case = Case(placed, phone, SELLER, consents=(evidence,), places=places_of(phone), real=False)
    decision = may_call(case).document()
    await lead_story.add(tx, lead_id, "decided", decision if isinstance(decision, dict) else {}, placed)
    stages = {
        "permitted_at": placed, "requested_at": placed + timedelta(milliseconds=90),
        "greeted_at": placed + timedelta(seconds=7.1), "first_word_at": placed + timedelta(seconds=7.4),
        "decision": decision,
    }  # fmt: skip
    await tx.execute(update(CallRow).where(CallRow.id == call_id).values(**stages))


async def _finished(database: Database, talk: Talk, lead_id: str, placed: datetime) -> None:
    result = talk.result
    call, call_id = result.call, result.call.id
    assert call.answered_at is not None
    flow = shipped.load("home_services").flow
    person = f"{result.lead.first_name} {result.lead.last_name}"
    new = NewCall(call_id, FLOW, 1, lead_id, person=person, from_number=call.from_, to_number=call.to)
    async with database.begin() as tx:
        await calls.place(tx, new, placed)
        await calls.ringing(tx, call_id, placed + timedelta(seconds=1), call.form_to_ring_ms)
        await calls.answered(tx, call_id, call.answered_at)
        await _allowed(tx, lead_id, call_id, call.to, placed)
        await journal.append(tx, call_id, talk.entries)
        await calls.finish(tx, result)
        plan = plan_after_call(flow, holds_for(flow, result)).document()
        kept = result.model_dump(mode="json", by_alias=True)
        disposition = result.outcome.disposition
        await outbox.add(tx, NewEntry(f"out_{call_id}", call_id, FLOW, flow.name, disposition, plan, kept), placed)
        await _after_call(tx, call_id, placed + timedelta(minutes=3))


async def _after_call(tx: AsyncConnection, call_id: str, at: datetime) -> None:
    until = at + timedelta(minutes=5)
    entry = await outbox.take(tx, call_id, "worker", None, at, until)
    assert entry is not None
    await steps.claim(tx, call_id, "tell_crm", "worker", at, until)
    await steps.done(tx, call_id, "tell_crm", "worker", "evt_1", "Told the CRM in 0.3 s (status 200).", {}, at)
    await steps.claim(tx, call_id, "mail_office", "worker", at, until)
    if call_id == FAILED_AFTERWARDS:
        problem = "The mail server refused the address office@harborline.example. Correct it in the card."
        await steps.failed(tx, call_id, "mail_office", "worker", problem, at)
        waits = "Waits: 'Mail to the office', which comes before it, failed."
        await steps.passed_over(tx, call_id, "mail_lead", "blocked", waits, at)
        await outbox.finish(tx, entry.id, "worker", "failed", "One card needs a person: Mail to the office.", at)
        return
    sent = "Sent to office@harborline.example."
    await steps.done(tx, call_id, "mail_office", "worker", "mail_1", sent, {}, at)
    await outbox.finish(tx, entry.id, "worker", "done", "", at)


def _with_recording(talk: Talk, folder: Path) -> Talk:
    """A stereo file as long as the call, with a soft tone where each side spoke."""
    rate, seconds = 8000, talk.result.call.duration_s
    sound = np.zeros((int(rate * seconds), 2), np.int16)
    for said in talk.result.transcript:
        begin = rate * said.at_ms // 1000
        length = min(int(rate * 0.35 * len(said.text.split())), len(sound) - begin)
        if length > 0:
            tone = 2500 * np.sin(2 * np.pi * (180 if said.who == "agent" else 130) * np.arange(length) / rate)
            sound[begin : begin + length, 1 if said.who == "agent" else 0] = tone.astype(np.int16)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{talk.result.call.id}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound.tobytes())
    recording = talk.result.recording.model_copy(update={"path": str(path), "seconds": seconds})
    return replace(talk, result=talk.result.model_copy(update={"recording": recording}))


async def _not_reached(database: Database, now: datetime) -> None:
    plot = Plot(NOT_REACHED, "", "Lena", "Park", 1, 0.9)
    placed = _moment(plot, now)
    lead_id = await _lead(database, plot, "+14155552680", placed)
    new = NewCall(NOT_REACHED, FLOW, 1, lead_id, person="Lena Park", to_number="+14155552680")
    async with database.begin() as tx:
        await calls.place(tx, new, placed)
        await calls.ringing(tx, NOT_REACHED, placed + timedelta(seconds=1), 910)
        await calls.failed(tx, NOT_REACHED, placed + timedelta(seconds=40), "no_answer")
        await leads.plan_call(tx, lead_id, now + timedelta(hours=20))


async def _under_way(database: Database, now: datetime) -> None:
    """A call of another process, so that nobody here ends it: answered, with the first half of its journal."""
    plot = Plot(LIVE, "hs01", "Ruth", "Amsel")
    placed = now - timedelta(seconds=40)
    lead_id = await _lead(database, plot, "+14155552690", placed)
    talk = await talked(plot, lead_id, "+14155552690", placed)
    new = NewCall(LIVE, FLOW, 1, lead_id, person="Ruth Amsel", to_number="+14155552690")
    spoken = [entry.seq for entry in talk.entries if entry.kind == "caller_said"]
    async with database.begin() as tx:
        await calls.place(tx, new, placed)
        await calls.ringing(tx, LIVE, placed + timedelta(seconds=1), 790)
        await calls.answered(tx, LIVE, placed + timedelta(seconds=6))
        await journal.append(tx, LIVE, [entry for entry in talk.entries if entry.seq < spoken[-2]])
