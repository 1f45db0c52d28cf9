"""Which process holds a call that is under way: settled here, so that never two of them talk to one caller.

    holder   the process; it alone writes the call's journal and its result
    line     the number of the media socket that was taken last; a number is taken once, and only upwards
    beat_at  when the holder was last alive

A process that takes a line becomes the holder; one that was only slow finds its writes refused from then on, and lets
the call go. Moments here are real time (`datetime.now(UTC)`), never business time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.calls import UNDER_WAY, CallRow


class NotHolder(Exception):
    """Another process has this call now. Write nothing, say nothing, and do not hang up: the call goes on there."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A line was taken. `first`: nobody has ever talked on this call. `answered_at`: zero of the call's clock.
    `before`: who held the call; `silent_since`: when that process was last alive, None if that is not known."""

    first: bool
    answered_at: datetime
    before: str | None
    silent_since: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A call of this holder. `over`: another process was told by the carrier that the call is over. `stopped`: the
    person has opted out by another door."""

    line: int
    over: bool
    stopped: bool = False


async def keep(tx: AsyncConnection, call_id: str, holder: str, now: datetime) -> bool:
    """Take a call over that is not talked on yet (it is being placed, or it rings). False if it is over, or if somebody
    talks already."""
    return await _set(tx, call_id, CallRow.line == 0, holder=holder, beat_at=now)


async def take_line(
    tx: AsyncConnection, call_id: str, holder: str, line: int, now: datetime, moment: datetime
) -> Taken | None:
    """Take line number `line` of the call. None if the call is over, or if this line or a later one has been taken:
    of two who try, one gets it. `moment`: business time, becomes the call's zero if nobody has talked yet."""
    query = select(
        CallRow.state, CallRow.line, CallRow.holder, CallRow.beat_at, CallRow.answered_at, CallRow.placed_at
    ).where(CallRow.id == call_id)
    found = (await tx.execute(query.with_for_update())).first()
    if found is None or found.state not in UNDER_WAY or found.line >= line:
        return None
    first = found.line == 0
    zero = moment if first or found.answered_at is None else found.answered_at
    await tx.execute(
        update(CallRow)
        .where(CallRow.id == call_id)
        .values(holder=holder, line=line, beat_at=now, state="answered", answered_at=zero)
    )
    return Taken(first, zero, found.holder, found.beat_at)


async def require(tx: AsyncConnection, call_id: str, holder: str) -> None:
    """To the end of the transaction nobody else can take the call. Raises `NotHolder`."""
    query = select(CallRow.holder).where(CallRow.id == call_id)
    found = (await tx.execute(query.with_for_update())).first()
    if found is not None and found.holder is not None and found.holder != holder:
        raise NotHolder(f"Call {call_id} is held by another process now.")


async def beat(tx: AsyncConnection, holder: str, call_ids: Collection[str], now: datetime) -> Mapping[str, Held]:
    """Say that the holder is alive, and with it these calls. Gives those that it still holds; others it has lost. One
    that nobody holds is taken on the way."""
    if not call_ids:
        return {}
    mine = (CallRow.id.in_(call_ids), (CallRow.holder == holder) | CallRow.holder.is_(None))
    done = await tx.execute(
        update(CallRow)
        .where(*mine)
        .values(holder=holder, beat_at=now)
        .returning(CallRow.id, CallRow.line, CallRow.over_at, CallRow.stopped_at)
    )
    return {row.id: Held(row.line, row.over_at is not None, row.stopped_at is not None) for row in done}


async def over(tx: AsyncConnection, call_id: str, now: datetime) -> None:
    """The carrier says that the call is over, to a process that does not hold it: the holder finds it with its next
    beat."""
    await tx.execute(
        update(CallRow)
        .where(CallRow.id == call_id, CallRow.state.in_(UNDER_WAY), CallRow.over_at.is_(None))
        .values(over_at=now)
    )


async def line_of(tx: AsyncConnection, call_id: str) -> int:
    """The number of the line that was taken last; 0 if none was."""
    return (await tx.execute(select(CallRow.line).where(CallRow.id == call_id))).scalar_one_or_none() or 0


async def abandoned(
    tx: AsyncConnection, silent_since: datetime, over_since: datetime, placed_before: datetime
) -> Sequence[str]:
    """Calls under way whose holder is dead: it has not been alive since `silent_since`, or since `over_since` if the
    carrier says that the call is over. `placed_before` (business time): for calls of which no process ever said that
    it holds them. Oldest first."""
    alive = CallRow.beat_at
    query = (
        select(CallRow.id)
        .where(
            CallRow.state.in_(UNDER_WAY),
            CallRow.direction.in_(("outbound", "inbound", "browser")),
            (alive < silent_since)
            | (CallRow.over_at.is_not(None) & (alive < over_since))
            | (alive.is_(None) & (CallRow.placed_at < placed_before)),
        )
        .order_by(CallRow.placed_at)
    )
    return [row.id for row in await tx.execute(query)]


async def take_abandoned(tx: AsyncConnection, call_id: str, holder: str, silent_since: datetime, now: datetime) -> bool:
    """Take a call to finish it. False if its holder came back to life, or somebody else was quicker."""
    silent = (CallRow.beat_at < silent_since) | CallRow.beat_at.is_(None)
    return await _set(tx, call_id, silent, holder=holder, beat_at=now)


async def _set(tx: AsyncConnection, call_id: str, condition: object, **values: str | datetime) -> bool:
    done = await tx.execute(
        update(CallRow)
        .where(CallRow.id == call_id, CallRow.state.in_(UNDER_WAY), condition)  # type: ignore[arg-type]
        .values(**values)
        .returning(CallRow.id)
    )
    return done.first() is not None
