"""Plays a scenario in sound: a lead form over HTTP, a phone that rings, a caller who speaks, and what came of it.

Nothing is cut short: the production client dials, the media socket carries the sound, and the report is made of what
the API, the calendar, the CRM stand-in and the line itself tell.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.sdk import CallResult, Evidence, Scalar, SlotState, SlotValue
from engine.sdk.values import Source
from engine.simulate.api_client import CallEvent, CallView, LeadlineApi
from engine.simulate.network.phone import NoAnswerPhone, Phone, Ring, StaffPhone
from engine.simulate.report import CallReport, Done, Said, SoundTimes, transfer_of
from engine.simulate.scenario import Scenario, Suite
from engine.simulate.script import ScriptedCaller
from engine.simulate.speaking_caller import SpeakingCaller, SpokenLine, TraceEvent
from engine.simulate.stage import COLLEAGUE_NUMBER, Stage
from engine.speech.ports import TextToSpeech

RING_S: Final = 30.0
"""The phone must have rung by then."""

CALL_S: Final = 600.0
COLLEAGUE_SAYS: Final = "Hello, this is the front desk. How can I help you?"
TALKS_FOR_S: Final = 12.0
"""A colleague who has been put through hangs up then."""

AFTER_CALL_S: Final = 90.0
"""What is to be done after the call must be done by then; Prefect's first start is slow on a busy machine."""


class CallNotPlayed(Exception):
    """A scenario could not be played to its end. The message says how far it came and where to look."""


async def trace_events(
    api: LeadlineApi, call_id: str, watch: Callable[[CallEvent], None] = lambda event: None
) -> AsyncIterator[TraceEvent]:
    """What a caller may know of a call's live trace. `watch` gets every event."""
    async for event in api.events(call_id):
        watch(event)
        number = event.facts.get("id")
        if event.kind in ("agent_says", "agent_heard") and isinstance(number, int):
            yield TraceEvent(event.kind, number, text=str(event.facts.get("text", "")))
        elif event.kind == "listening":
            yield TraceEvent("listening", asked=str(event.facts.get("asked", "")))
        elif event.kind == "waiting":
            yield TraceEvent("waiting")


def _colleague(scenario: Scenario, hello: bytes) -> Phone:
    """The colleague's phone: taken after the whispered sentence has begun, or not at all."""
    if not scenario.staff.available:
        return NoAnswerPhone()
    return StaffPhone(2.0, press_after_s=2.5, pcm=hello, hang_up_after_s=TALKS_FOR_S)


@dataclass
class LiveTrace:
    """The live trace of the call that belongs to a lead, once there is one."""

    api: LeadlineApi
    lead_id: asyncio.Future[str]
    watch: Callable[[CallEvent], None]

    async def events(self) -> AsyncIterator[TraceEvent]:
        call_id = await self.api.call_of(await self.lead_id, within_s=RING_S)
        async for event in trace_events(self.api, call_id, self.watch):
            yield event


class _RingingCaller(SpeakingCaller):
    """Notes the moment at which the phone rings."""

    rang_at: float | None = None

    def ring(self) -> Ring:
        self.rang_at = time.monotonic()
        return super().ring()


@dataclass(frozen=True, slots=True)
class PlayedCall:
    """A call that was played in sound. `form_to_ring_ms`: from sending the form to the first ring."""

    view: CallView
    lines: tuple[SpokenLine, ...]
    form_to_ring_ms: float
    crm_deliveries: int
    bookings: tuple[datetime, ...]

    @property
    def response_ms(self) -> list[float]:
        """Measured on the line: from the caller's last audible sample to the agent's first."""
        return [line.response_ms for line in self.lines if line.response_ms is not None]


@dataclass
class SoundPlayer:
    """`voice`: the caller's. `watch`: gets every live event. `muted`: callers only move their lips. `speaker`: gets
    20 ms of what is spoken into and heard from the phone, to be played aloud."""

    stage: Stage
    suite: Suite
    voice: TextToSpeech
    watch: Callable[[CallEvent], None] = field(default=lambda event: None)
    muted: bool = False
    speaker: Callable[[bytes, bytes], None] | None = None
    _played: int = 0
    _rivals: list[asyncio.Task[None]] = field(default_factory=list)

    async def play(self, scenario: Scenario) -> PlayedCall:
        """Raises `CallNotPlayed`."""
        self._played += 1
        # A number of its own for each caller: who opted out must not silence the next (555-01xx is fiction).
        number = f"+1415555{100 + self._played % 100:04d}" if self._played > 1 else scenario.lead.phone
        await self.stage.open_calendar(scenario)
        lead_id: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        caller = _RingingCaller(
            ScriptedCaller(self.suite, scenario),
            self.voice,
            LiveTrace(self.stage.api, lead_id, self._watcher(scenario)),
            muted=self.muted,
            speaker=self.speaker,
        )
        self.stage.network.register(number, lambda: caller)
        hello = b"".join([piece async for piece in self.voice.speak(COLLEAGUE_SAYS)])
        self.stage.network.register(COLLEAGUE_NUMBER, lambda: _colleague(scenario, hello))
        deliveries_before = len(self.stage.crm.deliveries)
        sent_at = time.monotonic()
        lead_id.set_result(await self.stage.api.send_form(self._form(scenario, number)))
        await self._until(RING_S, lambda: caller.rang_at is not None, "the phone did not ring", lead_id.result())
        assert caller.rang_at is not None
        await self._until(CALL_S, lambda: bool(caller.end_status), "the call did not end", lead_id.result())
        call_id = await self.stage.api.call_of(lead_id.result(), within_s=5.0)
        view = await self._settled(call_id)
        return PlayedCall(
            view=view,
            lines=tuple(caller.lines),
            form_to_ring_ms=(caller.rang_at - sent_at) * 1000,
            crm_deliveries=len(self.stage.crm.deliveries) - deliveries_before,
            bookings=tuple(await self.stage.bookings(scenario)),
        )

    def _watcher(self, scenario: Scenario) -> Callable[[CallEvent], None]:
        """Lets the scenario's strangers be quicker: when the agent reads a time back that is to be taken meanwhile, the
        office puts something else there."""
        zone = ZoneInfo(scenario.zone)
        taken = {
            datetime.fromisoformat(fault.start).replace(tzinfo=zone)
            for fault in scenario.calendar.faults
            if fault.answer == "conflict" and fault.start
        }

        def watch(event: CallEvent) -> None:
            self.watch(event)
            if event.kind == "listening" and event.facts.get("asked") == "confirm_booking":
                while taken:
                    self._rivals.append(asyncio.create_task(self.stage.take_opening(taken.pop())))

        return watch

    def _form(self, scenario: Scenario, number: str) -> Mapping[str, object]:
        lead = scenario.lead
        given_at = scenario.clock - timedelta(seconds=lead.form_age_s)
        return {
            "id": f"{scenario.id}-{time.time_ns()}",
            "first_name": lead.first_name,
            "last_name": lead.last_name,
            "phone": number,
            "email": lead.email,
            "country": "US",
            "flow": self.stage.flow.id,
            "answers": dict(lead.form),
            "consent": {
                "call": True,
                "text": f"I agree to be called by {self.stage.flow.seller.say_as}, also by an AI assistant.",
                "at": given_at.isoformat(),
            },
            "page_url": "https://example.com/quote",
        }

    async def _until(self, seconds: float, done: Callable[[], bool], what: str, lead_id: str) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                why = await self.stage.api.why_not_called(lead_id)
                raise CallNotPlayed(f"After {seconds:.0f} seconds {what}. {why} Logs: {self.stage.folder / 'logs'}")
            await asyncio.sleep(0.05)

    async def _settled(self, call_id: str) -> CallView:
        deadline = time.monotonic() + AFTER_CALL_S
        view = await self.stage.api.call(call_id)
        while time.monotonic() < deadline:
            if view.over and (view.at_rest or not self.stage.flow.after_call):
                break
            await asyncio.sleep(0.25)
            view = await self.stage.api.call(call_id)
        return view


def report_of(played: PlayedCall, scenario: Scenario) -> CallReport:
    """The call as the judge reads it."""
    view = played.view
    result = view.result
    if result is None:
        raise CallNotPlayed(f"Call {view.id} left no result. Its state: {view.state}. {view.problem}")
    zone = ZoneInfo(scenario.zone)
    talk, actions, booked_at, prompts = _story(view)
    return CallReport(
        disposition=result.outcome.disposition,
        reason=result.outcome.reason or "",
        qualified=result.outcome.qualified,
        flags=result.outcome.flags,
        opted_out=result.opted_out,
        recording=result.recording.status,
        slots=_slots(result),
        corrections={
            each.slot: (each.corrected_from, each.value) for each in result.answers if each.corrected_from is not None
        },
        talk=talk,
        actions=actions,
        bookings=played.bookings,
        booked_at=booked_at,
        callback_at=result.callback.at.astimezone(zone) if result.callback else None,
        callback_by=result.callback.by if result.callback else "",
        callback_why=result.callback.why if result.callback else "",
        callback_language=(result.callback.language or "") if result.callback else "",
        transfer=transfer_of(result.transfer),
        silence_prompts=prompts,
        audio_kept=result.recording.path is not None,
        problem=view.problem,
        sound=SoundTimes(
            response_ms=played.response_ms,
            stop_after_barge_in_ms=[
                (line.agent_stopped - line.began) * 1000
                for line in played.lines
                if line.over_agent and line.agent_stopped is not None
            ],
            total_s=result.call.duration_s,
        ),
    )


def _slots(result: CallResult) -> dict[str, SlotValue]:
    slots: dict[str, SlotValue] = {}
    for each in result.answers:
        source: Source = "call" if each.source == "call" else "rule" if each.source == "rule" else "lead_form"
        state = SlotState.CONFIRMED if each.confirmed else SlotState.HEARD
        evidence = Evidence(source, each.said, each.turn)
        slots[each.slot] = SlotValue(each.slot, each.value, state, each.confidence, evidence, each.corrected_from)
    return slots


def _story(view: CallView) -> tuple[list[Said], list[Done], int | None, int]:
    """Turns, actions and prompts out of the call's journal, in their order. An agent's turn is what was really heard:
    a sentence that the caller cut off before it was audible was never said."""
    talk: list[Said] = []
    actions: list[Done] = []
    known: set[str] = set()
    heard = {
        event.facts.get("id"): str(event.facts.get("text", "")) for event in view.journal if event.kind == "agent_heard"
    }
    booked_at: int | None = None
    prompts, prompt = 0, False
    for event in view.journal:
        facts = event.facts
        if event.kind == "caller_said":
            words = str(facts.get("text", ""))
            if talk and talk[-1].who == "agent" and not talk[-1].text:
                talk.pop()  # the caller went on before a sound of it was heard: it is one turn
                words = f"{talk.pop().text} {words}" if talk and talk[-1].who == "caller" else words
            talk.append(Said("caller", words))
        elif event.kind == "agent_says":
            prompt = facts.get("spoken_as") == "prompt"
            text = heard.get(facts.get("id"), "")
            if talk and talk[-1].who == "agent" and not prompt:
                text = f"{talk.pop().text} {text}".strip()
            talk.append(Said("agent", text, known=frozenset(known)))
        elif event.kind == "listening" and talk and talk[-1].who == "agent":
            prompts += prompt
            talk[-1] = Said("agent", talk[-1].text, str(facts.get("asked", "")), talk[-1].known)
        elif event.kind == "slot" and facts.get("value") is not None:
            known.add(str(facts.get("slot")))
        elif event.kind == "acted":
            given = facts.get("details")
            details: dict[str, Scalar] = {
                key: value
                for key, value in (given.items() if isinstance(given, dict) else ())
                if isinstance(value, str | int | float | bool)
            }
            name = str(facts.get("action", ""))
            actions.append(Done(name, details, len(talk)))
            if name == "book_appointment" and details.get("result") == "booked" and booked_at is None:
                booked_at = len(talk)
    return talk, actions, booked_at, prompts
