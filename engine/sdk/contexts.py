"""What a node may use while it works. The engine supplies these; the test bench supplies simple ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from engine.sdk.calendar import Booking, Calendar
from engine.sdk.lead import Lead
from engine.sdk.result import AppointmentPart, CallResult
from engine.sdk.transfer import TransferOutcome, TransferRequest, TransferState
from engine.sdk.values import Json, Scalar, SlotValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller said in one turn, as far as the engine understood it.

    `answer`: yes or no, if the utterance is one. `slots`: ids of the slots it filled or changed.
    `question`: the part that asks something, empty if none. `intentions`: names of caller behaviours noticed.
    `signal`: something else than words that reached the card: the `beep` of a voicemail, `no_beep` (the carrier has
    given up waiting for one), or the `silence` that the card asked to be told of (`TalkNode.quiet_s`).
    """

    words: str
    turn: int
    answer: Literal["yes", "no"] | None = None
    slots: tuple[str, ...] = ()
    question: str = ""
    intentions: tuple[str, ...] = ()
    signal: Literal["", "beep", "no_beep", "silence"] = ""


@dataclass(frozen=True, slots=True)
class TimeWish:
    """A time the caller named, held against openings.

    `exact`: it means one opening, `fitting[0]`. Else `fitting` are those it may mean, or, with `near`, the closest
    to a wish that none fits (possibly none at all). `kept`: what of it, and of earlier wishes, holds from now on
    ("any day after four"); a text to remember and hand back, of no meaning to a card.
    """

    fitting: tuple[datetime, ...]
    exact: bool = False
    near: bool = False
    kept: str = ""


class CallContext(Protocol):
    """What talk and quiet nodes share."""

    @property
    def lead(self) -> Lead: ...
    @property
    def now(self) -> datetime:
        """The moment, aware, in the seller's zone."""
        ...

    @property
    def call_id(self) -> str: ...

    def slot(self, id: str) -> SlotValue:
        """A slot of the flow; unknown ones have no value. Raises KeyError for ids that the flow does not declare."""
        ...

    def put(self, slot: str, value: Scalar, words: str) -> None:
        """Write a slot by rule. `words` says why it holds ('booked in the calendar')."""
        ...

    def fill(self, template: str) -> str:
        """Put the call's facts into a text: {first_name}, {seller}, {assistant}, {topic} and {slot:zip}."""
        ...

    def holds(self, rule: Mapping[str, Json]) -> bool:
        """Whether a rule of the flow document holds now; unknown counts as no."""
        ...

    def flag(self, name: str) -> None:
        """Mark the call (`slot_conflict_retried`). Flags stand in the result."""
        ...

    def acted(self, action: str, /, **details: Scalar) -> None:
        """Put an outside action into the journal, under the name that reports use."""
        ...

    def calendar(self, name: str) -> Calendar:
        """The calendar connection of that name. Raises `ConnectionMissing`."""
        ...

    @property
    def appointment(self) -> Booking | None:
        """What was booked or moved in this call and stands; None if nothing was, or if it was cancelled."""
        ...


class TalkContext(CallContext, Protocol):
    def connection(self, name: str) -> Connection:
        """An account at another system, opened before the call. Raises `ConnectionMissing`; `ConnectionWithheld` in a
        call that only tries things out."""
        ...

    def take(self, slot: str, value: Scalar, words: str) -> bool:
        """Write a slot with what another system answered, by rule. `words`: where it comes from. False, and nothing is
        written, if the value does not fit the slot's type."""
        ...

    @property
    def memory(self) -> Mapping[str, str]:
        """What `Step.remember` kept since the node was entered."""
        ...

    @property
    def last_words(self) -> str:
        """What the caller said last, empty at the start of a call."""
        ...

    async def covered(
        self,
        work: Awaitable[T],
        filler: str,
        still: str = "",
        *,
        late: Callable[[T], None] | None = None,
        undo: Callable[[T], Awaitable[None]] | None = None,
    ) -> T:
        """Wait for outside work; if it takes longer than a breath, say `filler` meanwhile, and `still` if it goes on.

        Raises TimeoutError when the time budget of the node, for all that it waits for in one turn, is used up. The
        work is not cancelled, by that or by a barge-in. What is done after the TimeoutError goes to `late`, as long as
        it can stand in the call's record, else to `undo`: nothing may stand in the world that nobody knows of."""
        ...

    def time_wish(
        self,
        words: str,
        openings: Sequence[datetime],
        offered: Sequence[datetime] | None = None,
        *,
        kept: str = "",
        zone: str = "",
    ) -> TimeWish | None:
        """Which of `openings` the caller means by `words`; None when no time was named. `offered`: those spoken last,
        in their order, for "the second one" and "anything earlier"; None: the openings, if they are three at most.
        `kept`: of an earlier wish. `zone`: IANA name of the zone in which times are spoken; empty: the seller's."""
        ...

    def suiting(self, kept: str, openings: Sequence[datetime], zone: str = "") -> tuple[datetime, ...]:
        """Those of `openings` that the wishes of earlier turns allow (`TimeWish.kept`)."""
        ...

    def point_in_time(self, words: str) -> datetime | None:
        """The moment the caller names ('today after five, say five thirty'); None when there is none."""
        ...

    def spoken_time(self, moment: datetime, full: bool = False, *, zone: str = "", named: bool = False) -> str:
        """'tomorrow at 2 p.m.'; `full`: 'Wednesday, September 16th at 2 p.m.' `zone`: IANA name of the zone in which it
        is told, empty: the seller's. `named`: and the zone is said with it: 'tomorrow at 2 p.m. Pacific'."""
        ...

    def booked(self, booking: Booking, calendar: str, zone: str = "") -> None:
        """The calendar has confirmed, or taken a request: put the appointment into the call's result. `zone`: in which
        its time was told; empty: the seller's."""
        ...

    def cancelled(self, booking: Booking, calendar: str) -> None:
        """The calendar has taken the appointment out: the call's result tells it."""
        ...

    def schedule_callback(self, at: datetime, by: Literal["assistant", "human"], why: str, language: str = "") -> None:
        """Another call was agreed: put it into the call's result, from which it is carried out."""
        ...

    @property
    def transferring(self) -> TransferState | None:
        """How the latest transfer of this call stands; None if there was none."""
        ...

    async def transfer(self, request: TransferRequest) -> TransferState:
        """Begin to put the caller through; returns at once, and `waited` is called when there is news.

        A call has one transfer at a time: while one is under way nobody is dialled, and its state is told. It lives as
        long as the card waits for it (`Step.wait`): when the talk goes elsewhere, it is called off.
        """
        ...

    async def put_through(self) -> TransferOutcome:
        """Join the caller to the colleague who has accepted. Done once; asked again it tells the same. Anything but
        `answered` means that the caller is still, or again, with us."""
        ...

    async def call_off(self) -> TransferOutcome:
        """Stop the dialling: the caller would rather not. A transfer that is over keeps its outcome."""
        ...


class AheadContext(Protocol):
    """What a card may use while the telephone still rings: nobody has said anything yet."""

    @property
    def lead(self) -> Lead: ...

    @property
    def now(self) -> datetime:
        """The moment, aware, in the seller's zone."""
        ...

    def connection(self, name: str) -> Connection:
        """Raises `ConnectionMissing`."""
        ...


class QuietContext(CallContext, Protocol):
    async def found_ahead(self) -> Mapping[str, str] | None:
        """What the card's `ahead` found; None if it found nothing, or if nothing is looked up in this call because it
        is only tried out. Waits as long as a caller who has just said hello may wait. Raises `StepFailed`, with a
        sentence that says why nothing can be told."""
        ...

    def suggest(self, slot: str, text: str, words: str) -> bool:
        """Take what another system knows as an answer that the caller confirms in passing, as if the form had it.
        `text`: as it stands there; it is read as a caller's answer would be. `words`: where it comes from. False, and
        nothing is taken, if the slot is known already or the text is no answer to it."""
        ...

    def in_list(self, value: Scalar, list_name: str) -> bool:
        """Whether a list of the flow (such as the service area) holds the value."""
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """A named connection: its kind, and its settings with secrets. Never log it: `repr` hides the secrets."""

    name: str
    kind: str
    settings: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Connection(name={self.name!r}, kind={self.kind!r})"


class ConnectionMissing(Exception):
    """A node names a connection that nobody has set up. The message says which and where to add it."""


class ConnectionWithheld(ConnectionMissing):
    """The call only tries out a flow, and other systems are not to be asked in it."""


class StepFailed(Exception):
    """An after-call step could not do its work. `message` is for people and must hold no secret."""


class Transient(StepFailed):
    """It may work later: the step is tried again. `retry_after_s`: what the other side asked for."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Permanent(StepFailed):
    """It will not work without a change by a person: no further try."""


class NotYet(Exception):
    """The step has nothing to do before `at` (aware): it is run again then. Waiting is no failure and counts as no try.
    The message says what is waited for ('Waits until the day before the appointment.')."""

    def __init__(self, message: str, at: datetime) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class WrittenText:
    """What a dialogue model wrote. `by`: the model's name."""

    text: str
    by: str


class NoWriter(Exception):
    """No model is there to write a text: none is connected, or none of them answered. The message says which. What a
    card wants of a model must never be all that it can do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The sound of a call: stereo WAV, the lead left and the assistant right.

    `path`: the file on this machine. `link`: https address by which another system can fetch it without logging in;
    empty if this installation has no address for the outside world. `link_caller_left`: the same with whoever placed
    the call on the left, as some systems want it for their transcripts.
    """

    path: str
    seconds: float
    link: str = ""
    link_caller_left: str = ""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` requests in `per_s` seconds, for everybody who names the same `key`, whatever process they are in
    (`hubspot:<connection>`)."""

    key: str
    count: int
    per_s: float


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What an after-call step did. `external_id`: the other side's name for it. `note`: one sentence for people.
    `sent`: what was sent, private parts already hidden, for the run's artifact. `summary`: a summary of the call that
    cards behind this one use in place of the one it came with. `go_on` False: there was nothing to do, and with it what
    comes behind this card is not needed either."""

    note: str
    external_id: str = ""
    sent: Json = None
    summary: str | None = None
    go_on: bool = True


@dataclass(frozen=True, slots=True)
class MayText:
    """Whether the owner of a phone number may be written to. `refused`: why not, as a sentence; empty if they may.
    `zones`: IANA names of the zones in which they may be, one at least."""

    zones: tuple[str, ...]
    refused: str = ""


class AfterCallContext(Protocol):
    @property
    def result(self) -> CallResult: ...

    @property
    def key(self) -> str:
        """Idempotency key of this step, the same at every try: hand it to the other side, or look for it there."""
        ...

    @property
    def now(self) -> datetime: ...

    @property
    def outbox_folder(self) -> str:
        """Folder for messages where no mail server is connected."""
        ...

    @property
    def zone(self) -> str:
        """IANA name of the business's zone."""
        ...

    def connection(self, name: str) -> Connection:
        """Raises `ConnectionMissing`."""
        ...

    def recording(self) -> Recording | None:
        """None if none was kept, or if it has been deleted since."""
        ...

    async def write(self, instructions: str, text: str) -> WrittenText:
        """Have the dialogue model of the call's flow write something. `instructions`: what to do; `text`: what to do it
        with, which the model is not to obey. Raises `NoWriter`."""
        ...

    def fill(self, template: str) -> str: ...

    async def appointment(self) -> AppointmentPart | None:
        """The call's appointment as it stands now: a later call or the office may have moved or cancelled it. None if
        the call booked none."""
        ...

    async def take_turn(self, limit: RateLimit) -> None:
        """Ask before every request to a service with a limit: comes back when this request fits into it, together with
        those of all other workers. Raises `Transient` when that takes longer than a few seconds."""
        ...

    async def may_text(self, phone: str) -> MayText:
        """Ask before every message to a phone number (E.164): people may have said that they want no more."""
        ...

    async def begin_once(self) -> bool:
        """Ask right before an effect that the other side cannot tell from a repeat, such as a text message. False: an
        earlier try of this step came as far, and nobody knows whether the effect happened. Kept also when this process
        is killed the moment after."""
        ...

    async def nothing_happened(self) -> None:
        """After `begin_once`: the effect has surely not happened, so a later try may begin it again."""
        ...
