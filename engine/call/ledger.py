"""What a call leaves in the database: its row while it goes on; at the end record, turns and outbox in one transaction.

A database that is away does not lose a call: a result that cannot be committed within a minute is saved as a file and
put in place at the next start.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.aftercall.facts import holds_for
from engine.aftercall.plan import PlanInvalid, plan_after_call
from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.model import Flow
from engine.sdk import Booking, CallResult, Json
from engine.store import (
    Database,
    DatabaseDown,
    call_bookings,
    calls,
    first_words,
    flows,
    holds,
    outbox,
    retention,
    trials,
)
from engine.store.database import one_at_a_time
from engine.store.outbox import NewEntry

log = logging.getLogger(__name__)

PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)

DECLINED: Final = "the person did not want to be recorded"


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a result is committed. `problem`: of a call in which nobody spoke. `after_call`: its lane runs."""

    spoken: bool
    problem: str
    after_call: bool


AfterEnd = Callable[[AsyncConnection, str], Awaitable[None]]
"""What else is committed with a call's end, given the transaction and the call's id: when its lead is called next."""


async def nothing_else(_tx: AsyncConnection, _call_id: str) -> None:
    """For calls of no lead, and tests of a call alone."""


class Ledger:
    """`unsaved`: folder for results that the database did not take. `holder`: this process (`engine.store.holds`)."""

    def __init__(self, database: Database, unsaved: Path, holder: str, after_end: AfterEnd = nothing_else) -> None:
        self._database = database
        self._after_end = after_end
        self._unsaved = unsaved
        self._holder = holder

    async def ringing(self, call_id: str, at: datetime, form_to_ring_ms: int | None) -> None:
        """A row that cannot be written now is made good by the result at the end."""
        try:
            async with self._database.begin() as tx:
                await calls.ringing(tx, call_id, at, form_to_ring_ms)
        except DatabaseDown as down:
            log.warning("Call %s: ringing was not stored. %s", call_id, down)

    async def answered(self, call_id: str, at: datetime, by: str) -> None:
        try:
            async with self._database.begin() as tx:
                await calls.answered(tx, call_id, at, by)
        except DatabaseDown as down:
            log.warning("Call %s: the answer was not stored. %s", call_id, down)

    async def spoken(self, call_id: str, greeted_at: datetime | None, first_word_at: datetime) -> None:
        try:
            async with self._database.begin() as tx:
                await first_words.keep(tx, call_id, greeted_at, first_word_at)
        except DatabaseDown as down:
            log.warning("Call %s: when we first spoke was not stored. %s", call_id, down)

    async def withhold_words(self, call_id: str, now: datetime) -> None:
        """What was said in a call whose person did not want to be recorded leaves the database again."""
        for pause in (*PAUSES_S, None):
            try:
                async with self._database.begin() as tx:
                    await retention.withhold_words(tx, call_id, DECLINED, now)
            except DatabaseDown as down:
                log.warning("Call %s: what was said could not be deleted yet. %s", call_id, down)
            else:
                return
            if pause is not None:
                await asyncio.sleep(pause)

    async def booked_in(self, call_id: str) -> tuple[Booking, str] | None:
        """The appointment that was booked or moved in a call and stands, with its calendar's name. A database that is
        away is waited for, as for the record itself: it may have gone with a booking that it had just committed. None
        also if it stays away: the record is then made of what the talk knows."""
        for pause in (*PAUSES_S, None):
            try:
                async with self._database.read() as tx:
                    return await call_bookings.of_call(tx, call_id)
            except DatabaseDown as down:
                log.warning("Call %s: its appointment could not be looked up. %s", call_id, down)
            if pause is not None:
                await asyncio.sleep(pause)
        return None

    async def finish(self, result: CallResult, flow: Flow, *, after_call: bool = True) -> bool:
        """Commit record, turns and outbox row together. False if it had to be saved aside. `after_call`: whether the
        lane behind the call runs."""
        ending = _Ending(True, result.outcome.explanation, after_call)
        return await self._surely(result, flow, ending)

    async def unspoken(self, result: CallResult, flow: Flow, problem: str, *, after_call: bool = True) -> bool:
        """The same for a call in which nobody spoke: its row is marked failed, and the lane runs all the same."""
        return await self._surely(result, flow, _Ending(False, problem, after_call))

    async def bring_in(self) -> int:
        """Put results saved aside into the database; gives how many. Raises `DatabaseDown`."""
        done = 0
        for file in sorted(self._unsaved.glob("*.json")) if self._unsaved.is_dir() else []:
            try:
                saved = json.loads(file.read_text())
                result = CallResult.model_validate(saved["result"])
                async with self._database.read() as tx:
                    version = await flows.read_version(tx, result.flow_id, result.flow_version)
                    trial = await trials.read(tx, result.call.id)
                frozen = version or trial
                flow = FlowDocument.load(frozen.text if frozen is not None else "").flow
                ending = _Ending(bool(saved["spoken"]), str(saved["problem"]), bool(saved.get("after_call", True)))
            except (ValueError, KeyError, ValidationError, FlowRefused):
                log.exception("The saved result %s cannot be read; it stays where it is", file)
                continue
            async with self._database.begin() as tx:
                await self._write(tx, result, flow, ending)
            file.unlink()
            done += 1
        return done

    async def _surely(self, result: CallResult, flow: Flow, ending: _Ending) -> bool:
        for pause in (*PAUSES_S, None):
            try:
                async with self._database.begin() as tx:
                    await self._write(tx, result, flow, ending, held=True)
            except holds.NotHolder as moved:
                log.warning("The result is left to the process that has the call: %s", moved)
                return True
            except DatabaseDown as down:
                log.warning("Call %s: the result cannot be stored yet. %s", result.call.id, down)
            except calls.CallMissing:
                log.exception("Call %s: there is no row to finish", result.call.id)
                break
            else:
                return True
            if pause is not None:
                await asyncio.sleep(pause)
        content = {"result": result.model_dump(mode="json", by_alias=True), **asdict(ending)}
        await asyncio.to_thread(self._save_aside, result.call.id, json.dumps(content))
        return False

    async def close(self, call_id: str, at: datetime, disposition: str, problem: str, reason: str = "") -> None:
        """A call of which nothing can be made but this: it came to nothing. Raises `DatabaseDown`."""
        async with self._database.begin() as tx:
            await _lock(tx, call_id)
            if await calls.failed(tx, call_id, at, disposition, problem, reason or None):
                await self._after_end(tx, call_id)

    async def _write(
        self, tx: AsyncConnection, result: CallResult, flow: Flow, ending: _Ending, *, held: bool = False
    ) -> None:
        await _lock(tx, result.call.id)
        if held:
            await holds.require(tx, result.call.id, self._holder)
        if ending.spoken:
            first = await calls.finish(tx, result)
        else:
            at, outcome = result.call.ended_at or result.occurred_at, result.outcome
            first = await calls.failed(tx, result.call.id, at, outcome.disposition, ending.problem, outcome.reason)
        if not first:
            return
        await self._after_end(tx, result.call.id)
        if not ending.after_call:
            return
        try:
            plan = plan_after_call(flow, holds_for(flow, result))
        except PlanInvalid as invalid:
            log.error("Call %s: nothing is done behind the call. %s", result.call.id, invalid)  # noqa: TRY400  the message says it all
            return
        if plan.steps:
            await outbox.add(tx, _entry(plan.document(), result), result.occurred_at)

    def _save_aside(self, call_id: str, text: str) -> None:
        self._unsaved.mkdir(parents=True, exist_ok=True)
        file = self._unsaved / f"{call_id}.json"
        fresh = file.with_suffix(".part")
        with fresh.open("w") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
        log.error("Call %s: the result is saved in %s and put in place at the next start", call_id, file)


async def _lock(tx: AsyncConnection, call_id: str) -> None:
    """Before anything else is locked: whoever claims this person, or takes down that they have opted out, does it in
    the same order."""
    record = await calls.read(tx, call_id)
    if record is not None and record.lead_id is not None:
        number = record.from_number if record.direction == "inbound" else record.to_number
        await one_at_a_time(tx, f"dial:{number}")


def _entry(plan: Json, result: CallResult) -> NewEntry:
    return NewEntry(
        id=f"out_{result.call.id}",
        call_id=result.call.id,
        flow_id=result.flow_id,
        flow_name=result.flow_name,
        disposition=result.outcome.disposition,
        plan=plan,
        result=result.model_dump(mode="json", by_alias=True),
    )
