"""The one way in for leads of every source: what arrives together is committed together, then everybody is answered.

    take_in ──┐                                     ┌──> Intake
    take_in ──┼── queue ── one transaction ── commit┼──> Intake
    take_in ──┘                                     └──> Intake

Who hung up meanwhile loses no lead: what was handed over is committed whoever waits for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.campaigns import Campaign, CampaignRefused, read
from engine.clock import Clock
from engine.leads.arrived import Arrived
from engine.observe.metrics import METRICS
from engine.store import Database, DatabaseDown, campaigns, leads
from engine.store.base import storable
from engine.store.connections import WrongKey
from engine.store.lead_landing import Landed, land
from engine.store.lead_matching import Landing
from engine.store.lead_payloads import Seal
from engine.store.leads import StoredLead

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
"""Leads of one transaction at most."""

GATHER_S: Final = 0.003
"""So long the first lead waits for others; later ones gather while a transaction is being committed."""

WAITING_AT_MOST: Final = 3_000
"""Leads that wait for the database at most: beyond, senders are told to come again, before memory is full of them."""

NO_CONSENT: Final = "No consent to be called came with this lead."

_CIRCLES: Final = ("40P01", "40001")
"""SQLSTATE of a deadlock and of a conflict. Nothing was stored, and it goes well when it is sent again."""

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_DAYS_BEFORE: Final = timedelta(days=400)
_ID_AT_MOST: Final = 255
_FRESH_S: Final = 1.0
"""So long a campaign is not looked at again, as its sources are (`engine.api.doors.door`)."""


@dataclass(frozen=True, slots=True)
class Intake:
    """`is_new` is False for what was here before. `merged`: it is another form of somebody who is here already, and was
    added to that lead. Nobody is called twice for either."""

    lead: StoredLead
    is_new: bool
    merged: bool = False


@dataclass(frozen=True, slots=True)
class _Terms:
    """How leads of a campaign are taken in; by default of those without one. `dials`: somebody is called for them."""

    same_person: timedelta = timedelta(hours=Campaign(flow_id="").same_person_hours)
    dials: bool = True


_DEFAULT: Final = _Terms()


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrived: Arrived
    answer: asyncio.Future[Intake]


class Inlet:
    """One for a process; several processes may work on one database. `seal`: of what was sent; without it nothing is
    kept of that. `wake`: called after a commit that brought somebody to call."""

    def __init__(
        self, database: Database, clock: Clock, seal: Seal | None = None, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._wake = wake
        self._queue: list[_Waiting] = []
        self._work: asyncio.Task[None] | None = None
        self._commit_s = 0.0
        self._told = False
        self._terms: dict[str, tuple[float, _Terms]] = {}

    async def take_in(self, arrived: Arrived) -> Intake:
        """Committed when it returns, and kept even if the caller is cancelled meanwhile. An unusable lead is kept too,
        with the reason. Raises `DatabaseDown`; nothing of this lead was stored then."""
        if len(self._queue) >= WAITING_AT_MOST:
            raise DatabaseDown(f"More than {WAITING_AT_MOST} leads wait for the database.")
        answer: asyncio.Future[Intake] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(arrived, answer))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._commit_all())
        return await asyncio.shield(answer)

    async def complete(self, tx: AsyncConnection, lead_id: str, arrived: Arrived) -> Intake:
        """What the person typed has been fetched for a lead that was stored as `arriving`; see
        `engine.store.leads.complete`. Part of the caller's transaction; after its commit `woken` is to be called.
        Raises LookupError."""
        now = self._clock.now()
        landing = _landing(arrived, await self._terms_of(tx, arrived), now)
        landed = await leads.complete(tx, lead_id, landing, now, seal=self._sealed())
        _count(arrived, landed)
        return _intake(landed)

    def woken(self) -> None:
        """Somebody is to be called."""
        self._wake()

    async def close(self) -> None:
        """What was handed over is committed first."""
        if self._work is not None:
            await self._work

    async def _commit_all(self) -> None:
        # What is about to arrive goes along: a transaction costs as much as several leads.
        await asyncio.sleep(GATHER_S)
        while self._queue:
            batch, self._queue = self._queue[:AT_ONCE], self._queue[AT_ONCE:]
            await self._commit(batch)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            landed = await self._keep([each.arrived for each in batch])
        except Exception as problem:
            if len(batch) > 1 and not isinstance(problem, DatabaseDown):
                # One that cannot be kept does not take the others with it.
                log.warning("%d leads are stored one by one: together they failed (%s)", len(batch), _kind(problem))
                for each in batch:
                    await self._commit([each])
                return
            if getattr(getattr(problem, "orig", None), "sqlstate", "") in _CIRCLES:
                problem = DatabaseDown("Two transactions waited for each other; the database ended one of them.")
            for each in batch:
                if not each.answer.done():
                    each.answer.set_exception(problem)
                    each.answer.exception()  # whoever waited may be gone
            return
        for waiting, end in zip(batch, landed, strict=True):
            _count(waiting.arrived, end)
            if not waiting.answer.done():
                waiting.answer.set_result(_intake(end))

    async def _keep(self, batch: Sequence[Arrived]) -> list[Landed]:
        async with self._database.begin() as tx:
            began, now = time.monotonic(), self._clock.now()
            terms = [await self._terms_of(tx, each) for each in batch]
            landings = [_landing(each, of_it, now) for each, of_it in zip(batch, terms, strict=True)]
            # When a commit is done can only be known after it: as long as those before took, this one will take.
            accepted_at = now + timedelta(seconds=self._commit_s)
            landed = await land(tx, landings, now, accepted_at=accepted_at, seal=self._sealed())
        self._commit_s += (time.monotonic() - began - self._commit_s) / 8
        if any(each.due and of_it.dials for each, of_it in zip(landed, terms, strict=True)):
            self._wake()
        return landed

    async def _terms_of(self, tx: AsyncConnection, arrived: Arrived) -> _Terms:
        campaign_id = arrived.lead.campaign_id
        if campaign_id is None:
            return _DEFAULT
        looked_at, terms = self._terms.get(campaign_id, (-math.inf, _DEFAULT))
        if time.monotonic() - looked_at < _FRESH_S:
            return terms
        stored = await campaigns.read(tx, campaign_id)
        try:
            if stored is not None:
                hours = read(stored.document).same_person_hours
                terms = _Terms(timedelta(hours=hours), dials=stored.state == "on")
        except CampaignRefused:
            terms = _DEFAULT  # nobody is called by it until it is put right; the lead is kept
        self._terms[campaign_id] = time.monotonic(), terms
        return terms

    def _sealed(self) -> Callable[[str, bytes], bytes] | None:
        if self._seal is None:
            return None
        try:
            self._seal.ready()
        except WrongKey as problem:
            # The lead is worth more than the copy of its request.
            if not self._told:
                log.error("What lead sources send is not kept. %s", problem)  # noqa: TRY400  the message says all
            self._told = True
            return None
        return self._seal.seal


def _landing(arrived: Arrived, terms: _Terms, now: datetime) -> Landing:
    lead, evidence = arrived.lead, arrived.evidence
    lead = replace(
        lead,
        external_id=_name(lead.external_id),
        webhook_at=lead.webhook_at or now,
        submitted_at=_plausible(lead.submitted_at, now),
    )
    if evidence is not None:
        evidence = replace(evidence, given_at=_storable_moment(evidence.given_at))
    if (evidence is None or evidence.level == "none") and not lead.unusable and not lead.arriving:
        lead = replace(lead, unusable=NO_CONSENT)
    return Landing(
        lead=lead,
        evidence=evidence,
        same_person=terms.same_person,
        call_at=now,
        payload=arrived.payload,
        content_type=storable(arrived.content_type),
    )


def _name(external_id: str | None) -> str | None:
    """As it can be stored. Of one that is too long the end stands for the rest: two must not become one."""
    name = storable(external_id or "").strip()
    if len(name) > _ID_AT_MOST:
        digest = hashlib.sha256(name.encode()).hexdigest()
        return f"{name[: _ID_AT_MOST - len(digest) - 1]} {digest}"
    return name or None


def _plausible(submitted_at: datetime | None, now: datetime) -> datetime | None:
    """When the person sent the form, unless a clock was set wrong: it would falsify how fast they were called."""
    moment = _storable_moment(submitted_at)
    return moment if moment and -_CLOCKS_DIFFER <= now - moment <= _DAYS_BEFORE else None


def _storable_moment(moment: datetime | None) -> datetime | None:
    """None for one without a zone, and for one that in UTC would lie before the year 1 or after 9999."""
    if moment is None or moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _count(arrived: Arrived, landed: Landed) -> None:
    source = arrived.lead.source
    if landed.kind == "new":
        METRICS.add("leads_received", source=source)
        if landed.lead.state == "unusable":
            METRICS.add("leads_unusable", source=source)
    else:
        METRICS.add("leads_repeated" if landed.kind == "repeated" else "leads_merged", source=source)


def _intake(landed: Landed) -> Intake:
    return Intake(landed.lead, landed.kind == "new", landed.kind == "same_person")


def _kind(problem: Exception) -> str:
    """Without its words, which may quote what people typed."""
    cause = getattr(problem, "orig", None) or problem
    return type(cause).__name__
