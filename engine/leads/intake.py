"""Keeping a lead that has come in: once, with its evidence, and due to be called; all in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.leads.website import Submission
from engine.store import Database, consents, leads
from engine.store.leads import StoredLead


@dataclass(frozen=True, slots=True)
class Intake:
    """`is_new` is False for a form that was here before: nothing was changed by it, and nobody is called twice."""

    lead: StoredLead
    is_new: bool


async def take_in(database: Database, submission: Submission, now: datetime) -> Intake:
    """Committed when it returns. An unusable lead is kept too, with the reason. Raises `DatabaseDown`."""
    async with database.begin() as tx:
        received = await leads.receive(tx, submission.lead, now)
        if received.is_new:
            await consents.add(tx, received.lead.id, submission.evidence, now)
            if received.lead.state == "waiting":
                # Written with the lead, so that a crash right after the answer to the form forgets nobody.
                await leads.plan_call(tx, received.lead.id, now)
    return Intake(received.lead, received.is_new)
