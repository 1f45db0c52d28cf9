"""Leads that come in, stored: however many at once, each once, in a handful of statements. What each of them is to the
leads that are there decides `lead_matching`.

Everything of a lead (the lead, its consent evidence, what was sent, its story) is written in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import BindParameter, Select, bindparam, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import consents, suppression
from engine.store.base import Moment, new_id
from engine.store.calls import CallRow
from engine.store.consents import ConsentRow
from engine.store.database import all_at_a_time
from engine.store.lead_matching import (
    SAME_FORM_WINDOW,
    Identity,
    Known,
    Landing,
    Leads,
    Tie,
    attach,
    form_hash,
)
from engine.store.lead_tables import LeadDeliveryRow, LeadRow, NewLead, StoredLead, lead_of, same_person_as
from engine.store.lead_writing import Seal, Writing


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a lead that came in. `lead`: it, or the one that it belongs to. `due`: somebody is to be called
    now because of it."""

    lead: StoredLead
    kind: Literal["new", "repeated", "same_person"]
    due: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """`is_new` is False when this delivery repeats a lead that was already there."""

    lead: StoredLead
    is_new: bool


async def receive(tx: AsyncConnection, lead: NewLead, now: datetime) -> Received:
    """Store one lead, once; nothing is planned for it. For people who bring no form, such as those who call in."""
    (landed,) = await land(tx, [Landing(lead)], now)
    return Received(landed.lead, landed.kind == "new")


async def land(
    tx: AsyncConnection,
    landings: Sequence[Landing],
    now: datetime,
    *,
    accepted_at: datetime | None = None,
    seal: Seal | None = None,
) -> list[Landed]:
    """Store them; the answers in the same order. `accepted_at`: when the transaction will have been committed, as well
    as that can be known before. Without `seal` nothing is kept of what was sent."""
    contents = [form_hash(each.lead) for each in landings]
    pairs = list(zip(landings, contents, strict=True))
    # Locked first, all at once and always in one order: two processes never wait for each other. The dialer locks a
    # person by the same name, so that it never decides by half of what a form brings.
    await all_at_a_time(tx, sorted({key for pair in pairs for key in _locks(*pair)}))
    there = await _leads_of(tx, pairs, now)
    writing = Writing(now, seal)
    landed = []
    for landing, content in pairs:
        match = there.find(landing, content, now)
        if match is None:
            landed.append(_made(there, writing, landing, content, now, accepted_at))
        else:
            landed.append(_attached(there, writing, *match, landing, content, now, accepted_at or now))
    await writing.write(tx)
    return landed


async def complete(
    tx: AsyncConnection, lead_id: str, landing: Landing, now: datetime, *, seal: Seal | None = None
) -> Landed:
    """What the person typed has been fetched for a lead that was `arriving`. It is due from now on, or unusable, or
    turns out to be somebody who is here already: then it is closed, and its form and evidence go to that lead. One
    that is not arriving any more is left alone. Raises LookupError."""
    # Its own name at the source is no sign that the person is here already.
    landing = replace(landing, lead=replace(landing.lead, arriving=False, external_id=None))
    new, content = landing.lead, form_hash(landing.lead)
    await all_at_a_time(tx, sorted({f"complete:{lead_id}", *_locks(landing, content)}))
    found = (await tx.execute(select(LeadRow.__table__).where(LeadRow.id == lead_id))).mappings().first()
    if found is None:
        raise LookupError(f"There is no lead {lead_id}.")
    own = lead_of(found)
    if own.state != "arriving":
        return Landed(own, "repeated")
    there = await _leads_of(tx, [(landing, content)], now)
    writing = Writing(now, seal)
    match = there.find(landing, content, now)
    if match is not None:
        landed = _attached(there, writing, *match, landing, content, now, own.accepted_at or now)
        why = same_person_as(landed.lead.id)
        # Without the number: attempts are counted, and people found, by the lead that has it.
        closed = replace(own, first_name=new.first_name, last_name=new.last_name, state="closed", reason=why)
        writing.change(own, closed)
        writing.tell(lead_id, "fetched", {"why": why, "into": landed.lead.id, "disposition": "duplicate"})
        await writing.write(tx)
        return landed
    why = landing.why_unusable
    lead = replace(
        own,
        first_name=new.first_name,
        last_name=new.last_name,
        phone=new.phone,
        phone_typed=new.phone_typed,
        email=new.email,
        zone=new.zone,
        form=dict(new.form),
        flow_id=new.flow_id or own.flow_id,
        test=new.test,
        submitted_at=new.submitted_at or own.submitted_at,
        state="unusable" if why else "waiting",
        reason=why,
        next_call_at=None if why else landing.call_at,
    )
    writing.change(own, lead, content)
    writing.keep(lead_id, landing, evidence=True, payload=True)
    writing.tell(lead_id, "fetched", {"why": why})
    await writing.write(tx)
    return Landed(lead, "new", due=lead.next_call_at is not None)


def _made(
    there: Leads, writing: Writing, landing: Landing, content: str, now: datetime, accepted_at: datetime | None
) -> Landed:
    new, why = landing.lead, landing.why_unusable
    # A test lead is never fetched either.
    arriving = new.arriving and not new.test
    waiting = not why and not arriving
    lead = StoredLead(
        id=new_id("lead"),
        source=new.source,
        external_id=new.external_id,
        received_at=now,
        flow_id=new.flow_id,
        first_name=new.first_name,
        last_name=new.last_name,
        phone=new.phone,
        phone_typed=new.phone_typed,
        email=new.email,
        zone=new.zone,
        form=dict(new.form),
        state="arriving" if arriving else "waiting" if waiting else "unusable",
        reason="" if arriving else why,
        # Written with the lead, so that a crash right after the answer to the form forgets nobody.
        next_call_at=landing.call_at if waiting else None,
        campaign_id=new.campaign_id,
        source_id=new.source_id,
        test=new.test,
        submitted_at=new.submitted_at,
        webhook_at=new.webhook_at,
        accepted_at=accepted_at,
    )
    writing.make(lead, content)
    writing.keep(lead.id, landing, evidence=True, payload=True)
    writing.tell(lead.id, "came_in", {"source": new.source, "source_id": new.source_id, "why": lead.reason})
    known = Known(lead, [landing.evidence] if landing.evidence else [])
    there.add(known, [landing.identity] if landing.identity else [], [(content, now)])
    return Landed(lead, "new", due=lead.next_call_at is not None)


def _attached(
    there: Leads,
    writing: Writing,
    known: Known,
    tie: Tie,
    landing: Landing,
    content: str,
    now: datetime,
    accepted_at: datetime,
) -> Landed:
    attached = attach(known, landing, tie, accepted_at)
    new, lead_id = landing.lead, attached.lead.id
    merged = attached.kind == "same_person"
    writing.deliver(attached, landing, content)
    writing.keep(lead_id, landing, evidence=attached.adds_evidence, payload=merged)
    if merged:
        writing.change(known.lead, attached.lead)
    other_name = merged and bool(new.first_name) and new.first_name.casefold() != attached.lead.first_name.casefold()
    writing.tell(
        lead_id,
        "merged" if merged else "repeated",
        {
            "source": new.source,
            "source_id": new.source_id,
            "why": attached.why,
            "disposition": attached.disposition,
            "filled": list(attached.filled),
            "consent_added": attached.adds_evidence or None,
            "other_name": other_name or None,
        },
    )
    known.lead = attached.lead
    if attached.adds_evidence and landing.evidence is not None:
        known.evidence.append(landing.evidence)
    there.add(known, [landing.identity] if landing.identity else [], [(content, now)])
    return Landed(attached.lead, attached.kind, attached.due)


def _locks(landing: Landing, content: str) -> list[str]:
    """What a lead can be known by. The same content is always that of the same number, if there is one."""
    lead = landing.lead
    return [
        f"dial:{lead.phone}" if lead.phone else f"lead:{content}",
        *([f"lead:{':'.join(landing.identity)}"] if landing.identity is not None else []),
        *([f"mail:{lead.email}"] if lead.email else []),
    ]


async def _leads_of(tx: AsyncConnection, pairs: Sequence[tuple[Landing, str]], now: datetime) -> Leads:
    """The leads that any of these may belong to, with all that decides about them."""
    there = Leads()
    found = await tx.execute(_KNOWN, _parameters(pairs, now))
    rows = list(found.mappings())
    if not rows:
        return there
    for row in rows:
        lead = lead_of(row)
        own = [(lead.source, lead.source_id or "", lead.external_id)] if lead.external_id is not None else []
        there.add(Known(lead), own, [(row["form_hash"], lead.received_at)])
    ids = [row["id"] for row in rows]
    for delivery in await tx.execute(select(LeadDeliveryRow.__table__).where(LeadDeliveryRow.lead_id.in_(ids))):
        name: list[Identity] = (
            [(delivery.source, delivery.source_id or "", delivery.external_id)] if delivery.external_id else []
        )
        forms = [(delivery.form_hash, delivery.received_at)] if delivery.form_hash else []
        there.add(there[delivery.lead_id], name, forms)
    evidence = await tx.execute(select(ConsentRow.__table__).where(ConsentRow.lead_id.in_(ids)))
    for row in evidence.mappings():
        there[row["lead_id"]].evidence.append(consents.evidence_of(row))
    calls = select(CallRow.lead_id, func.count()).where(CallRow.lead_id.in_(ids), CallRow.test.is_(False))
    for called in await tx.execute(calls.group_by(CallRow.lead_id)):
        there[str(called[0])].calls = called[1]
    # Only of those that a form could bring back: the list may be asked by slow hashes.
    numbers = {landing.lead.email or "": landing.lead.phone for landing, _ in pairs}
    for known in there:
        phone = known.lead.phone or numbers.get(known.lead.email or "")
        if phone and known.lead.next_call_at is None and not known.calls:
            known.suppressed = await suppression.contains(tx, phone)
    return there


def _parameters(pairs: Sequence[tuple[Landing, str]], now: datetime) -> dict[str, object]:
    persons = [landing for landing, _ in pairs if landing.same_person and landing.lead.phone]
    return {
        "names": _padded(landing.lead.external_id for landing, _ in pairs),
        "contents": _padded(content for _, content in pairs),
        "minutes_ago": now - SAME_FORM_WINDOW,
        "phones": _padded(each.lead.phone for each in persons),
        "emails": _padded(each.lead.email for each in persons),
        "hours_ago": now - max((each.same_person for each in persons), default=timedelta(0)),
    }


def _padded(values: Iterable[str | None]) -> list[str]:
    """As many as a power of two, so that there are few statements to prepare; '' is nobody's."""
    known = sorted({value for value in values if value})
    return known + [""] * ((1 << max(0, len(known) - 1).bit_length()) - len(known))


def _those_known() -> Select[tuple[object, ...]]:
    lead, delivery = LeadRow, LeadDeliveryRow
    names: BindParameter[str] = bindparam("names", expanding=True)
    contents: BindParameter[str] = bindparam("contents", expanding=True)
    minutes_ago, hours_ago = bindparam("minutes_ago", type_=Moment()), bindparam("hours_ago", type_=Moment())
    by = [
        select(lead.id).where(lead.external_id.in_(names)),
        select(delivery.lead_id).where(delivery.external_id.in_(names)),
        select(lead.id).where(lead.form_hash.in_(contents), lead.received_at >= minutes_ago),
        select(delivery.lead_id).where(delivery.form_hash.in_(contents), delivery.received_at >= minutes_ago),
        select(lead.id).where(lead.phone.in_(bindparam("phones", expanding=True)), lead.received_at > hours_ago),
        select(lead.id).where(
            lead.phone.is_(None), lead.email.in_(bindparam("emails", expanding=True)), lead.received_at > hours_ago
        ),
    ]
    return select(lead.__table__).where(lead.id.in_(union_all(*by)))


_KNOWN: Final = _those_known()
