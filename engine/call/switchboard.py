"""The calls under way in this process, from the moment they are about to be placed until their result is committed.

    prepare ──> placed ──> rings ──(answer webhook)──> media socket: claim, answer ──> finish: record + outbox
                  └── busy, no answer, never heard of again ──────────────────────────────┘

A call stays on the process whose media socket it reached. A process that is asked about a call it does not have (it was
restarted while the phone rang) takes it over from the database. How a call is made ready is in `preparation`, what the
carrier tells of it in `carrier_side`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from engine.call.carrier_side import APOLOGY, CarrierSide, HangUp
from engine.call.engines import EngineSource
from engine.call.ledger import Ledger
from engine.call.live import CallOrder, LiveCall
from engine.call.preparation import Preparation
from engine.call.record import CallFacts, build_result
from engine.call.recorder import Recorder
from engine.call.session import Ended, Session, SessionSettings
from engine.clock import Clock
from engine.flow.model import Flow
from engine.observe.logs import about_call
from engine.observe.metrics import METRICS
from engine.sdk import CallResult
from engine.sdk.registry import NodeTypes
from engine.speech.endpointing import silence_needed
from engine.speech.ports import Hints
from engine.store import Database, calls
from engine.telephony.events import AnswerRequest, CarrierEvent
from engine.telephony.media import MediaPeer
from engine.telephony.ncco import Ncco, say_and_end, talk_to_socket
from engine.telephony.progress import Rank

log = logging.getLogger(__name__)

AFTER_RINGING_S: Final = 30.0
"""So long after the last ring a call of which nothing more was heard is given up."""

OVER_GRACE_S: Final = 3.0
OVERTIME_S: Final = 5.0
"""A call ends at most this long after the flow's limit, whatever hangs (field-lessons R10); the carrier's own cut-off
stands behind it."""


@dataclass(frozen=True, slots=True)
class House:
    """Where calls are kept. `public_url`: our own address as the carrier sees it. `folder`: of the recordings."""

    public_url: str
    folder: Path
    max_calls: int = 20

    @property
    def media_uri(self) -> str:
        return "ws" + self.public_url.removeprefix("http") + "/vonage/media"


class Switchboard:
    """One for a process."""

    def __init__(
        self, database: Database, nodes: NodeTypes, engines: EngineSource, house: House, clock: Clock, carrier: HangUp
    ) -> None:
        self._database = database
        self._house = house
        self._clock = clock
        self._ledger = Ledger(database, house.folder.parent / "unsaved")
        self._preparation = Preparation(database, nodes, engines, clock)
        self._carrier_side = CarrierSide(carrier, self._ledger, clock, self._background, self._unspoken)
        self._live: dict[str, LiveCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._adopting = asyncio.Lock()
        self._empty = asyncio.Event()
        self._empty.set()
        self.draining = False

    @property
    def free(self) -> int:
        """How many more calls this process may take."""
        return 0 if self.draining else max(0, self._house.max_calls - len(self._live))

    @property
    def why_full(self) -> str:
        if self.draining:
            return "This process is being stopped and takes no new calls."
        return f"All {self._house.max_calls} lines are in use; the lead is called as soon as one is free."

    @property
    def calls(self) -> Sequence[LiveCall]:
        return tuple(self._live.values())

    def live(self, call_id: str) -> LiveCall | None:
        return self._live.get(call_id)

    # Before the answer.

    async def prepare(self, order: CallOrder) -> LiveCall:
        """Get everything ready that the call will need; the lines known by heart are spoken in advance while the phone
        rings. Raises `FlowUnusable`."""
        live = await self._preparation.prepare(order)
        self._take_in(live)
        return live

    def _take_in(self, live: LiveCall) -> None:
        self._live[live.call_id] = live
        self._empty.clear()
        METRICS.add("calls_prepared")

    def placed(self, call_id: str, uuid: str) -> None:
        """The carrier has taken the call and named it."""
        if (live := self._live.get(call_id)) is not None and not live.uuid:
            live.uuid = uuid
            live.progress = replace(live.progress, phone_uuid=uuid)
            # A busy phone can be over before our request was answered: its journal then ends with `ended`.
            if not live.finishing:
                live.note("placed")

    def expect_answer(self, call_id: str, ringing_s: float) -> None:
        """Give the call up if nothing is heard of it once it must have stopped ringing."""
        if (live := self._live.get(call_id)) is not None and not live.finishing and live.watch is None:
            live.watch = asyncio.create_task(self._give_up(live, ringing_s + AFTER_RINGING_S))

    async def _give_up(self, live: LiveCall, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if live.talking or live.finishing:
            return
        problem = "The carrier told nothing more about this call; it was given up."
        await self._carrier_side.hang_up(live)
        await self._unspoken(live, "failed", problem)

    async def never_placed(self, call_id: str, disposition: str, problem: str) -> None:
        """The carrier surely has no such call: close its row. `problem`: in plain words."""
        live = self._live.get(call_id)
        if live is not None:
            await self._unspoken(live, disposition, problem)
            return
        async with self._database.begin() as tx:
            await calls.failed(tx, call_id, self._clock.now(), disposition, problem)

    # What the carrier says.

    async def answer_webhook(self, call_id: str, request: AnswerRequest) -> Ncco:
        """What the carrier is to do now that the phone was picked up: join our media socket."""
        live = self._live.get(call_id) or await self._adopt(call_id)
        if live is None or live.finishing:
            log.warning("An answered call %s is not ours or over already", call_id)
            return say_and_end(APOLOGY)
        live.uuid = live.uuid or request.uuid
        live.region_url = request.region_url
        self._carrier_side.reached(live, Rank.ANSWERED)
        return talk_to_socket(
            call_id, live.token, self._house.media_uri, self._event_url(call_id), live.order.from_number
        )

    async def carrier_event(self, call_id: str, event: CarrierEvent) -> Ncco | None:
        """Take note of a webhook; the NCCO to answer it with, if the call needs one."""
        live = self._live.get(call_id)
        if live is None:
            return None  # over, or another process's: that one is told by its own media socket
        return self._carrier_side.receive(live, event)

    async def _adopt(self, call_id: str) -> LiveCall | None:
        """Take over a call that was placed before this process began."""
        if self.free <= 0:
            return None
        async with self._adopting:
            if call_id in self._live:
                return self._live[call_id]
            live = await self._preparation.take_over(call_id)
            if live is not None:
                self._take_in(live)
                self.expect_answer(call_id, 0.0)
            return live

    # The talk.

    def claim(self, call_id: str, token: str) -> LiveCall | None:
        """The call that a media socket belongs to; None for an unknown call, or a wrong or used token."""
        live = self._live.get(call_id)
        if live is None or live.finishing or not live.take_token(token):
            return None
        live.talking = True
        return live

    async def answer(self, live: LiveCall, media: MediaPeer) -> None:
        """Hold a claimed call to its end, and commit what came of it. Returns when the call is over."""
        task = asyncio.create_task(self._hold(live, media))
        # The web server may cancel the socket's handler; the call's own end must not be cut off by it.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)

    async def _hold(self, live: LiveCall, media: MediaPeer) -> None:
        with about_call(live.call_id, (live.order.lead.first_name, live.order.lead.last_name)):
            live.answered = time.monotonic()
            live.times.zero = live.answered_at = self._clock.now()
            METRICS.add("calls_answered")
            recorder = self._recorder(live)
            session = Session(
                media,
                live.engines.speech,
                live.conversation,
                live.tally,
                lambda: self._carrier_side.hang_up(live),
                silence_needed,
                fixed=live.engines.fixed,
                recorder=recorder,
                settings=SessionSettings(hints=_hints(live.flow)),
                answered_at=live.answered,
            )
            closer = asyncio.create_task(_close_when_over(live, media))
            limit = live.conversation.max_call_s + OVERTIME_S
            try:
                async with asyncio.timeout(limit):
                    live.ended = await session.run()
            except TimeoutError:
                await self._carrier_side.hang_up(live)
                live.ended = Ended("limit", f"The call did not end by itself within {limit:.0f} seconds.", limit)
            except Exception as broken:
                log.exception("The call's session broke down")
                await self._carrier_side.hang_up(live)
                live.ended = Ended("failure", f"The call broke down: {type(broken).__name__}.", live.at())
            finally:
                closer.cancel()
            if not live.conversation.outcome.disposition:
                live.conversation.hung_up(live.ended.by, live.at(), live.ended.problem)
            await self._finish(live, recorder)

    def _recorder(self, live: LiveCall) -> Recorder | None:
        try:
            self._house.folder.mkdir(parents=True, exist_ok=True)
            return Recorder(self._house.folder / f"{live.call_id}.wav")
        except OSError as problem:
            log.warning("The call is not recorded: %s", problem.strerror)
            live.note("trouble", part="recording", problem=f"The recording could not be opened: {problem.strerror}.")
            return None

    # The end.

    async def _unspoken(self, live: LiveCall, disposition: str, problem: str) -> None:
        """A call in which nobody spoke with us: close it, and let the after-call lane know."""
        if live.finishing or live.talking:
            return
        live.finishing = True
        outcome = live.conversation.outcome
        outcome.disposition, outcome.problem = disposition, problem
        result = self._result(live, None)
        await self._ledger.unspoken(result, live.flow, problem)
        await self._release(live, result)

    async def _finish(self, live: LiveCall, recorder: Recorder | None) -> None:
        if live.finishing:
            return
        live.finishing = True
        result = self._result(live, recorder)
        await self._ledger.finish(result, live.flow)
        await self._release(live, result)

    async def _release(self, live: LiveCall, result: CallResult) -> None:
        outcome = result.outcome
        live.note(
            "ended",
            disposition=outcome.disposition,
            reason=outcome.reason,
            by=result.call.ended_by,
            duration_s=result.call.duration_s,
        )
        METRICS.add("calls_ended")
        for name in ("response_ms_p50", "response_ms_p95"):
            if name in result.metrics:
                METRICS.observe(name, result.metrics[name])
        log.info("Call %s ended: %s", live.call_id, outcome.disposition)
        if not await live.journal.close():
            log.error("Call %s: %d journal entries could not be stored", live.call_id, live.journal.unwritten)
        current = asyncio.current_task()
        for task in (live.writer, live.warm, live.watch):
            if task is not None and task is not current:
                task.cancel()
        self._live.pop(live.call_id, None)
        if not self._live:
            self._empty.set()
        live.finished.set()

    def _result(self, live: LiveCall, recorder: Recorder | None) -> CallResult:
        order, ended = live.order, live.ended
        # The recorder keeps silence until its announcement: a file without a kept second is no recording.
        kept = recorder is not None and recorder.path.exists() and _ever_recorded(live)
        if recorder is not None and not kept:
            recorder.path.unlink(missing_ok=True)
        metrics = live.tally.metrics()
        if live.form_to_request_ms is not None:
            metrics["form_to_request_ms"] = live.form_to_request_ms
        facts = CallFacts(
            call_id=order.call_id,
            event_id=f"evt_{order.call_id}",
            flow_version=order.flow_version,
            attempt=order.attempt,
            from_number=order.from_number,
            placed_at=order.placed_at,
            ended_at=self._clock.now(),
            answered_at=live.answered_at,
            length_s=ended.length_s if ended else 0.0,
            answered_by=live.answered_by if live.answered_at else "",
            ended_by=ended.by if ended else "carrier",
            form_to_ring_ms=live.form_to_ring_ms,
            external_id=order.external_id,
            recording_path=str(recorder.path) if kept and recorder is not None else None,
            recording_s=ended.length_s if kept and ended else 0.0,
            must_disclose=self._preparation.must_disclose(live.flow),
            metrics=metrics,
        )
        conversation = live.conversation
        return build_result(
            facts, live.flow, order.lead, conversation.outcome, conversation.book, conversation.standing()
        )

    # Stopping and starting.

    async def drain(self, patience_s: float) -> int:
        """Take no new call, let the running ones end. Gives how many had to be cut off after `patience_s`."""
        self.draining = True
        try:
            async with asyncio.timeout(patience_s):
                await self._empty.wait()
        except TimeoutError:
            pass
        left = len(self._live)
        for live in tuple(self._live.values()):
            if not live.talking:
                await self._carrier_side.hang_up(live)
                await self._unspoken(live, "failed", "The server was stopped while the phone rang.")
        tasks = tuple(self._tasks)
        if left:
            for task in tasks:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=10.0)
        return left

    async def clear_up(self) -> None:
        """After a crash: calls that cannot be under way any more are closed; results saved aside are put in place."""
        now = self._clock.now()
        await self._ledger.bring_in()
        async with self._database.begin() as tx:
            for record in await calls.under_way(tx):
                if now - record.placed_at > timedelta(hours=2):
                    problem = "The server stopped during this call. What was said until then is in its journal."
                    await calls.failed(tx, record.id, now, "failed", problem)

    def _event_url(self, call_id: str) -> str:
        return f"{self._house.public_url}/vonage/event/{call_id}"

    def _background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _close_when_over(live: LiveCall, media: MediaPeer) -> None:
    """The carrier says that the call is over: a socket that stays open all the same is closed by us."""
    await live.carrier_over.wait()
    await asyncio.sleep(OVER_GRACE_S)
    await media.close()


def _hints(flow: Flow) -> Hints:
    """Words that the recogniser should expect: the business's name and the choices of the flow."""
    words = [flow.seller.say_as, *(choice.label for slot in flow.slots for choice in slot.choices)]
    return Hints(flow.language, tuple(dict.fromkeys(words))[:100])


def _ever_recorded(live: LiveCall) -> bool:
    return live.conversation.outcome.recording == "on" and live.tally.kinds.get("recording_started", 0) > 0
