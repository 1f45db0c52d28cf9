"""A call as the carrier tells it: it rings, is answered, by whom, is over. And what we tell it: hang up.

Where the call stands is decided by `engine.telephony.progress`; here that is noted, measured and passed on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta

from engine.call.first_word import FirstWord
from engine.call.handoff import CallControl
from engine.call.ledger import Ledger
from engine.call.lines import GOODBYE, Lines
from engine.call.live import LiveCall
from engine.clock import Clock
from engine.observe.metrics import METRICS
from engine.store.stopping import RANG
from engine.telephony.carrier_errors import CarrierError
from engine.telephony.events import CarrierEvent, LegStatus, NccoError
from engine.telephony.ncco import Ncco, say_and_end
from engine.telephony.progress import (
    AnswererKnown,
    CallOver,
    MediaLost,
    OutcomeCorrected,
    Rank,
    RankReached,
    Transition,
)

log = logging.getLogger(__name__)


class CarrierSide:
    """For all calls of a process. `background`: starts work that nobody waits for. `unspoken`: closes a call in which
    nobody spoke with us, given its disposition and what went wrong."""

    def __init__(
        self,
        carrier: CallControl,
        lines: Lines,
        ledger: Ledger,
        clock: Clock,
        background: Callable[[Coroutine[None, None, None]], None],
        unspoken: Callable[[LiveCall, str, str], Coroutine[None, None, None]],
    ) -> None:
        self._carrier = carrier
        self._lines = lines
        self._ledger = ledger
        self._clock = clock
        self._background = background
        self._unspoken = unspoken

    def receive(self, live: LiveCall, event: CarrierEvent) -> Ncco | None:
        """Take note of a webhook; the NCCO to answer it with, if the call needs one."""
        if isinstance(event, NccoError):
            live.note("carrier_error", problem=event.reason)
            return None
        if not isinstance(event, LegStatus):
            return None
        live.progress, steps = live.progress.receive(event)
        answer: Ncco | None = None
        for step in steps:
            answer = self._step(live, step, event) or answer
        if event.status == "ringing" and live.answered_at is not None and event.leg != "websocket":
            self._rang_before(live, event.at)
        return answer

    def _rang_before(self, live: LiveCall, told_at: datetime | None) -> None:
        """That it rang is told after the answer. Our clock saw the ring no more: the carrier's is taken where it fits
        between our request and the answer."""
        answered_at = live.answered_at
        if live.ringing_at is not None or answered_at is None:
            return
        fits = told_at is not None and live.order.placed_at <= told_at <= answered_at
        self._rings(live, told_at if fits and told_at is not None else answered_at, told_at)

    def _step(self, live: LiveCall, step: Transition, event: LegStatus) -> Ncco | None:
        match step:
            case RankReached(rank):
                live.told_uuid = live.told_uuid or event.uuid
                self.reached(live, rank, event.at)
            case AnswererKnown(answerer, beep, no_beep):
                live.answered_by = "voicemail" if answerer == "machine" else "person"
                live.note("answerer", who=live.answered_by, beep=beep)
                live.hear_carrier("beep_start" if beep else "beep_timeout" if no_beep else answerer)
            case MediaLost() if live.finishing or live.hanging_up:
                # The call is over for us, but hanging it up has failed: without this it would be brought back.
                return say_and_end(GOODBYE)
            case MediaLost(_, status):
                live.note("media_lost", status=status)
                if status == "disconnected":
                    return self._lines.after_a_drop(live.call_id, live.order.from_number, live.line, event.headers)
                # A socket that could not be opened: the NCCO has more tries, and an apology at its end.
            case CallOver(outcome, detail):
                live.note("carrier_over", outcome=outcome, detail=detail)
                live.carrier_over.set()
                if not live.talking:
                    disposition, problem = _not_connected(outcome, detail, live.progress.was_answered)
                    if live.stopped:
                        disposition, problem = "do_not_call", RANG
                    self._background(self._unspoken(live, disposition, problem))
            case OutcomeCorrected(outcome, detail):
                live.note("carrier_corrected", outcome=outcome, detail=detail)
            case _:
                pass
        return None

    def reached(self, live: LiveCall, rank: Rank, told_at: datetime | None = None) -> None:
        """The call rings, or was answered: note when, the first time it is told. `told_at`: the carrier's own time.

        All stages of a call are told by our clock, so that what lies between two of them is true; what the carrier says
        is kept beside it.
        """
        now = self._clock.now()
        if rank is Rank.RINGING and live.answered_at is not None:
            self._rang_before(live, told_at)  # the answer has a webhook of its own, which may overtake this one
        elif rank is Rank.RINGING and live.ringing_at is None:
            self._rings(live, now, told_at)
        elif rank is Rank.ANSWERED and live.answered_at is None:
            live.answered_at = live.times.zero = now
            live.note("answered", carrier_at=_iso(told_at))
            self._background(self._ledger.answered(live.call_id, now, live.answered_by))

    def _rings(self, live: LiveCall, at: datetime, told_at: datetime | None) -> None:
        live.ringing_at = at
        received = live.order.lead.received_at
        if received is not None and live.order.attempt == 1 and live.order.trial is None:
            live.form_to_ring_ms = max(0, round(1000 * (at - received).total_seconds()))
            METRICS.observe("form_to_ring_ms", live.form_to_ring_ms)
        live.note("ringing", form_to_ring_ms=live.form_to_ring_ms, carrier_at=_iso(told_at))
        self._background(self._ledger.ringing(live.call_id, at, live.form_to_ring_ms))

    def spoke(self, live: LiveCall, first: FirstWord) -> None:
        """Our first word is on the line. Nothing of the call waits for its being stored."""
        live.first_word = first
        if live.order.trial is None:
            METRICS.observe("first_word_ms", first.delay_ms)
            METRICS.add("first_words_late", int(first.late))
            if first.late:
                log.warning("Call %s: our first word came %d ms after the hello", live.call_id, first.delay_ms)
        zero = live.times.zero
        greeted_at = None if first.greeted_s is None else zero + timedelta(seconds=first.greeted_s)
        self._background(self._ledger.spoken(live.call_id, greeted_at, zero + timedelta(seconds=first.spoken_s)))

    async def hang_up(self, live: LiveCall) -> bool:
        """End the call at the carrier if it still goes on there, and with us. Trouble is noted, never raised: False."""
        if not live.uuid or live.carrier_over.is_set() or live.desk.with_colleague:
            return True
        live.hanging_up = True
        try:
            await self._carrier.hang_up(live.uuid, region_url=live.region_url or None)
        except (CarrierError, ValueError) as problem:
            log.warning("Call %s could not be hung up: %s", live.call_id, problem)
            live.note("trouble", part="carrier", problem=str(problem))
            return False
        return True


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _not_connected(outcome: str, detail: str, answered: bool) -> tuple[str, str]:
    """Disposition, and what went wrong in plain words, of a call in which nobody spoke with us."""
    if answered:
        return "no_input", "The phone was picked up, but the line was gone before we could speak."
    match outcome, detail:
        case ("busy", _):
            return "busy", ""
        case ("rejected", "invalid_number") | ("failed", "number_out_of_service"):
            return "invalid_number", "The number does not exist or is out of service."
        case ("unanswered" | "timeout" | "rejected" | "cancelled" | "completed", _):
            return "no_answer", "The call was declined." if outcome == "rejected" else ""
        case _:
            return "failed", f"The carrier could not put the call through ({detail or outcome})."
