"""One call while this process has it: what it is about, how it stands at the carrier, and what to measure by."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from statistics import quantiles
from typing import Literal
from zoneinfo import ZoneInfo

from engine.call.acts import Watcher
from engine.call.conversation import FlowConversation
from engine.call.early_ear import EarlyEar
from engine.call.engines import Engines
from engine.call.first_word import FirstWord
from engine.call.handoff import TransferDesk
from engine.call.journal import Journal
from engine.call.lines import Line
from engine.call.session import Ended, Session
from engine.call.told import Told
from engine.compliance.decision import Duties
from engine.flow.model import Flow
from engine.sdk import Json, Lead, Scalar
from engine.speech.fallback import EarChange
from engine.speech.ports import SpeechStack, TextToSpeech, VoiceChange
from engine.store.calls import CallRecord
from engine.store.trials import Effect, Trial
from engine.telephony.progress import Progress


@dataclass(frozen=True, slots=True)
class CallOrder:
    """A call to be held. `flow_text`: the published version, frozen here. `placed_at`: aware. Numbers are E.164.
    `from_number`: ours; the lead's is in `lead`, empty for a caller who hides it. `trial`: the call tries out a draft,
    which then stands in `flow_text`; its `flow_version` is 0. `duties`: what the call has to do where the person is."""

    call_id: str
    flow_id: str
    flow_version: int
    flow_text: str = field(repr=False)
    lead: Lead = field(repr=False)
    attempt: int
    from_number: str
    placed_at: datetime
    external_id: str | None = None
    direction: Literal["outbound", "inbound", "browser"] = "outbound"
    trial: Trial | None = None
    duties: Duties = field(default_factory=Duties)

    def does(self, effect: Effect) -> bool:
        """Whether the call has this effect in the world: a real one has all, one that tries out a draft those that were
        asked for."""
        return self.trial is None or effect in self.trial.effects


def trial_order(record: CallRecord, trial: Trial) -> CallOrder:
    """The order of a call that tries out a draft, from what the store keeps of it."""
    return CallOrder(
        call_id=record.id,
        flow_id=record.flow_id,
        flow_version=record.flow_version,
        flow_text=trial.text,
        lead=trial.lead,
        attempt=record.attempt,
        from_number=record.from_number,
        placed_at=record.placed_at,
        direction="browser" if record.direction == "browser" else "outbound",
        trial=trial,
    )


class Tally:
    """A watcher between the call and its journal that counts what the result needs."""

    def __init__(self, journal: Watcher) -> None:
        self._journal = journal
        self.response_ms: list[float] = []
        self.kinds: dict[str, int] = {}
        self._requests = self._tokens = self._wasted = 0
        self.line_down_s = 0.0

    def note(self, kind: str, at: float, **facts: Json) -> None:
        self.count(kind, facts)
        self._journal.note(kind, at, **facts)

    def count(self, kind: str, facts: Mapping[str, Json]) -> None:
        """Count without writing: what another process wrote of this call."""
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        total, away_s = facts.get("total"), facts.get("away_s")
        if kind == "latency" and isinstance(total, int | float):
            self.response_ms.append(float(total))
        elif kind == "model_spent":
            self._count_spent(facts)
        if kind == "line_back" and isinstance(away_s, int | float):
            self.line_down_s += away_s

    def _count_spent(self, facts: Mapping[str, Json]) -> None:
        counts = (facts.get(name) for name in ("prompt_tokens", "output_tokens"))
        tokens = sum(count for count in counts if isinstance(count, int))
        self._requests += 1
        self._tokens += tokens
        self._wasted += tokens if facts.get("wasted") is True else 0

    def metrics(self) -> dict[str, float]:
        """Response times (caller's last word to our first sound) and what went differently than planned."""
        found: dict[str, float] = {
            "barge_ins": self.kinds.get("output_cut", 0),
            "not_understood": self.kinds.get("nothing_understood", 0),
            "turns": self.kinds.get("caller_said", 0),
        }
        if self.kinds.get("line_back"):
            found |= {"resumed": self.kinds["line_back"], "line_down_s": round(self.line_down_s, 2)}
        if self.response_ms:
            ordered = sorted(self.response_ms)
            cuts = quantiles(ordered, n=20, method="inclusive") if len(ordered) > 1 else ordered * 19
            found |= {"response_ms_p50": round(cuts[9], 1), "response_ms_p95": round(cuts[18], 1)}
        if self._requests:
            turns = max(1, self.kinds.get("understood", 0))
            found |= {
                "model_requests": self._requests,
                "model_requests_per_turn": round(self._requests / turns, 2),
                "model_tokens": self._tokens,
                "model_tokens_per_turn": round(self._tokens / turns, 1),
                "model_tokens_wasted_share": round(self._wasted / max(1, self._tokens), 3),
            }
        return found


class CallTime:
    """Business time of one call. `zero`: aware, in UTC: the answer, or until then the moment it was placed."""

    def __init__(self, zero: datetime, zone: str) -> None:
        self.zero = zero
        self._zone = ZoneInfo(zone)

    def moment(self, at: float) -> datetime:
        """Business time at a second of the call's clock, in the seller's zone."""
        return (self.zero + timedelta(seconds=at)).astimezone(self._zone)


@dataclass
class LiveCall:
    """`answered`: on the monotonic clock, None while it rings. `answered_at`: in business time, as all moments here.

    `lines`: media sockets that wait to be used; `line`: the number of the last one. `restored`: taken up from another
    process in the middle of the talk, whose last journal entry is of `last_entry_s`. `kept`: the database knows that
    this process holds it. `moved`: another process has it. `ear`: the recogniser, opened while the phone rings.
    `voice`: who speaks, from the first line on. `hands_over`: its flow may put the caller through.
    `not_believed`: why webhooks about it were refused. `stopped`: the person has opted out by another door; it is hung
    up unless they talk with us. `told_uuid`: the carrier's name for it by its webhooks, where its answer was lost.
    """

    order: CallOrder
    flow: Flow
    conversation: FlowConversation
    journal: Journal
    tally: Tally
    times: CallTime
    progress: Progress
    engines: Engines
    desk: TransferDesk
    hands_over: bool = False
    not_believed: str = ""
    prepared_at: float = field(default_factory=time.monotonic)
    lines: asyncio.Queue[Line] = field(default_factory=asyncio.Queue)
    line: int = 0
    restored: bool = False
    last_entry_s: float = 0.0
    kept: bool = False
    session: Session | None = None
    holding: asyncio.Task[None] | None = None
    uuid: str = ""
    told_uuid: str = ""
    region_url: str = ""
    answered: float | None = None
    answered_at: datetime | None = None
    ringing_at: datetime | None = None
    form_to_request_ms: int | None = None
    form_to_ring_ms: int | None = None
    first_word: FirstWord | None = None
    answered_by: str = "person"
    ended: Ended | None = None
    ear: EarlyEar | None = None
    voice: TextToSpeech | None = None
    warm: asyncio.Task[None] | None = None
    writer: asyncio.Task[None] | None = None
    watch: asyncio.Task[None] | None = None
    talking: bool = False
    finishing: bool = False
    hanging_up: bool = False
    stopped: bool = False
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    carrier_over: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[Told] = field(default_factory=list)
    """What machine detection said before the talk began."""

    @property
    def call_id(self) -> str:
        return self.order.call_id

    def start_clock(self, answered_at: datetime, now: datetime) -> None:
        """The call was answered at `answered_at`: that is zero of its clock. Both in business time."""
        self.answered = time.monotonic() - (now - answered_at).total_seconds()
        self.times.zero = self.answered_at = answered_at

    def at(self) -> float:
        """Seconds on the call's clock: 0 is the answer, negative while it rings."""
        if self.answered is not None:
            return time.monotonic() - self.answered
        return min(-0.001, self.prepared_at - time.monotonic())

    def note(self, kind: str, **facts: Scalar | None) -> None:
        self.tally.note(kind, round(self.at(), 4), **facts)

    def speech(self) -> SpeechStack:
        """The speech engines as this call has them. An ear or a voice that took over serves its next line too."""
        shared = self.engines.speech
        if self.voice is None:
            self.voice = shared.tts.for_call(partial(self.taken_over, "voice_changed"))
        return replace(shared, stt=self.ear or shared.stt, tts=self.voice)

    def expect_voice(self) -> None:
        """The phone was picked up: what is not ready-made shall not wait for a connection to the voice."""
        with contextlib.suppress(Exception):  # a hint that fails costs nothing but time
            self.speech().tts.warm()

    def taken_over(self, kind: Literal["ear_changed", "voice_changed"], change: EarChange | VoiceChange) -> None:
        """Another recogniser or voice serves this call from now on."""
        self.note(
            kind,
            before=change.before,
            after=change.after,
            problem=str(change.problem),
            problem_kind=change.problem.kind.value,
        )

    def hear_carrier(self, what: Told) -> None:
        """Machine detection has spoken: the talk hears of it, at once or when it begins."""
        if self.session is not None:
            self.session.told(what)
        else:
            self.told.append(what)

    def begin(self, session: Session) -> None:
        """The talk begins."""
        self.session = session
        told, self.told = self.told, []
        for what in told:
            session.told(what)

    def news(self) -> None:
        """There is news of something outside that the talk waits for."""
        if self.session is not None:
            self.session.news()
