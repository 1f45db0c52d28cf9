"""Deletes what its campaign does not keep any longer: first the sound of a call, then its words, then the person.

Any number of processes may run it: what is deleted twice is gone once. A file goes before the row that names it, so
that a process that dies in between leaves nothing that nobody knows of.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from engine.campaigns.model import Campaign, Keep
from engine.clock import Clock
from engine.observe.metrics import METRICS
from engine.privacy.files import delete_recordings
from engine.store import Database, DatabaseDown, calls, campaigns, legal_holds, retention
from engine.store.calls import CallFilter

log = logging.getLogger(__name__)

EVERY_S: Final = 600.0
AT_ONCE: Final = 50
"""So many calls or leads are deleted in one transaction."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For the calls and leads of one campaign: what ended, or came in, before these moments is not kept."""

    recording: datetime
    words: datetime
    lead: datetime


def limits(keep: Keep, now: datetime) -> Limits:
    """Words are never kept longer than the record of the call, nor sound longer than words. Pure."""
    record = timedelta(days=keep.record_days)
    words = min(timedelta(days=keep.transcript_days), record)
    return Limits(now - min(timedelta(days=keep.audio_days), words), now - words, now - record)


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much one round has deleted."""

    recordings: int = 0
    words: int = 0
    leads: int = 0


class RetentionKeeper:
    """`folder`: of the recordings."""

    def __init__(self, database: Database, folder: Path, clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                deleted = await self.round()
                if deleted != Deleted():
                    log.info(
                        "No longer kept, as their campaigns say: %d recordings, the words of %d calls, %d leads",
                        deleted.recordings,
                        deleted.words,
                        deleted.leads,
                    )
            except DatabaseDown as down:
                log.warning("Nothing can be deleted now. %s", down)
            except Exception:
                log.exception("Deleting what is no longer kept failed; it is tried again")
            await asyncio.sleep(EVERY_S)

    async def round(self) -> Deleted:
        """Everything that is due now. Raises `DatabaseDown`."""
        now = self._clock.now()
        async with self._database.read() as tx:
            known = await campaigns.all_of_them(tx)
        keeps: dict[str | None, Keep] = {None: Keep()}
        for each in known:
            try:
                keeps[each.id] = Campaign.model_validate(each.document).keep
            except ValidationError:
                log.warning("The campaign '%s' cannot be read: nothing of it is deleted.", each.id)
        recordings = words = people = 0
        for campaign_id, keep in keeps.items():
            due = limits(keep, now)
            recordings += await self._calls("recording", campaign_id, due.recording, f"kept {keep.audio_days} days")
            words += await self._calls("words", campaign_id, due.words, f"kept {keep.transcript_days} days")
            people += await self._leads(campaign_id, due.lead, f"kept {keep.record_days} days")
        METRICS.add("recordings_deleted", recordings)
        METRICS.add("leads_deleted", people)
        return Deleted(recordings, words, people)

    async def _calls(
        self, part: Literal["recording", "words"], campaign_id: str | None, before: datetime, why: str
    ) -> int:
        done = 0
        while True:
            async with self._database.begin() as tx:
                await legal_holds.nothing_changes(tx)
                due = await retention.calls_due(tx, part, campaign_id, before, AT_ONCE)
                await delete_recordings((each.recording for each in due), self._folder)
                for each in due:
                    forget = retention.forget_recording if part == "recording" else retention.forget_words
                    await forget(tx, each.id, why, self._clock.now())
            done += len(due)
            if len(due) < AT_ONCE:
                return done

    async def _leads(self, campaign_id: str | None, before: datetime, why: str) -> int:
        done = 0
        while True:
            async with self._database.begin() as tx:
                await legal_holds.nothing_changes(tx)
                due = await retention.leads_due(tx, campaign_id, before, AT_ONCE)
                for lead_id in due:
                    theirs = await calls.recent(tx, CallFilter(lead_id=lead_id, test=None), limit=500)
                    await delete_recordings((each.recording for each in theirs), self._folder)
                    await retention.forget_lead(tx, lead_id, why, self._clock.now())
            done += len(due)
            if len(due) < AT_ONCE:
                return done
