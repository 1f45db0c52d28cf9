"""Runs one node without an engine: no flow, no call, no network. For tests of nodes, ours and an integrator's.

    bench = Bench(slots={"zip": "94110"}, lists={"area": ("94110",)})
    assert await bench.run(card(LookUp, slot="zip", list="area")) == "found"

    bench.wishes["at two"] = two_o_clock
    await bench.enter(callback)
    step = await bench.hear(callback, "call me at two")

What the node did to the world stands in the bench afterwards: `actions`, `flags`, `fillers`, `booked`, `cancelled`,
`callbacks`, `dialled`, `turns`, `slots`. The bench understands no language: a test says which words name which time
(`wishes`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import Final, Literal, TypeVar, overload

from engine.sdk.bench_call import Acted, BenchCall, CallbackAgreed
from engine.sdk.calendar import Booking, Calendar
from engine.sdk.contexts import (
    Connection,
    ConnectionMissing,
    Heard,
    MayText,
    NoWriter,
    RateLimit,
    Recording,
    StepOutcome,
    Transient,
    WrittenText,
)
from engine.sdk.lead import Lead
from engine.sdk.node import AfterCallNode, Node, NodeSettings, QuietNode, TalkNode
from engine.sdk.result import AnswerPart, AppointmentPart, CallPart, CallResult, LeadPart, OutcomePart
from engine.sdk.steps import Step, Want
from engine.sdk.transfer import TransferOutcome, TransferRequest, TransferState
from engine.sdk.values import Evidence, Json, Scalar, SlotState, SlotValue

T = TypeVar("T")
N = TypeVar("N", bound=Node[NodeSettings])

NOON: Final = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
"""The bench's moment unless a test gives another: Tuesday, September 15th 2026."""

LEAD: Final = Lead(
    "lead_bench", "Dana", "Reyes", "+14155550123", "dana@example.com", received_at=NOON - timedelta(seconds=30)
)


def card(klass: type[N], **settings: Json) -> N:
    """A card of a node type. Raises pydantic's ValidationError for settings that do not fit."""
    return klass(klass.settings_model().model_validate(settings))


class WrongExit(AssertionError):
    """A node left by an exit that it does not declare: no flow could lead on from it."""


@dataclass
class Bench:
    """A world for one node. Give what the node looks at; read afterwards what it did.

    `slots`: the flow's slots and their values, None for one not known; others raise KeyError as in a flow.
    `wishes`: the time, or the times, that a phrase names. `rules`: says whether a rule of the flow holds.
    `pace`: how outside work goes. `slow` takes longer than a breath, so the filler is said; `too_slow` is carried out
    but answers after the node's time budget, so that the caller never hears of it.
    `trying_out`: the call is a test that asks no other systems. `misfits`: slots that take no answer of theirs.
    `transferring`: how the transfer stands; set it as the colleague would, then `wait`. `joins`: what comes of joining.
    `appointment`: how the call's appointment stands now, if it was moved or cancelled after the call. `busy_s`: other
    workers have used up every limit for so many seconds. `turns`: the limits that an after-call card asked for.
    `no_texts`: why nobody may be written to by phone. `begun`: an earlier try may have had its effect (`begin_once`).
    """

    slots: dict[str, Scalar | None] = field(default_factory=dict)
    lead: Lead = LEAD
    now: datetime = NOON
    call_id: str = "call_bench"
    last_words: str = ""
    facts: dict[str, str] = field(default_factory=lambda: {"seller": "Acme", "assistant": "Robin", "topic": "a visit"})
    lists: dict[str, Sequence[Scalar]] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    trying_out: bool = False
    wishes: dict[str, datetime | Sequence[datetime]] = field(default_factory=dict)
    rules: Callable[[Mapping[str, Json]], bool] = lambda rule: False
    pace: Literal["quick", "slow", "too_slow"] = "quick"
    transferring: TransferState | None = None
    misfits: Sequence[str] = ()
    joins: TransferOutcome = field(default_factory=lambda: TransferOutcome("answered"))
    result: CallResult | None = None
    appointment: AppointmentPart | None = None
    busy_s: float = 0.0
    zone: str = "America/Los_Angeles"
    no_texts: str = ""
    begun: bool = False
    key: str = "call_bench:step"
    outbox_folder: str = field(default_factory=lambda: str(Path(gettempdir()) / "leadline-bench"))
    recording: Recording | None = None
    ahead: Mapping[str, str] | None = None
    """What was found while it rang."""
    writes: Callable[[str, str], str] | None = None
    """What the dialogue model writes, given instructions and text; None: there is no model."""

    memory: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    actions: list[Acted] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    fillers: list[str] = field(default_factory=list)
    booked: list[Booking] = field(default_factory=list)
    cancelled: list[Booking] = field(default_factory=list)
    callbacks: list[CallbackAgreed] = field(default_factory=list)
    suggested: dict[str, str] = field(default_factory=dict)
    """By slot: what another system's answer was taken to be, as it stands there."""
    dialled: list[TransferRequest] = field(default_factory=list)
    turns: list[RateLimit] = field(default_factory=list)
    turn: int = 0
    comes_late: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What outside work that was `too_slow` leads to: it is done when the node has answered."""

    async def enter(self, node: TalkNode[NodeSettings]) -> Step:
        """The flow arrives at the card."""
        self.memory = {}
        return await self._stepped(node, node.enter(BenchCall(self)))

    async def hear(
        self,
        node: TalkNode[NodeSettings],
        words: str,
        *,
        answer: Literal["yes", "no"] | None = None,
        slots: Mapping[str, Scalar] | None = None,
        question: str = "",
        intentions: Sequence[str] = (),
    ) -> Step:
        """The caller says something while the card is open. `slots`: what the engine would have understood of it."""
        self.turn += 1
        self.last_words = words
        for id, value in (slots or {}).items():
            self.write(id, value, Evidence("call", words, self.turn))
        heard = Heard(words, self.turn, answer, tuple(slots or ()), question, tuple(intentions))
        return await self._stepped(node, node.heard(BenchCall(self), heard))

    async def signal(self, node: TalkNode[NodeSettings], signal: Literal["beep", "no_beep", "silence"]) -> Step:
        """Something else than words reaches the card: a voicemail's beep, or the silence that it waits for."""
        return await self._stepped(node, node.heard(BenchCall(self), Heard("", self.turn, signal=signal)))

    async def hang_up(self, node: TalkNode[NodeSettings]) -> None:
        """The caller hangs up, or is sent elsewhere, while the card is open."""
        await node.left(BenchCall(self))
        self.memory = {}

    async def wait(self, node: TalkNode[NodeSettings]) -> Step:
        """The time of the last `Step.wait(for_s=...)` has passed in silence, or there is news."""
        return await self._stepped(node, node.waited(BenchCall(self)))

    async def ring(self, node: QuietNode[NodeSettings]) -> None:
        """Let a card look ahead, as while the telephone rings."""
        self.ahead = await node.ahead(BenchCall(self))

    @overload
    async def run(self, node: QuietNode[NodeSettings]) -> str: ...
    @overload
    async def run(self, node: AfterCallNode[NodeSettings]) -> StepOutcome: ...
    async def run(self, node: QuietNode[NodeSettings] | AfterCallNode[NodeSettings]) -> str | StepOutcome:
        """Run a quiet card (gives its exit) or an after-call card (gives what it did). Run one twice to repeat it."""
        if isinstance(node, AfterCallNode):
            return await node.run(BenchAfterCall(self))
        exit = await node.run(BenchCall(self))
        _require_exit(node, exit)
        return exit

    def write(self, id: str, value: Scalar, evidence: Evidence) -> None:
        """Put a value into a slot. Raises KeyError for one that the bench was not given."""
        self.read(id)
        self.slots[id] = value
        self.evidence[id] = evidence

    def read(self, id: str) -> SlotValue:
        """Raises KeyError for a slot that the bench was not given."""
        if id not in self.slots:
            raise KeyError(f"The bench has no slot '{id}'. Give it one: Bench(slots={{'{id}': None}}).")
        value = self.slots[id]
        if value is None:
            return SlotValue(id, None, SlotState.UNKNOWN, 0.0, None)
        return SlotValue(id, value, SlotState.HEARD, 1.0, self.evidence.get(id, Evidence("lead_form", id)))

    def connected(self, name: str) -> Connection:
        """Raises `ConnectionMissing` for a connection that the bench was not given."""
        try:
            return self.connections[name]
        except KeyError:
            raise ConnectionMissing(
                f"The bench has no connection '{name}'. Give it one: Bench(connections=...)."
            ) from None

    def filled(self, template: str) -> str:
        """`template` with the facts of the bench; names that it does not have stay as they are."""
        facts = {"first_name": self.lead.first_name, "last_name": self.lead.last_name, **self.facts}
        facts |= {f"slot:{id}": str(value) for id, value in self.slots.items() if value is not None}
        return re.sub(r"\{([a-z_]+(?::\w+)?)\}", lambda found: facts.get(found[1], found[0]), template)

    def phrase_in(self, words: str) -> str:
        """The longest phrase of `wishes` in `words`; empty if there is none."""
        phrases = [phrase for phrase in self.wishes if phrase and phrase.lower() in words.lower()]
        return max(phrases, key=len, default="")

    def times_named(self, words: str) -> tuple[datetime, ...]:
        """What `wishes` has for the longest phrase in `words`."""
        phrase = self.phrase_in(words)
        if not phrase:
            return ()
        named = self.wishes[phrase]
        return (named,) if isinstance(named, datetime) else tuple(named)

    async def _stepped(self, node: TalkNode[NodeSettings], work: Awaitable[Step]) -> Step:
        """Keep the card's memory as the engine does: it is gone once the card is left."""
        step = await work
        for each in self.comes_late:
            await each()
        self.comes_late = []
        if step.exit is not None:
            _require_exit(node, step.exit)
        asks = isinstance(step.question, Want) and any(not self.read(id).known for id in step.question.slots)
        left = step.ending is not None or (step.exit is not None and not asks)
        self.memory = {} if left else {**self.memory, **(step.memory or {})}
        return step


@dataclass(frozen=True)
class BenchAfterCall:
    """`AfterCallContext` over a bench."""

    bench: Bench

    @property
    def result(self) -> CallResult:
        return self.bench.result or result_of(self.bench)

    @property
    def key(self) -> str:
        return self.bench.key

    @property
    def now(self) -> datetime:
        return self.bench.now

    @property
    def outbox_folder(self) -> str:
        return self.bench.outbox_folder

    def connection(self, name: str) -> Connection:
        return self.bench.connected(name)

    def recording(self) -> Recording | None:
        return self.bench.recording

    async def write(self, instructions: str, text: str) -> WrittenText:
        if self.bench.writes is None:
            raise NoWriter("The bench has no model. Give it one: Bench(writes=...).")
        return WrittenText(self.bench.writes(instructions, text), "bench-model")

    def fill(self, template: str) -> str:
        return self.bench.filled(template)

    async def appointment(self) -> AppointmentPart | None:
        return self.bench.appointment or self.result.appointment

    @property
    def zone(self) -> str:
        return self.bench.zone

    async def may_text(self, phone: str) -> MayText:
        return MayText((self.bench.zone,), self.bench.no_texts)

    async def begin_once(self) -> bool:
        first, self.bench.begun = not self.bench.begun, True
        return first

    async def nothing_happened(self) -> None:
        self.bench.begun = False

    async def take_turn(self, limit: RateLimit) -> None:
        if self.bench.busy_s:
            raise Transient("The limit is used up.", self.bench.busy_s)
        self.bench.turns.append(limit)


def result_of(bench: Bench, disposition: str = "qualified") -> CallResult:
    """A finished call in which the lead gave the bench's slots."""
    lead, now = bench.lead, bench.now
    known = [bench.read(id) for id, value in bench.slots.items() if value is not None]
    return CallResult(
        event_id=f"evt_{bench.call_id}",
        occurred_at=now,
        flow_id="bench",
        flow_version=1,
        flow_name="Test bench",
        lead=LeadPart(
            id=lead.id,
            first_name=lead.first_name,
            last_name=lead.last_name,
            phone=lead.phone,
            email=lead.email,
            source=lead.source,
            form=dict(lead.form),
            received_at=lead.received_at,
        ),
        call=CallPart(id=bench.call_id, to=lead.phone, started_at=now - timedelta(minutes=2), ended_at=now),
        outcome=OutcomePart(disposition=disposition),
        answers=[
            AnswerPart(
                slot=each.id,
                label=each.id,
                value=each.value,
                said=each.evidence.words,
                turn=each.evidence.turn,
                confidence=each.confidence,
                source=each.evidence.source,
                confirmed=False,
            )
            for each in known
            if each.value is not None and each.evidence is not None
        ],
    )


def _require_exit(node: Node[NodeSettings], exit: str) -> None:
    declared = [each.name for each in node.exits]
    if exit not in declared:
        has = ", ".join(declared) or "none"
        raise WrongExit(f"The node '{node.type}' left by '{exit}', which it does not declare. Its exits: {has}.")
