"""The calls under way in this process, from the moment they are about to be placed until their result is committed.

    prepare ──> placed ──> rings ──(answer webhook)──> media socket: claim, answer ──> finish: record + outbox
                  └── busy, no answer, never heard of again ──────────────────────────────┘

A call is held by the process that its media socket reached last; the database settles who that is
(`engine.store.holds`). A process that is asked about a call it does not have takes it over: one that rings as the
database knows it, one that is talked on from its journal (`resumption`). How a call is made ready is in `preparation`,
how it is talked on in `holding`, what the carrier tells of it in `carrier_side` and `elsewhere`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from engine.call import recording_parts
from engine.call.carrier_side import CarrierSide
from engine.call.elsewhere import Elsewhere
from engine.call.engines import EngineSource
from engine.call.handoff import CallControl, Routes, TransferDesk
from engine.call.heart import Heart
from engine.call.holding import Holding
from engine.call.ledger import Ledger
from engine.call.lines import APOLOGY, Line, Lines
from engine.call.live import CallOrder, LiveCall
from engine.call.preparation import Preparation
from engine.call.record import CallFacts, build_result
from engine.call.session import Ended
from engine.clock import Clock
from engine.observe.logs import about_call
from engine.observe.metrics import METRICS
from engine.sdk import CallResult
from engine.sdk.registry import NodeTypes
from engine.store import Database, DatabaseDown, calls, holds
from engine.store.base import new_id
from engine.store.connections import Vault
from engine.store.holds import Taken
from engine.telephony.events import AnswerRequest, CarrierEvent
from engine.telephony.line_tokens import LineTokens
from engine.telephony.media import MediaPeer
from engine.telephony.ncco import Ncco, say_and_end
from engine.telephony.progress import Rank

log = logging.getLogger(__name__)

TAKE_WITHIN_S: Final = 1.0
"""A database that does not answer keeps no caller waiting: the process that has the call talks to them all the same."""

AFTER_RINGING_S: Final = 30.0
"""So long after the last ring a call of which nothing more was heard is given up."""


@dataclass(frozen=True, slots=True)
class House:
    """Where calls are kept. `public_url`: our own address as the carrier sees it. `folder`: of the recordings."""

    public_url: str
    folder: Path
    max_calls: int = 20


class Switchboard:
    """One for a process."""

    def __init__(
        self,
        database: Database,
        nodes: NodeTypes,
        engines: EngineSource,
        house: House,
        clock: Clock,
        carrier: CallControl,
        tokens: LineTokens,
        vault: Callable[[], Vault] | None = None,
    ) -> None:
        self.holder = new_id("process")
        self._database = database
        self._house = house
        self._clock = clock
        self._lines = Lines(tokens, house.public_url)
        self._ledger = Ledger(database, house.folder.parent / "unsaved", self.holder)
        self._preparation = Preparation(
            database,
            nodes,
            engines,
            clock,
            self.holder,
            lambda numbers: TransferDesk(carrier, numbers, self._background),
            vault,
        )
        self._carrier_side = CarrierSide(carrier, self._lines, self._ledger, clock, self._background, self._unspoken)
        self._holding = Holding(self._carrier_side, house.folder)
        self._elsewhere = Elsewhere(database, self._lines)
        self._heart = Heart(database, clock, self.holder, lambda: self.calls, self._lost, self._finish_abandoned)
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
        live.kept = True  # the dialer has placed it in our name
        self._take_in(live)
        return live

    def _take_in(self, live: LiveCall) -> None:
        self._live[live.call_id] = live
        live.desk.open(live, self._routes(live))
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
        live.note("picked_up", uuid=live.uuid, region_url=live.region_url)
        self._carrier_side.reached(live, Rank.ANSWERED)
        return self._lines.ncco(call_id, live.order.from_number, live.line)

    async def carrier_event(self, call_id: str, event: CarrierEvent) -> Ncco | None:
        """Take note of a webhook; the NCCO to answer it with, if the call needs one."""
        live = self._live.get(call_id)
        if live is None:
            return await self._elsewhere.receive(call_id, event)
        return self._carrier_side.receive(live, event)

    async def colleague_event(self, call_id: str, event: CarrierEvent) -> Ncco | None:
        """The same for the phone of a colleague whom the caller is to be put through to."""
        live = self._live.get(call_id)
        if live is None:
            return await self._elsewhere.colleague(call_id, event)
        return live.desk.receive(event)

    def _routes(self, live: LiveCall) -> Routes:
        call_id, from_number = live.call_id, live.order.from_number
        return Routes(
            call_id=call_id,
            colleague_url=f"{self._house.public_url}/vonage/colleague/{call_id}",
            ringback_url=f"{self._house.public_url}/vonage/ringback.wav",
            from_number=from_number,
            language=live.flow.language,
            back=lambda: self._lines.ncco(call_id, from_number, live.line),
        )

    async def _adopt(self, call_id: str) -> LiveCall | None:
        """Take over a call that another process placed, before anybody has talked."""
        if self.free <= 0:
            return None
        async with self._adopting:
            if call_id in self._live:
                return self._live[call_id]
            async with self._database.begin() as tx:
                ours = await holds.keep(tx, call_id, self.holder, datetime.now(UTC))
            live = await self._preparation.take_over(call_id) if ours else None
            if live is not None:
                live.kept = True
                self._take_in(live)
                self.expect_answer(call_id, 0.0)
            return live

    # The talk.

    async def claim(self, call_id: str, token: str) -> tuple[LiveCall, int] | None:
        """The call that a media socket belongs to, and the number of its line. None for a token that is not ours or was
        used, and for a call that is over. A call that another process held is taken over as its journal has it."""
        number = self._lines.number(call_id, {"call_id": call_id, "token": token})
        if number is None:
            return None
        if call_id not in self._live:
            async with self._adopting:
                taken = None if call_id in self._live else await self._take_over(call_id, number)
            if taken is not None:
                return taken, number
        live = self._live.get(call_id)
        if live is None or live.finishing or number <= live.line or not await self._take_line(live, number):
            return None
        live.talking = True
        return live, number

    async def _take_line(self, live: LiveCall, number: int) -> bool:
        """Have it written down that this process talks to the caller. Without a database nobody else can."""
        live.line = number  # at once: a second socket with the same token finds it taken
        now = self._clock.now()
        try:
            async with asyncio.timeout(TAKE_WITHIN_S), self._database.begin() as tx:
                taken = await holds.take_line(tx, live.call_id, self.holder, number, datetime.now(UTC), now)
        except (DatabaseDown, TimeoutError) as down:
            log.warning("Call %s: its line could not be noted. %s", live.call_id, down or "The database is slow.")
            taken = Taken(live.answered is None, now, self.holder, None)
        if taken is None:
            return False
        live.kept = True
        if live.answered is None:
            live.start_clock(taken.answered_at, now)
        return True

    async def _take_over(self, call_id: str, number: int) -> LiveCall | None:
        if self.free <= 0:
            return None
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            taken = await holds.take_line(tx, call_id, self.holder, number, now, self._clock.now())
        if taken is None or (live := await self._preparation.take_over(call_id)) is None:
            return None
        if live.restored:
            # The process before this one was last heard of by its journal or by its beat.
            silent = (now - taken.silent_since).total_seconds() if taken.silent_since is not None else 0.0
            away_s = max(0.0, min(silent, live.at() - live.last_entry_s))
            live.note("line_back", line=number, away_s=round(away_s, 3), process="another")
            METRICS.add("calls_taken_over")
        live.line, live.talking, live.kept = number, True, True
        self._take_in(live)
        return live

    async def answer(self, live: LiveCall, number: int, media: MediaPeer) -> None:
        """Hold a claimed call on this media socket. Returns when the socket is not needed any more."""
        line = Line(number, media)
        live.lines.put_nowait(line)
        if live.session is not None:
            live.session.leave()  # it may not have noticed yet that its own line is gone
        if live.holding is None:
            live.holding = asyncio.create_task(self._hold(live))
            # The web server may cancel the socket's handler; the call's own end must not be cut off by it.
            self._tasks.add(live.holding)
            live.holding.add_done_callback(self._tasks.discard)
        elif live.holding.done():
            return
        over = asyncio.ensure_future(line.over.wait())
        try:
            await asyncio.wait({over, live.holding}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()

    async def _hold(self, live: LiveCall) -> None:
        with about_call(live.call_id, (live.order.lead.first_name, live.order.lead.last_name)):
            if not live.restored:
                METRICS.add("calls_answered")
            await self._holding.hold(live)
            if live.moved.is_set():
                self._let_go(live)
            else:
                await self._finish(live)

    def _lost(self, live: LiveCall) -> None:
        """Another process has this call now: leave it alone, at once."""
        log.warning("Call %s is held by another process now; it is let go here", live.call_id)
        live.moved.set()
        if live.session is not None:
            live.session.leave()
        if live.holding is None:
            self._let_go(live)

    def _let_go(self, live: LiveCall) -> None:
        live.finishing = True
        self._remove(live)

    # The end.

    async def _unspoken(self, live: LiveCall, disposition: str, problem: str) -> None:
        """A call in which nobody spoke with us: close it, and let the after-call lane know."""
        if live.finishing or live.talking:
            return
        live.finishing = True
        outcome = live.conversation.outcome
        outcome.disposition, outcome.problem = disposition, problem
        result = self._result(live)
        await self._ledger.unspoken(result, live.flow, problem)
        await self._release(live, result)

    async def _finish(self, live: LiveCall) -> None:
        if live.finishing:
            return
        live.finishing = True
        result = self._result(live)
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
        self._remove(live)

    def _remove(self, live: LiveCall) -> None:
        current = asyncio.current_task()
        for task in (live.writer, live.warm, live.watch):
            if task is not None and task is not current:
                task.cancel()
        if live.ear is not None:
            self._background(live.ear.close())
        self._live.pop(live.call_id, None)
        if not self._live:
            self._empty.set()
        live.finished.set()

    def _result(self, live: LiveCall) -> CallResult:
        order, ended = live.order, live.ended
        # The recorder keeps silence until its announcement: a file without a kept second is no recording.
        recording = recording_parts.whole(self._house.folder, live.call_id)
        kept = ended is not None and recording.exists() and _ever_recorded(live)
        if not kept:
            recording_parts.delete(self._house.folder, live.call_id)
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
            direction=order.direction,
            ended_at=self._clock.now(),
            answered_at=live.answered_at,
            length_s=ended.length_s if ended else 0.0,
            answered_by=(live.conversation.outcome.answered_by or live.answered_by) if live.answered_at else "",
            ended_by=ended.by if ended else "carrier",
            form_to_ring_ms=live.form_to_ring_ms,
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

    async def bring_in(self) -> None:
        """At the start: results that the database did not take are put in place."""
        await self._ledger.bring_in()

    async def look_after(self) -> None:
        """Until cancelled: hold this process's calls in the database, finish those that a dead process left."""
        await self._heart.run()

    async def _finish_abandoned(self, call_id: str) -> None:
        """Nobody holds this call any more, and its caller did not come back: its journal is made into its record."""
        live = await self._preparation.take_over(call_id)
        if live is None:
            problem = "The server stopped during this call. What was said until then is in its journal."
            async with self._database.begin() as tx:
                await calls.failed(tx, call_id, self._clock.now(), "failed", problem)
            return
        self._take_in(live)
        live.kept = True
        if not live.restored:
            await self._unspoken(live, "failed", "The server stopped while the phone rang.")
            return
        live.talking = True
        problem = "The process that held this call died, and the caller did not come back."
        live.note("abandoned")
        live.conversation.hung_up("failure", live.last_entry_s, problem)
        live.ended = Ended("failure", problem, live.last_entry_s)
        await self._holding.join_recording(live, live.last_entry_s)
        await self._carrier_side.hang_up(live)
        await self._finish(live)

    def _background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _ever_recorded(live: LiveCall) -> bool:
    return live.conversation.outcome.recording == "on" and live.tally.kinds.get("recording_started", 0) > 0
