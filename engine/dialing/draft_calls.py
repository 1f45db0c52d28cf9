"""Calls that try out a draft. The flow is frozen as it stands; the call is marked, and does nothing else in the world
than what was asked for.

    a person asks ──policy, limits, call row, frozen draft (one transaction)──> phone: placed as any call
                                                                         └──> browser: its media socket comes to us
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.call.live import CallOrder
from engine.clock import Clock
from engine.compliance import Case, may_call
from engine.dialing.placing import Dialled, NotDialled, Placing
from engine.sdk import Lead
from engine.store import Database, calls, suppression, trials
from engine.store.base import new_id
from engine.store.calls import CallFilter, NewCall
from engine.store.database import one_at_a_time
from engine.store.flows import Draft
from engine.store.trials import Effect, Trial

A_NUMBER: Final = (3, timedelta(minutes=10))
ALL_NUMBERS: Final = (20, timedelta(hours=1))
"""So many test calls, to one number and to all of them, are placed in so long: a page that goes wild rings nobody up
all night."""

LONGEST_CALL: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Tryout:
    """What is to be tried out: the draft as it was read, and who is called. `phone`: E.164, empty for a browser.
    `by`: who asks. `effects`: what the call may do in the world."""

    draft: Draft = field(repr=False)
    first_name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    form: dict[str, str] = field(default_factory=dict, repr=False)
    by: str = ""
    effects: Collection[Effect] = ()


@dataclass(frozen=True, slots=True)
class TooMany:
    """`again_in_s`: when the next test call is allowed. `why`: for people."""

    why: str
    again_in_s: int


async def enter(
    tx: AsyncConnection, tryout: Tryout, direction: Literal["outbound", "browser"], our_number: str, holder: str,
    now: datetime,
) -> CallOrder:  # fmt: skip
    """Write the call's row and freeze the draft beside it; gives the order to hold the call by. Commit before anything
    rings. The draft has been checked by then: what is published must have no errors, and neither must this."""
    draft, call_id = tryout.draft, new_id("call")
    lead = Lead(
        id=f"lead_of_{call_id}",
        first_name=tryout.first_name,
        last_name="",
        phone=tryout.phone,
        source="test call",
        form=tryout.form,
        received_at=now,
    )
    trial = Trial(draft.revision, draft.text, lead, frozenset(tryout.effects), tryout.by)
    call = NewCall(
        id=call_id,
        flow_id=draft.flow_id,
        flow_version=0,
        direction=direction,
        person=tryout.first_name,
        from_number=our_number,
        to_number=tryout.phone,
        holder=holder,
        test=True,
    )
    await calls.place(tx, call, now)
    await trials.add(tx, call_id, trial)
    return CallOrder(
        call_id=call_id,
        flow_id=draft.flow_id,
        flow_version=0,
        flow_text=draft.text,
        lead=lead,
        attempt=1,
        from_number=our_number,
        placed_at=now,
        direction=direction,
        trial=trial,
    )


class DraftCalls:
    """Test calls to phones. One for a process. `holder`: its name (`engine.store.holds`)."""

    def __init__(self, database: Database, placing: Placing, clock: Clock, holder: str) -> None:
        self._database = database
        self._placing = placing
        self._clock = clock
        self._holder = holder

    async def call(self, tryout: Tryout) -> Dialled | NotDialled | TooMany:
        """Ring `tryout.phone` up, whose owner has agreed. Raises `DatabaseDown`; never for what a carrier does."""
        if why := self._placing.why_not_now:
            return NotDialled("later", why)
        now = self._clock.now()
        async with self._database.begin() as tx:
            # The same lock as a lead's call: nobody's phone rings twice at once.
            await one_at_a_time(tx, f"dial:{tryout.phone}")
            if (refused := await self._refused(tx, tryout.phone, now)) is not None:
                return refused
            order = await enter(tx, tryout, "outbound", self._placing.from_number, self._holder, now)
        return await self._placing.place(order)

    async def _refused(self, tx: AsyncConnection, phone: str, now: datetime) -> NotDialled | TooMany | None:
        listed = await suppression.read(tx, phone)
        recent = await calls.recent(tx, CallFilter(to_number=phone, since=now - LONGEST_CALL, test=None), limit=20)
        active = next((each.id for each in recent if each.state in calls.UNDER_WAY), None)
        case = Case(
            now=now,
            phone=phone,
            suppressed=listed.reason if listed else None,
            active_call=active,
            # The owner of the phone has asked for this call, and nothing is sold in it.
            agreed=True,
            real=False,
        )
        if (refusal := may_call(case).refusal) is not None:
            return NotDialled("not_allowed" if refusal.for_good else "claimed", refusal.why)
        for number, (most, within) in ((phone, A_NUMBER), ("", ALL_NUMBERS)):
            placed = await trials.placed(tx, now - within, number)
            if len(placed) >= most:
                again = placed[-most] + within - now
                minutes, whom = round(within.total_seconds() / 60), "to this number " if number else ""
                wait = f"The next one can be made in {_minutes(again)}."
                return TooMany(f"{most} test calls {whom}were made within {minutes} minutes. {wait}", _seconds(again))
        return None


def _seconds(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds()))


def _minutes(wait: timedelta) -> str:
    minutes = max(1, math.ceil(wait.total_seconds() / 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
