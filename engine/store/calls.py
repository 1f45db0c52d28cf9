"""Calls: one row each from the moment it is placed, the result when it is over, and the turns that were spoken.

A call only moves forward (placed, ringing, answered, then finished or failed): a webhook that comes late or twice
changes nothing. `finish` writes row, turns and result in the caller's transaction, to which the outbox row is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, cast

from sqlalchemy import Boolean, ForeignKey, Index, RowMapping, String, delete, false, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.compliance.case import LEAST_MARGIN_MIN
from engine.sdk import CallResult, Json
from engine.sdk.result import TranscriptTurn
from engine.store import suppression
from engine.store.base import Base, Document, Key
from engine.store.database import one_at_a_time

CallState = Literal["placed", "ringing", "answered", "finished", "failed"]
Direction = Literal["outbound", "inbound", "browser", "text"]

PERMISSION_LASTS: Final = timedelta(minutes=LEAST_MARGIN_MIN)
"""A decision allows a request to the carrier for so long, no longer than calling ends before the hours of the law."""

UNDER_WAY: Final[tuple[CallState, ...]] = ("placed", "ringing", "answered")


class CallRow(Base):
    __tablename__ = "call"
    __table_args__ = (
        Index(None, "placed_at"),
        Index(None, "ended_at"),
        Index(None, "state", "placed_at"),
        Index(None, "to_number", "placed_at"),
        # One attempt is dialled once, whoever else wants to dial it.
        Index(
            "uq_call_attempt",
            "lead_id",
            "attempt",
            unique=True,
            sqlite_where=text("direction = 'outbound'"),
            postgresql_where=text("direction = 'outbound'"),
        ),
    )

    id: Mapped[Key]
    lead_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("lead.id", ondelete="SET NULL"))
    flow_id: Mapped[str] = mapped_column(String(64), index=True)
    flow_version: Mapped[int]
    direction: Mapped[str] = mapped_column(String(16))
    # Held with a draft, to try it out: see `engine.store.draft_calls`.
    test: Mapped[bool] = mapped_column(Boolean, server_default=false())
    attempt: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    carrier_uuid: Mapped[str | None] = mapped_column(String(64), unique=True)
    person: Mapped[str]
    from_number: Mapped[str] = mapped_column(String(20))
    to_number: Mapped[str] = mapped_column(String(20))
    placed_at: Mapped[datetime]
    ringing_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    duration_s: Mapped[float | None]
    form_to_ring_ms: Mapped[int | None]
    answered_by: Mapped[str]
    ended_by: Mapped[str]
    disposition: Mapped[str | None] = mapped_column(String(64), index=True)
    reason: Mapped[str | None]
    qualified: Mapped[bool | None]
    problem: Mapped[str]
    recording: Mapped[str | None]
    result: Mapped[Json] = mapped_column(Document(), nullable=True)
    # Which process holds the call: see `engine.store.holds`.
    holder: Mapped[str | None] = mapped_column(String(64))
    line: Mapped[int] = mapped_column(server_default="0")
    beat_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    # By which version of which campaign it was dialled, and why it was allowed: the document of the decision.
    campaign_id: Mapped[str | None] = mapped_column(String(64), index=True)
    campaign_revision: Mapped[int | None]
    decision: Mapped[Json] = mapped_column(Document(), nullable=True)
    # What has to stay of the result as proof when its words have been deleted: see `engine.store.retention`.
    evidence: Mapped[Json] = mapped_column(Document(), nullable=True)
    # Stages: allowed, the carrier was asked, the person's hello was over, our first word was on the line.
    permitted_at: Mapped[datetime | None]
    requested_at: Mapped[datetime | None]
    greeted_at: Mapped[datetime | None]
    first_word_at: Mapped[datetime | None]
    # The person opted out by another door while it was placed, rang or was talked on: see `engine.store.stopping`.
    stopped_at: Mapped[datetime | None]


class TurnRow(Base):
    __tablename__ = "turn"

    call_id: Mapped[str] = mapped_column(String(64), ForeignKey("call.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    who: Mapped[str] = mapped_column(String(16))
    text: Mapped[str]
    heard: Mapped[str | None]
    at_ms: Mapped[int]


class AlreadyPlaced(Exception):
    """This attempt for this lead has been dialled (or this call id is taken). Do not dial."""


class CallMissing(Exception):
    """There is no call of that id."""


class Withdrawn(Exception):
    """The carrier must not be asked for this call any more. The message says why, for people."""


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call about to be placed. Numbers are E.164; empty for browser and text calls. `person`: name for lists.
    `holder`: the process that places it, see `engine.store.holds`. `test`: held with a draft, to try it out.
    `campaign_id`, `campaign_revision`: how it is made. `decision`: why it is allowed, as a document; None if nobody had
    to decide."""

    id: str
    flow_id: str
    flow_version: int
    lead_id: str | None = None
    direction: Direction = "outbound"
    attempt: int = 1
    person: str = ""
    from_number: str = ""
    to_number: str = ""
    holder: str | None = None
    test: bool = False
    campaign_id: str | None = None
    campaign_revision: int | None = None
    decision: Json = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call for lists and status pages; what was said and found out is in its `result`. Times in UTC.

    `problem`: in plain words, for a call that failed. `form_to_ring_ms`: from the lead's arrival to the first ring.
    `test`: held with a draft, to try it out; its `flow_version` is 0. Stages, besides those that the carrier tells:
    `permitted_at`: the policy allowed it, `requested_at`: the carrier was asked, `greeted_at`: the person's hello was
    over, `first_word_at`: our first word was on the line.
    """

    id: str
    lead_id: str | None
    flow_id: str
    flow_version: int
    direction: Direction
    test: bool
    attempt: int
    state: CallState
    carrier_uuid: str | None
    person: str
    from_number: str
    to_number: str
    placed_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    form_to_ring_ms: int | None
    answered_by: str
    ended_by: str
    disposition: str | None
    reason: str | None
    qualified: bool | None
    problem: str
    recording: str | None
    campaign_id: str | None = None
    campaign_revision: int | None = None
    permitted_at: datetime | None = None
    requested_at: datetime | None = None
    greeted_at: datetime | None = None
    first_word_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls to list; None means any. `since`, `until` bound `placed_at` (until is not included). `test`: calls
    that tried out a draft, or real ones (the default: whoever counts calls means these)."""

    flow_id: str | None = None
    lead_id: str | None = None
    to_number: str | None = None
    state: CallState | None = None
    disposition: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    test: bool | None = False


_UNLISTED: Final = {"result", "holder", "line", "beat_at", "over_at", "decision", "evidence", "stopped_at"}
_COLUMNS: Final = [column for column in CallRow.__table__.columns if column.name not in _UNLISTED]


async def place(tx: AsyncConnection, call: NewCall, now: datetime) -> None:
    """Record that the call is about to be placed. Commit this *before* the carrier is asked, so that a call which rings
    is known here. Raises `AlreadyPlaced`."""
    await one_at_a_time(tx, f"attempt:{call.lead_id}:{call.attempt}")
    query = select(CallRow.id).where(CallRow.id == call.id)
    if call.lead_id is not None and call.direction == "outbound":
        query = select(CallRow.id).where(
            (CallRow.id == call.id)
            | (
                (CallRow.lead_id == call.lead_id)
                & (CallRow.attempt == call.attempt)
                & (CallRow.direction == "outbound")
            )
        )
    if (there := (await tx.execute(query)).first()) is not None:
        raise AlreadyPlaced(f"Attempt {call.attempt} for lead {call.lead_id} is call {there.id} already.")
    await tx.execute(
        insert(CallRow).values(
            id=call.id,
            lead_id=call.lead_id,
            flow_id=call.flow_id,
            flow_version=call.flow_version,
            direction=call.direction,
            attempt=call.attempt,
            state="placed",
            person=call.person,
            from_number=call.from_number,
            to_number=call.to_number,
            placed_at=now,
            holder=call.holder,
            test=call.test,
            beat_at=datetime.now(UTC) if call.holder else None,
            campaign_id=call.campaign_id,
            campaign_revision=call.campaign_revision,
            decision=call.decision,
            permitted_at=now if call.decision is not None else None,
            answered_by="",
            ended_by="",
            problem="",
        )
    )


async def requesting(tx: AsyncConnection, call_id: str, now: datetime) -> None:
    """The last gate, right before every request to the carrier: to the end of the transaction nobody with this number
    can opt out or be claimed. Commit it, then ask at once. Raises `Withdrawn`: nothing may be asked.

    A call that was asked for is never taken for one that was not, whoever dies: its moment is written here, first."""
    found = (await tx.execute(select(CallRow.to_number).where(CallRow.id == call_id))).first()
    if found is None:
        raise Withdrawn("The call is not there any more.")
    await one_at_a_time(tx, f"dial:{found.to_number}")
    query = select(CallRow.state, CallRow.requested_at, CallRow.permitted_at, CallRow.problem)
    row = (await tx.execute(query.where(CallRow.id == call_id))).first()
    if row is None or row.state != "placed":
        problem = row.problem if row is not None else ""
        raise Withdrawn(problem or "The call was called off before the carrier was asked.")
    if (listed := await suppression.read(tx, found.to_number)) is not None:
        raise Withdrawn(f"Nobody was rung: the number came on the do-not-call list meanwhile ({listed.reason}).")
    if row.permitted_at is not None and now - row.permitted_at > PERMISSION_LASTS:
        raise Withdrawn("The carrier took no call for so long that it has to be asked anew whether we may call.")
    if row.requested_at is None:
        await tx.execute(update(CallRow).where(CallRow.id == call_id).values(requested_at=now))


async def accepted(tx: AsyncConnection, call_id: str, carrier_uuid: str) -> bool:
    """The carrier took the call and named it. False if the person has opted out meanwhile: hang it up at once."""
    done = await tx.execute(
        update(CallRow).where(CallRow.id == call_id).values(carrier_uuid=carrier_uuid).returning(CallRow.stopped_at)
    )
    return done.scalar_one_or_none() is None


async def ringing(tx: AsyncConnection, call_id: str, at: datetime, form_to_ring_ms: int | None = None) -> bool:
    """False if the call had got further already: then only the time is kept, if none is."""
    if await _move(tx, call_id, ("placed",), state="ringing", ringing_at=at, form_to_ring_ms=form_to_ring_ms):
        return True
    await tx.execute(
        update(CallRow)
        .where(CallRow.id == call_id, CallRow.ringing_at.is_(None))
        .values(ringing_at=at, form_to_ring_ms=form_to_ring_ms)
    )
    return False


async def answered(tx: AsyncConnection, call_id: str, at: datetime, answered_by: str = "person") -> bool:
    """False if the call had got further already."""
    return await _move(tx, call_id, ("placed", "ringing"), state="answered", answered_at=at, answered_by=answered_by)


NOT_PLACED: Final = "not_placed"
"""Reason of a failed call of which the carrier surely knows nothing: nobody's phone has rung."""


async def failed(
    tx: AsyncConnection, call_id: str, at: datetime, disposition: str, problem: str = "", reason: str | None = None
) -> bool:
    """The call came to nothing before anybody spoke, or its process died. `problem`: in plain words; `reason`: a code.
    False if it was over already."""
    return await _move(
        tx,
        call_id,
        UNDER_WAY,
        state="failed",
        ended_at=at,
        disposition=disposition,
        problem=problem,
        reason=reason,
        ended_by="failure",
    )


async def finish(tx: AsyncConnection, result: CallResult) -> bool:
    """Write the result, the listing's columns and the turns. False if the call was finished before (then nothing
    changes, and no outbox row must be added). A call marked `failed` may still be finished by a late result.
    Raises `CallMissing`."""
    call, outcome = result.call, result.outcome
    columns = {
        "ended_at": call.ended_at or result.occurred_at,
        "duration_s": call.duration_s,
        "answered_by": call.answered_by,
        "ended_by": call.ended_by,
        "disposition": outcome.disposition,
        "reason": outcome.reason,
        "qualified": outcome.qualified,
        "recording": result.recording.path,
        "result": result.model_dump(mode="json", by_alias=True),
    }
    if call.answered_at is not None:
        columns["answered_at"] = call.answered_at
    for name in ("ringing_at", "greeted_at", "first_word_at", "form_to_ring_ms"):
        # Written when it happened; what the database missed then is made good now.
        if (value := getattr(call, name)) is not None:
            columns[name] = value
    done = await tx.execute(
        update(CallRow)
        .where(CallRow.id == call.id, CallRow.state != "finished")
        .values(state="finished", **columns)
        .returning(CallRow.id)
    )
    if done.first() is None:
        if (await tx.execute(select(CallRow.id).where(CallRow.id == call.id))).first() is None:
            raise CallMissing(f"There is no call {call.id} to finish: it was never placed here.")
        return False
    turns = [
        {
            "call_id": call.id,
            "number": number,
            "who": turn.who,
            "text": turn.text,
            "heard": turn.heard,
            "at_ms": turn.at_ms,
        }
        for number, turn in enumerate(result.transcript, start=1)
    ]
    if turns:
        await tx.execute(insert(TurnRow), turns)
    return True


async def read(tx: AsyncConnection, call_id: str) -> CallRecord | None:
    found = (await tx.execute(select(*_COLUMNS).where(CallRow.id == call_id))).mappings().first()
    return _record(found) if found else None


async def by_carrier(tx: AsyncConnection, carrier_uuid: str) -> CallRecord | None:
    """The call of which the carrier speaks."""
    found = (await tx.execute(select(*_COLUMNS).where(CallRow.carrier_uuid == carrier_uuid))).mappings().first()
    return _record(found) if found else None


async def decision(tx: AsyncConnection, call_id: str) -> Json:
    """Why it was allowed, as a document (`engine.compliance.Decision.document`); None if nobody had to decide."""
    found = (await tx.execute(select(CallRow.decision).where(CallRow.id == call_id))).first()
    return cast(Json, found.decision) if found else None


async def result(tx: AsyncConnection, call_id: str) -> CallResult | None:
    """The result of a finished call; None while it is under way or if it failed."""
    found = (await tx.execute(select(CallRow.result).where(CallRow.id == call_id))).first()
    return CallResult.model_validate(found.result) if found and found.result else None


async def proof(tx: AsyncConnection, call_id: str) -> tuple[Json, Json]:
    """Why the call was allowed (the document of the decision), and what stays of its result when the words are gone;
    None where there is none."""
    found = (await tx.execute(select(CallRow.decision, CallRow.evidence).where(CallRow.id == call_id))).first()
    return (found.decision, found.evidence) if found else (None, None)


async def turns(tx: AsyncConnection, call_id: str) -> Sequence[TranscriptTurn]:
    """What was said, in order."""
    query = select(TurnRow.__table__).where(TurnRow.call_id == call_id).order_by(TurnRow.number)
    return [
        TranscriptTurn(who=cast(Literal["caller", "agent"], row.who), text=row.text, at_ms=row.at_ms, heard=row.heard)
        for row in await tx.execute(query)
    ]


async def recent(
    tx: AsyncConnection, where: CallFilter = CallFilter(), limit: int = 50, before: CallRecord | None = None
) -> Sequence[CallRecord]:
    """Newest first. `before`: the last record of the page before."""
    query = select(*_COLUMNS).order_by(CallRow.placed_at.desc(), CallRow.id.desc()).limit(limit)
    for column, wanted in (
        (CallRow.flow_id, where.flow_id),
        (CallRow.lead_id, where.lead_id),
        (CallRow.to_number, where.to_number),
        (CallRow.state, where.state),
        (CallRow.disposition, where.disposition),
        (CallRow.test, where.test),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if where.since is not None:
        query = query.where(CallRow.placed_at >= where.since)
    if where.until is not None:
        query = query.where(CallRow.placed_at < where.until)
    if before is not None:
        query = query.where(
            (CallRow.placed_at < before.placed_at)
            | ((CallRow.placed_at == before.placed_at) & (CallRow.id < before.id))
        )
    return [_record(row) for row in (await tx.execute(query)).mappings()]


async def under_way(tx: AsyncConnection) -> Sequence[CallRecord]:
    """Calls that are not over, oldest first: live pages, and the clearing up after a crash."""
    query = select(*_COLUMNS).where(CallRow.state.in_(UNDER_WAY)).order_by(CallRow.placed_at)
    return [_record(row) for row in (await tx.execute(query)).mappings()]


async def forget_words(tx: AsyncConnection, call_id: str, evidence: Json = None) -> None:
    """Take out what was said and found out (turns, result, recording's address); who was called when stays, and
    `evidence` takes the place of the result."""
    await tx.execute(delete(TurnRow).where(TurnRow.call_id == call_id))
    await tx.execute(
        update(CallRow).where(CallRow.id == call_id).values(result=None, recording=None, evidence=evidence)
    )


async def forget_person(tx: AsyncConnection, call_id: str) -> None:
    """Take out who it was, too: names, numbers, and why the call was allowed. The bare facts stay for the figures."""
    gone = {"person": "", "from_number": "", "to_number": "", "lead_id": None, "decision": None, "evidence": None}
    await tx.execute(update(CallRow).where(CallRow.id == call_id).values(**gone))


async def _move(
    tx: AsyncConnection, call_id: str, allowed: tuple[CallState, ...], **values: str | datetime | int | None
) -> bool:
    moved = await tx.execute(
        update(CallRow).where(CallRow.id == call_id, CallRow.state.in_(allowed)).values(**values).returning(CallRow.id)
    )
    return moved.first() is not None


def _record(row: RowMapping) -> CallRecord:
    return CallRecord(
        id=row["id"],
        lead_id=row["lead_id"],
        flow_id=row["flow_id"],
        flow_version=row["flow_version"],
        direction=cast(Direction, row["direction"]),
        test=row["test"],
        attempt=row["attempt"],
        state=cast(CallState, row["state"]),
        carrier_uuid=row["carrier_uuid"],
        person=row["person"],
        from_number=row["from_number"],
        to_number=row["to_number"],
        placed_at=row["placed_at"],
        ringing_at=row["ringing_at"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        duration_s=row["duration_s"],
        form_to_ring_ms=row["form_to_ring_ms"],
        answered_by=row["answered_by"],
        ended_by=row["ended_by"],
        disposition=row["disposition"],
        reason=row["reason"],
        qualified=row["qualified"],
        problem=row["problem"],
        recording=row["recording"],
        campaign_id=row["campaign_id"],
        campaign_revision=row["campaign_revision"],
        permitted_at=row["permitted_at"],
        requested_at=row["requested_at"],
        greeted_at=row["greeted_at"],
        first_word_at=row["first_word_at"],
    )
