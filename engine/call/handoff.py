"""Puts the caller of one call through to a colleague: carries out at the carrier what `engine.call.transfer` decides.

The colleague's phone reports to an address of its own (`/vonage/colleague/{call_id}`), so its webhooks can never be
taken for the lead's. Whatever fails, the caller is told: either they are on our media socket, where the talk goes on,
or they hear a phone ring, or they are with the colleague. Nothing here waits for anything while the card is asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from engine.call.transfer import Attempt, Order, Phase
from engine.observe.metrics import METRICS
from engine.sdk import Scalar, TransferOutcome, TransferRequest, TransferState
from engine.sdk.result import TransferPart
from engine.telephony.carrier_errors import CarrierBusy, CarrierError, CarrierUnreachable
from engine.telephony.client import MachineDetection, PlaceCall, PlacedCall
from engine.telephony.events import CarrierEvent, KeysEntered, LegStatus, NccoError, Reached
from engine.telephony.ncco import ConnectPhone, Ncco, ring_colleague, say_and_end, to_room, whisper
from engine.telephony.progress import Progress

log = logging.getLogger(__name__)

TALK_LIMIT_S: Final = 7200
"""Longest talk between two people: the carrier's own limit for a connected phone."""

JOIN_WITHIN_S: Final = 4.0
BACK_WITHIN_S: Final = 2.0
"""A caller who is to come back and is not on a media socket by then is fetched, with another order."""
AFTER_RINGING_S: Final = 5.0
THINKING_S: Final = 45.0
"""So long a colleague may listen and think at most; then the webhooks of their call must have been lost."""
BUSY_PAUSES_S: Final = (0.4, 0.6, 1.0)

NEVER_ANSWERED: Final = frozenset({"busy", "rejected", "timeout", "unanswered", "failed", "cancelled"})
"""Statuses of a colleague's phone on which the carrier lets us say what happens to the caller."""

WORDS: Final[Mapping[str, str]] = {
    "accepted": "Thank you, one moment.",
    "declined": "All right. Goodbye.",
    "no_answer": "I did not hear a key. Goodbye.",
    "caller_left": "The caller has just hung up. Goodbye.",
    "called_off": "The caller no longer needs you. Goodbye.",
    "else": "Something went wrong, I am sorry. Goodbye.",
}
"""What a colleague hears last, by what became of the transfer."""


class CallControl(Protocol):
    """The part of the carrier's client that a running call needs."""

    async def create_call(self, order: PlaceCall) -> PlacedCall: ...

    async def transfer(self, uuid: str, ncco: Ncco, *, region_url: str | None = None) -> None: ...

    async def hang_up(self, uuid: str, *, region_url: str | None = None) -> None: ...


class LiveLine(Protocol):
    """What the desk needs of its call."""

    uuid: str
    region_url: str

    def at(self) -> float: ...

    def note(self, kind: str, **facts: Scalar | None) -> None: ...

    def news(self) -> None:
        """Let the talk know that there is news."""
        ...


@dataclass(frozen=True, slots=True)
class Routes:
    """What the transfers of one call are made with. `back`: a new programme that joins the caller to our media socket
    again, by a token of its own."""

    call_id: str
    colleague_url: str
    ringback_url: str
    from_number: str
    language: str
    back: Callable[[], Ncco]


class TransferDesk:
    """The transfers of one call; implements `engine.call.context.Transfers`.

    `numbers`: E.164 by name of the connection. `background`: starts work that nobody waits for. `settled`: set while
    the caller is away and it is certain that they will not come back (`joined`, or `lost`).
    """

    def __init__(
        self,
        carrier: CallControl,
        numbers: Mapping[str, str],
        background: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._carrier = carrier
        self._numbers = numbers
        self._background = background
        self._live: LiveLine | None = None
        self._routes: Routes | None = None
        self._tries = 0
        self._begun_at = 0.0
        self._over_at = 0.0
        self._over = asyncio.Event()
        self._back = asyncio.Event()
        self._back_ncco: Ncco | None = None
        self.attempt: Attempt | None = None
        self.settled = asyncio.Event()
        self.lost = False

    def open(self, live: LiveLine, routes: Routes) -> None:
        """The call is there: from now on transfers can begin."""
        self._live, self._routes = live, routes

    @property
    def state(self) -> TransferState | None:
        return None if self.attempt is None else self.attempt.state

    @property
    def away(self) -> bool:
        """Whether the caller is, or may be, off our media socket because of a transfer."""
        return self.attempt is not None and self.attempt.away

    @property
    def with_colleague(self) -> bool:
        """Whether caller and colleague are together, or about to: nobody hangs up on them."""
        return self.attempt is not None and self.attempt.away and not self.attempt.returning

    @property
    def joined(self) -> bool:
        return self.attempt is not None and self.attempt.phase is Phase.JOINED

    def part(self) -> TransferPart | None:
        """The latest transfer for the call's result."""
        attempt = self.attempt
        if attempt is None or attempt.outcome is None:
            return None
        return TransferPart(
            to=attempt.request.who,
            mode=attempt.request.mode,
            result=attempt.outcome.result,
            code=attempt.outcome.code or None,
            wait_s=round(self._over_at - self._begun_at, 2),
            at_ms=max(0, round(1000 * self._begun_at)),
        )

    # What the card asks.

    def begin(self, request: TransferRequest) -> TransferState:
        if self.attempt is not None and self.attempt.under_way:
            return self.attempt.state
        live = self._line
        number = request.number or self._numbers.get(request.connection, "")
        self._tries += 1
        self._begun_at = live.at()
        self._over, self._back = asyncio.Event(), asyncio.Event()
        self.settled.clear()
        self.attempt = Attempt(request, leg=Progress(dialled=number))
        live.note("transfer_begun", to=request.who, mode=request.mode, ring_s=request.ring_s)
        METRICS.add("transfers")
        if not number:
            log.warning("There is no connection '%s' of kind phone: nobody can be put through to", request.connection)
            self._take(self.attempt.refused("not_set_up"))
        elif request.mode == "warm":
            self._background(self._dial(self.attempt, number))
        else:
            self._background(self._move(self.attempt, number))
        self._background(self._limit(request.ring_s))
        return self.attempt.state

    async def put_through(self) -> TransferOutcome:
        attempt = self.attempt
        if attempt is None or not (attempt.outcome or attempt.phase in (Phase.ACCEPTED, Phase.JOINING)):
            return TransferOutcome("failed", "not_accepted")
        if attempt.phase is Phase.ACCEPTED:
            self._take(attempt.ordered_away())
            self._line.note("transfer_joining")
            await self._order_away(to_room(self._room))
        await self._over.wait()
        assert self.attempt is not None and self.attempt.outcome is not None
        return self.attempt.outcome

    def call_off(self) -> TransferOutcome:
        if self.attempt is None:
            return TransferOutcome("failed", "called_off")
        self._take(self.attempt.called_off())
        assert self.attempt.outcome is not None
        return self.attempt.outcome

    # What the switchboard and the carrier tell.

    def caller_left(self) -> None:
        """The lead's phone is gone."""
        if self.attempt is not None:
            self._take(self.attempt.caller_left())

    def caller_back(self) -> None:
        """The caller is on a media socket of ours again."""
        if self.attempt is not None:
            self.attempt = self.attempt.came_back()
            self._back.set()
            self._back_ncco = None

    def receive(self, event: CarrierEvent) -> Ncco | None:
        """A webhook of the colleague's phone; the NCCO to answer it with, if any."""
        attempt = self.attempt
        if attempt is None:
            return None
        match event:
            case LegStatus():
                self._line.note("transfer_leg", status=event.status, detail=event.detail)
                answerable = not attempt.warm and event.status in NEVER_ANSWERED
                # A cold colleague's own end is followed by our `notify`, which can be answered.
                self._take(attempt.leg_told(event), fetch=not answerable and event.status != "completed")
                return self._way_back() if answerable else None
            case Reached() if not attempt.warm:
                self._take(attempt.connect_over(), fetch=False)
                return self._way_back()
            case KeysEntered(_, _, digits):
                return self._keyed(attempt, digits[:1])
            case NccoError(_, reason):
                self._line.note("carrier_error", problem=reason)
                if not attempt.warm:
                    self._take(attempt.connect_over())
                return None
            case _:
                return None

    def _keyed(self, attempt: Attempt, digit: str) -> Ncco:
        language = self._to.language
        self._line.note("transfer_key", accepted=digit == "1", pressed=bool(digit))
        self._take(attempt.key(digit), drop=False)  # this answer is their last word
        assert self.attempt is not None
        if self.attempt.outcome is None:
            return to_room(self._room, WORDS["accepted"], language)
        return say_and_end(self._last_word(self.attempt.outcome), language)

    def _way_back(self) -> Ncco | None:
        """The programme that brings the caller back, if that is where they are to go; the same one if asked again."""
        if self.attempt is None or not self.attempt.returning:
            return None
        self._back_ncco = self._back_ncco or self._to.back()
        return self._back_ncco

    # Carrying out.

    def _take(self, news: tuple[Attempt, tuple[Order, ...]], *, fetch: bool = True, drop: bool = True) -> None:
        """`fetch`: whether a caller who is to come back has to be fetched by an order of ours, now; else they come by
        the answer to a webhook. `drop`: whether the colleague's call has to be ended by us."""
        before = self.attempt
        self.attempt, orders = news
        attempt = self.attempt
        if attempt.outcome is not None and (before is None or before.outcome is None):
            self._over_at = self._line.at()
            self._line.note(
                "transfer_over",
                result=attempt.outcome.result,
                code=attempt.outcome.code,
                waited_ms=round(1000 * (self._over_at - self._begun_at)),
            )
            METRICS.add(f"transfers_{attempt.outcome.result}")
            self._over.set()
            if attempt.phase is Phase.JOINED:
                self.settled.set()
        for order in orders:
            match order:
                case Order.TELL_TALK:
                    self._line.news()
                case Order.DROP_COLLEAGUE if drop:
                    self._background(self._drop(attempt))
                case Order.BRING_BACK:
                    self._background(self._fetch(0.0 if fetch else BACK_WITHIN_S / 2))
                case Order.SETTLE:
                    self._background(self._settle(attempt.settle_s))
                case _:
                    pass

    async def _dial(self, attempt: Attempt, number: str) -> None:
        request, to = attempt.request, self._to
        try:
            order = PlaceCall(
                to=number,
                from_number=to.from_number,
                answer_url="",
                event_url=to.colleague_url,
                ncco=whisper(request.summary, to.colleague_url, to.language),
                ringing_timer_s=request.ring_s,
                length_timer_s=TALK_LIMIT_S,
                machine_detection=MachineDetection(),
            )
        except ValueError:
            return self._failed("invalid_number")
        for pause in (*BUSY_PAUSES_S, None):
            try:
                placed = await self._carrier.create_call(order)
            except CarrierBusy:
                if pause is None:
                    return self._failed("carrier_busy")
                await asyncio.sleep(pause)
            except CarrierUnreachable as lost:
                self._line.note("trouble", part="transfer", problem=str(lost))
                # What may have been placed is never placed again: its webhooks, or their absence, decide.
                return None if lost.maybe_placed else self._failed("carrier_unreachable")
            except CarrierError as refused:
                self._line.note("trouble", part="transfer", problem=str(refused))
                return self._failed("carrier_refused")
            else:
                assert self.attempt is not None
                return self._take(self.attempt.placed(placed.uuid))
        return None

    async def _move(self, attempt: Attempt, number: str) -> None:
        request, to = attempt.request, self._to
        try:
            connect = ConnectPhone(
                number, to.from_number, to.colleague_url, request.ring_s, to.ringback_url, detect_machine=True
            )
            ncco = ring_colleague(connect)
            ncco.write()
        except ValueError:
            return self._failed("invalid_number")
        assert self.attempt is not None
        self._take(self.attempt.ordered_away())
        return await self._order_away(ncco)

    async def _order_away(self, ncco: Ncco) -> None:
        live = self._line
        try:
            async with asyncio.timeout(JOIN_WITHIN_S):
                await self._carrier.transfer(live.uuid, ncco, region_url=live.region_url or None)
        except (CarrierError, TimeoutError, ValueError) as problem:
            doubt = isinstance(problem, TimeoutError) or getattr(problem, "maybe_placed", False)
            live.note("trouble", part="transfer", problem=str(problem) or "The carrier did not answer in time.")
            assert self.attempt is not None
            if not doubt:
                return self._failed("carrier")
            return self._take(self.attempt.in_doubt())
        assert self.attempt is not None
        return self._take(self.attempt.moved())

    def _failed(self, code: str) -> None:
        assert self.attempt is not None
        self._take(self.attempt.refused(code))

    async def _settle(self, after_s: float) -> None:
        if not await _within(self._over, after_s) and self.attempt is not None:
            self._take(self.attempt.settled())

    async def _limit(self, ring_s: int) -> None:
        """Webhooks can get lost: a transfer ends all the same."""
        over = self._over
        if await _within(over, ring_s + AFTER_RINGING_S) or self.attempt is None:
            return
        if not self.attempt.colleague_listens or not await _within(over, THINKING_S):
            self._take(self.attempt.timed_out())

    async def _drop(self, attempt: Attempt) -> None:
        """End the colleague's call: with a word if they have heard ours, and nobody's voicemail keeps it."""
        uuid, outcome = attempt.leg.phone_uuid, attempt.outcome
        if not uuid:
            return  # `placed` orders it again, once the carrier has named it
        try:
            if attempt.warm and attempt.colleague_listens and outcome is not None and outcome.result != "voicemail":
                await self._carrier.transfer(uuid, say_and_end(self._last_word(outcome), self._to.language))
            else:
                await self._carrier.hang_up(uuid)
        except (CarrierError, ValueError) as problem:
            self._line.note("trouble", part="transfer", problem=str(problem))

    async def _fetch(self, after_s: float) -> None:
        """See to it that the caller comes back to our media socket; hang up if they cannot be brought back."""
        live, back = self._line, self._back
        for pause in (after_s, BACK_WITHIN_S, BACK_WITHIN_S):
            if await _within(back, pause) or self.attempt is None or not self.attempt.returning:
                return
            self._back_ncco = self._to.back()
            try:
                await self._carrier.transfer(live.uuid, self._back_ncco, region_url=live.region_url or None)
            except (CarrierError, ValueError) as problem:
                live.note("trouble", part="transfer", problem=str(problem))
        if await _within(back, BACK_WITHIN_S) or self.attempt is None or not self.attempt.returning:
            return
        live.note("trouble", part="transfer", problem="The caller could not be brought back; the call was ended.")
        self.lost = True
        self.settled.set()

    def _last_word(self, outcome: TransferOutcome) -> str:
        return WORDS.get(outcome.code or outcome.result, WORDS["else"])

    @property
    def _room(self) -> str:
        return f"{self._to.call_id}-{self._tries}"

    @property
    def _line(self) -> LiveLine:
        assert self._live is not None, "the desk was used before its call was there"
        return self._live

    @property
    def _to(self) -> Routes:
        assert self._routes is not None, "the desk was used before its call was there"
        return self._routes


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
