"""The end of a call in this process: its result is made, committed, measured, and the call is let go, once."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from engine.call import recording_parts
from engine.call.ledger import Ledger
from engine.call.live import LiveCall
from engine.call.outcome import same_booking
from engine.call.preparation import Preparation
from engine.call.record import CallFacts, build_result
from engine.call.roster import Roster
from engine.clock import Clock
from engine.observe.metrics import METRICS
from engine.sdk import CallResult

SETTLE_S: Final = 12.0
"""Longest wait of a finished call's record for work in the world that has begun: a card gives up after eight."""

log = logging.getLogger(__name__)


class Finishing:
    """For all calls of a process. `folder`: of the recordings."""

    def __init__(self, roster: Roster, ledger: Ledger, preparation: Preparation, clock: Clock, folder: Path) -> None:
        self._roster, self._ledger, self._preparation = roster, ledger, preparation
        self._clock, self._folder = clock, folder

    async def unspoken(self, live: LiveCall, disposition: str, problem: str, reason: str = "") -> None:
        """A call in which nobody spoke with us: close it, and let the after-call lane know."""
        if live.finishing or live.talking:
            return
        live.finishing = True
        outcome = live.conversation.outcome
        outcome.disposition, outcome.problem, outcome.reason = disposition, problem, reason or outcome.reason
        result = self._result(live)
        await self._ledger.unspoken(result, live.flow, problem, after_call=live.order.does("after_call"))
        await self._release(live, result)

    async def spoken(self, live: LiveCall) -> None:
        """The talk is over."""
        if live.finishing:
            return
        live.finishing = True
        # A booking may be under way: either it stands in the record, or not in the calendar.
        await live.conversation.settle(SETTLE_S)
        await self._look_for_a_booking(live)
        result = self._result(live)
        await self._ledger.finish(result, live.flow, after_call=live.order.does("after_call"))
        await self._release(live, result)

    async def _look_for_a_booking(self, live: LiveCall) -> None:
        """The calendar may hold an appointment that the process which made it could not tell of any more."""
        if not live.order.does("calendar"):
            return
        known = live.conversation.outcome.standing
        found = await self._ledger.booked_in(live.call_id)
        if found is not None and (known is None or not same_booking(found[0], known)):
            live.note("booking_found", calendar=found[1])
            live.conversation.found_booked(*found)

    async def _release(self, live: LiveCall, result: CallResult) -> None:
        outcome = result.outcome
        live.note(
            "ended",
            disposition=outcome.disposition,
            reason=outcome.reason,
            by=result.call.ended_by,
            duration_s=result.call.duration_s,
        )
        if live.order.trial is None:
            METRICS.add("calls_ended")
            for name in ("response_ms_p50", "response_ms_p95"):
                if name in result.metrics:
                    METRICS.observe(name, result.metrics[name])
        log.info("Call %s ended: %s", live.call_id, outcome.disposition)
        if not await live.journal.close():
            log.error("Call %s: %d journal entries could not be stored", live.call_id, live.journal.unwritten)
        if live.conversation.outcome.recording == "declined":
            await self._ledger.withhold_words(live.call_id, self._clock.now())
        self._roster.remove(live)

    def _result(self, live: LiveCall) -> CallResult:
        order, ended = live.order, live.ended
        # The recorder keeps silence until its announcement: a file without a kept second is no recording.
        recording = recording_parts.whole(self._folder, live.call_id)
        kept = ended is not None and recording.exists() and _ever_recorded(live)
        if not kept:
            recording_parts.delete(self._folder, live.call_id)
        metrics = live.tally.metrics()
        if live.form_to_request_ms is not None:
            metrics["form_to_request_ms"] = live.form_to_request_ms
        if live.first_word is not None:
            metrics["first_word_ms"] = live.first_word.delay_ms
        facts = CallFacts(
            call_id=order.call_id,
            event_id=f"evt_{order.call_id}",
            flow_version=order.flow_version,
            attempt=order.attempt,
            from_number=order.from_number,
            placed_at=order.placed_at,
            direction=order.direction,
            test=order.trial is not None,
            ended_at=self._clock.now(),
            answered_at=live.answered_at,
            length_s=ended.length_s if ended else 0.0,
            answered_by=(live.conversation.outcome.answered_by or live.answered_by) if live.answered_at else "",
            ended_by=ended.by if ended else "carrier",
            form_to_ring_ms=live.form_to_ring_ms,
            ringing_at=live.ringing_at,
            first_word=live.first_word,
            external_id=order.external_id,
            recording_path=str(recording) if kept else None,
            recording_s=ended.length_s if kept and ended else 0.0,
            must_disclose=self._preparation.must_disclose(live.flow),
            metrics=metrics,
            transfer=live.desk.part(),
        )
        conversation = live.conversation
        return build_result(
            facts, live.flow, order.lead, conversation.outcome, conversation.book, conversation.standing()
        )


def _ever_recorded(live: LiveCall) -> bool:
    return live.conversation.outcome.recording == "on" and live.tally.kinds.get("recording_started", 0) > 0
