"""The calls under way in this process, from the moment they are about to be placed until their result is committed.

    prepare ──> placed ──> rings ──(answer webhook)──> media socket: claim, answer ──> finish: record + outbox
                  └── busy, no answer, never heard of again ──────────────────────────────┘

A call stays with the process that placed it, or that its media socket reached last; the database settles who that is
(`engine.store.holds`, `claims`), and what reaches other processes is passed on to it (`engine.api.relay`). Which calls
are here stands in the `roster`; how one is made ready is in `preparation`, how it is talked on in `holding`, what the
carrier tells of it in `carrier_side` and `elsewhere`, how it ends in `finishing`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.call.carrier_side import CarrierSide
from engine.call.claims import Claims
from engine.call.elsewhere import Elsewhere
from engine.call.engines import EngineSource
from engine.call.finishing import Finishing
from engine.call.handoff import CallControl, Routes, TransferDesk
from engine.call.heart import Heart
from engine.call.holding import Holding
from engine.call.ledger import AfterEnd, Ledger, nothing_else
from engine.call.lines import APOLOGY, GOODBYE, Line, Lines
from engine.call.live import CallOrder, LiveCall
from engine.call.preparation import Preparation
from engine.call.roster import Roster
from engine.clock import Clock
from engine.observe.logs import about_call
from engine.observe.metrics import METRICS
from engine.sdk.registry import NodeTypes
from engine.store import Database, calls
from engine.store.base import new_id
from engine.store.connections import Vault
from engine.store.stopping import RANG
from engine.telephony.events import AnswerRequest, CarrierEvent
from engine.telephony.line_tokens import LineTokens
from engine.telephony.media import MediaPeer
from engine.telephony.ncco import Ncco, say_and_end
from engine.telephony.progress import Rank
from engine.telephony.trust import WebhookTrust, why_not_believed
from engine.telephony.webhooks import Refusal

log = logging.getLogger(__name__)

AFTER_RINGING_S: Final = 30.0
"""So long after the last ring a call of which nothing more was heard is given up."""


@dataclass(frozen=True, slots=True)
class House:
    """Where calls are kept. `public_url`: our own address as the carrier sees it. `folder`: of the recordings."""

    public_url: str
    folder: Path
    max_calls: int = 20


class Switchboard:
    """One for a process. `after_end`: what else is committed with the end of a call."""

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
        after_end: AfterEnd = nothing_else,
    ) -> None:
        self.holder = new_id("process")
        self._database = database
        self._house = house
        self._clock = clock
        self._lines = Lines(tokens, house.public_url)
        self._ledger = Ledger(database, house.folder.parent / "unsaved", self.holder, after_end)
        self._preparation = Preparation(
            database,
            nodes,
            engines,
            clock,
            self.holder,
            lambda numbers: TransferDesk(carrier, numbers, self._background),
            vault,
        )
        self._trust = WebhookTrust()
        self._tasks: set[asyncio.Task[None]] = set()
        self._roster = Roster(house.max_calls, self._background)
        self._finishing = Finishing(self._roster, self._ledger, self._preparation, clock, house.folder)
        self._carrier_side = CarrierSide(
            carrier, self._lines, self._ledger, clock, self._background, self._finishing.unspoken
        )
        self._holding = Holding(self._carrier_side, house.folder)
        self._claims = Claims(
            self.holder,
            database,
            clock,
            self._roster,
            self._lines,
            self._preparation,
            self._holding,
            self._carrier_side,
            self._finishing,
            self._ledger,
            self._take_in,
        )
        self._elsewhere = Elsewhere(database, self._lines)
        self._heart = Heart(
            database, clock, self.holder, lambda: self.calls, self._lost, self._claims.finish_abandoned, self._stopped
        )

    @property
    def free(self) -> int:
        """How many more calls this process may take."""
        return self._roster.free

    @property
    def why_full(self) -> str:
        return self._roster.why_full

    @property
    def draining(self) -> bool:
        """No new call is taken; the running ones end."""
        return self._roster.draining

    @draining.setter
    def draining(self, draining: bool) -> None:
        self._roster.draining = draining

    @property
    def calls(self) -> Sequence[LiveCall]:
        return self._roster.calls

    def live(self, call_id: str) -> LiveCall | None:
        return self._roster.get(call_id)

    # Before the answer.

    async def prepare(self, order: CallOrder) -> LiveCall:
        """Get everything ready that the call will need; the lines known by heart are spoken in advance while the phone
        rings. Raises `FlowUnusable`."""
        live = await self._preparation.prepare(order)
        live.kept = True  # the dialer has placed it in our name
        self._take_in(live)
        return live

    def _take_in(self, live: LiveCall) -> None:
        self._roster.add(live)
        live.desk.open(live, self._routes(live))

    def placed(self, call_id: str, uuid: str) -> None:
        """The carrier has taken the call and named it."""
        if (live := self._roster.get(call_id)) is not None and not live.uuid:
            live.uuid = uuid
            live.progress = replace(live.progress, phone_uuid=uuid)
            # A busy phone can be over before our request was answered: its journal then ends with `ended`.
            if not live.finishing:
                live.note("placed")

    def expect_answer(self, call_id: str, ringing_s: float) -> None:
        """Give the call up if nothing is heard of it once it must have stopped ringing."""
        if (live := self._roster.get(call_id)) is not None and not live.finishing and live.watch is None:
            live.watch = asyncio.create_task(self._give_up(live, ringing_s + AFTER_RINGING_S))

    def expect_browser(self, call_id: str, within_s: float) -> None:
        """Give the call up if the browser that it was made ready for does not join it in time."""
        if (live := self._roster.get(call_id)) is not None:
            live.watch = asyncio.create_task(self._give_up(live, within_s))

    async def _give_up(self, live: LiveCall, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if live.talking or live.finishing:
            return
        if live.order.direction == "browser":
            problem = "The browser never joined this call: its page was closed, or the microphone was not allowed."
        else:
            problem = live.not_believed or "The carrier told nothing more about this call; it was given up."
        await self._carrier_side.hang_up(live)
        await self._finishing.unspoken(live, "failed", problem)

    async def stop_ringing(self, call_id: str) -> bool:
        """The person has opted out by another door: their phone stops ringing. A talk with them is left to end by
        itself; a voicemail is hung up. False if the call is not here."""
        live = self._roster.get(call_id)
        if live is None:
            return False
        # A talk that has begun goes on: the person hears that they are not called again, or hangs up.
        if live.finishing or live.hanging_up or (live.talking and live.answered_by != "voicemail"):
            return True
        if not live.stopped:
            live.stopped = live.conversation.outcome.opted_out = True
            live.note("stopped")
        live.uuid = live.uuid or live.told_uuid
        if not live.uuid:
            return True  # the carrier has not named it yet; whoever asked comes back, and so does the next beat
        if await self._carrier_side.hang_up(live):
            await self._finishing.unspoken(live, "do_not_call", RANG)
        else:
            live.hanging_up = False  # the next beat tries again
        return True

    def _stopped(self, live: LiveCall) -> None:
        self._background(self._stop(live.call_id))

    async def _stop(self, call_id: str) -> None:
        await self.stop_ringing(call_id)

    async def never_placed(self, call_id: str, disposition: str, problem: str) -> None:
        """The carrier surely has no such call: close its row. `problem`: in plain words."""
        live = self._roster.get(call_id)
        if live is not None:
            await self._finishing.unspoken(live, disposition, problem, calls.NOT_PLACED)
            return
        await self._ledger.close(call_id, self._clock.now(), disposition, problem, calls.NOT_PLACED)

    # What the carrier says.

    async def answer_webhook(self, call_id: str, request: AnswerRequest) -> Ncco:
        """What the carrier is to do now that the phone was picked up: join our media socket."""
        live = self._roster.get(call_id) or await self._adopt(call_id)
        if live is None or live.finishing:
            log.warning("An answered call %s is not ours or over already", call_id)
            return say_and_end(APOLOGY)
        live.uuid = live.uuid or request.uuid
        live.region_url = request.region_url
        if live.stopped:
            self._stopped(live)
            return say_and_end(GOODBYE)
        live.note("picked_up", uuid=live.uuid, region_url=live.region_url)
        live.expect_voice()
        self._carrier_side.reached(live, Rank.ANSWERED)
        return self._lines.ncco(call_id, live.order.from_number, live.line)

    async def carrier_event(self, call_id: str, event: CarrierEvent) -> Ncco | None:
        """Take note of a webhook; the NCCO to answer it with, if the call needs one."""
        live = self._roster.get(call_id)
        if live is None:
            return await self._elsewhere.receive(call_id, event)
        return self._carrier_side.receive(live, event)

    async def colleague_event(self, call_id: str, event: CarrierEvent) -> Ncco | None:
        """The same for the phone of a colleague whom the caller is to be put through to."""
        live = self._roster.get(call_id)
        if live is None:
            return await self._elsewhere.colleague(call_id, event)
        return live.desk.receive(event)

    def webhook_believed(self) -> None:
        """A webhook was genuine: the carrier's word reaches us."""
        self._trust.genuine()

    def webhook_refused(self, call_id: str, refusal: Refusal) -> None:
        """One about the call `call_id` was not. It may have come from anybody, so nothing that it says is done; but a
        call that is under way here can tell in its record why it went silent."""
        live = self._roster.get(call_id)
        if live is None or live.finishing:
            return
        why = why_not_believed(refusal)
        self._trust.refused(why)
        if live.not_believed != why:
            live.not_believed = why
            live.note("webhook_refused", fault=refusal.fault.value, problem=why)

    @property
    def hears_the_carrier(self) -> bool:
        """Whether a webhook was believed since the start."""
        return self._trust.proven

    @property
    def why_paused(self) -> str:
        """Why nobody may be called now, for people; empty if somebody may."""
        return self._trust.why_paused

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
        live = await self._claims.adopt(call_id)
        if live is not None:
            self.expect_answer(call_id, 0.0)
        return live

    # The talk.

    async def claim(self, call_id: str, token: str) -> tuple[LiveCall, int] | None:
        """The call that a media socket belongs to, and the number of its line; None if it is nobody's (`Claims`)."""
        return await self._claims.claim(call_id, token)

    async def claim_line(self, call_id: str, number: int) -> LiveCall | None:
        """The call, if its line `number` is still to be had (`Claims`)."""
        return await self._claims.claim_line(call_id, number)

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
            if not live.restored and live.order.trial is None:
                METRICS.add("calls_answered")
            await self._holding.hold(live)
            if live.moved.is_set():
                self._let_go(live)
            else:
                await self._finishing.spoken(live)

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
        self._roster.remove(live)

    # Stopping and starting.

    async def drain(self, patience_s: float) -> int:
        """Take no new call, let the running ones end. Gives how many had to be cut off after `patience_s`."""
        self.draining = True
        try:
            async with asyncio.timeout(patience_s):
                await self._roster.empty.wait()
        except TimeoutError:
            pass
        left = len(self.calls)
        for live in self.calls:
            if not live.talking:
                await self._carrier_side.hang_up(live)
                await self._finishing.unspoken(live, "failed", "The server was stopped while the phone rang.")
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

    def _background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
