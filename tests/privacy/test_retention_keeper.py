"""Each campaign says how long sound, words and people are kept; what is over is deleted, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.campaigns.model import Keep
from engine.clock import Clock
from engine.privacy.retention_keeper import Deleted, RetentionKeeper, limits
from engine.store import Database, calls, consents, journal, leads, legal_holds, outbox, retention
from engine.store.campaigns import CampaignRow
from engine.store.outbox_tables import OutboxTable
from tests.support.kept_person import CAMPAIGN, NOW, SECRET, add_call, add_campaign, add_lead

DAY = timedelta(days=1)


def keeper(database: Database, folder: Path, days: float) -> RetentionKeeper:
    return RetentionKeeper(database, folder, Clock.started_at(NOW + days * DAY))


def test_words_never_outlive_the_record_nor_sound_the_words() -> None:
    due = limits(Keep(audio_days=900, transcript_days=700, record_days=400), NOW)
    assert (due.recording, due.words, due.lead) == (NOW - 400 * DAY, NOW - 400 * DAY, NOW - 400 * DAY)
    due = limits(Keep(), NOW)
    assert (due.recording, due.words, due.lead) == (NOW - 90 * DAY, NOW - 730 * DAY, NOW - 1825 * DAY)


async def test_sound_goes_after_90_days_words_after_two_years_the_person_after_five(
    database: Database, tmp_path: Path
) -> None:
    lead = await add_lead(database)
    file = await add_call(database, tmp_path, lead)

    assert await keeper(database, tmp_path, 89).round() == Deleted()
    assert file.exists()

    assert await keeper(database, tmp_path, 91).round() == Deleted(recordings=1)
    assert not file.exists()
    async with database.read() as tx:
        result = await calls.result(tx, "call_1")
        assert result is not None
        assert result.recording.path is None
        assert result.transcript[0].text == SECRET

    assert await keeper(database, tmp_path, 731).round() == Deleted(words=1)
    async with database.read() as tx:
        record = await calls.read(tx, "call_1")
        decision, evidence = await calls.proof(tx, "call_1")
        assert await calls.result(tx, "call_1") is None
        assert await calls.turns(tx, "call_1") == []
        assert await journal.read(tx, "call_1") == []
        entry = await outbox.find(tx, "call_1")
        assert entry is not None
        assert entry.result is None
    # Whom we called when, why we might, and what came of it is proof for five years.
    assert record is not None
    assert (record.lead_id, record.to_number, record.disposition) == (lead, "+14155552671", "booked")
    assert decision == {"answer": "yes", "checks": []}
    assert isinstance(evidence, dict)
    assert "disclosures" in evidence
    assert SECRET not in str(evidence)

    assert await keeper(database, tmp_path, 1826).round() == Deleted(leads=1)
    async with database.read() as tx:
        assert await leads.read(tx, lead) is None
        assert await consents.of_lead(tx, lead) == []
        record = await calls.read(tx, "call_1")
        told = [(each.what, each.subject) for each in await retention.deletions(tx, NOW)]
    assert record is not None
    assert (record.lead_id, record.to_number, record.person, record.disposition) == (None, "", "", "booked")
    assert sorted(told) == [("call", "call_1"), ("lead", lead), ("recording", "call_1"), ("words", "call_1")]
    assert await keeper(database, tmp_path, 4000).round() == Deleted()


async def test_a_campaign_keeps_as_long_as_it_says(database: Database, tmp_path: Path) -> None:
    await add_campaign(database, keep={"audio_days": 3, "transcript_days": 10})
    mine = await add_lead(database, campaign=CAMPAIGN)
    other = await add_lead(database, "+14155552672", form="2")
    file = await add_call(database, tmp_path, mine, campaign=CAMPAIGN)
    kept = await add_call(database, tmp_path, other, "call_2")
    assert await keeper(database, tmp_path, 4).round() == Deleted(recordings=1)
    assert (file.exists(), kept.exists()) == (False, True)
    assert await keeper(database, tmp_path, 11).round() == Deleted(words=1)


async def test_sound_that_is_not_to_be_kept_goes_as_soon_as_the_work_after_the_call_is_done(
    database: Database, tmp_path: Path
) -> None:
    await add_campaign(database, keep={"audio_days": 0})
    lead = await add_lead(database, campaign=CAMPAIGN)
    file = await add_call(database, tmp_path, lead, campaign=CAMPAIGN, done=False)
    assert await keeper(database, tmp_path, 1).round() == Deleted()
    assert file.exists()  # a card may still have to upload it
    async with database.begin() as tx:
        await tx.execute(update(OutboxTable).values(state="done"))
    assert await keeper(database, tmp_path, 1).round() == Deleted(recordings=1)
    assert not file.exists()


async def test_a_legal_hold_stops_every_deletion_of_that_person(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    second_form = await add_lead(database, form="2")  # the same number
    file = await add_call(database, tmp_path, lead)
    async with database.begin() as tx:
        hold = await legal_holds.place(tx, second_form, "Claim 12", "dana", NOW)
    assert await keeper(database, tmp_path, 3000).round() == Deleted()
    assert file.exists()
    async with database.begin() as tx:
        assert await legal_holds.release(tx, hold, "dana", NOW)
        assert not await legal_holds.release(tx, hold, "dana", NOW)
    assert await keeper(database, tmp_path, 3000).round() == Deleted(recordings=1, words=1, leads=2)


async def test_a_lead_that_is_still_to_be_called_is_kept(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    async with database.begin() as tx:
        await leads.plan_call(tx, lead, NOW + 2000 * DAY)
    assert await keeper(database, tmp_path, 1900).round() == Deleted()


async def test_what_belongs_to_a_campaign_that_cannot_be_read_is_kept(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await add_campaign(database, keep={"audio_days": 3})
    lead = await add_lead(database, campaign=CAMPAIGN)
    file = await add_call(database, tmp_path, lead, campaign=CAMPAIGN)
    async with database.begin() as tx:
        await tx.execute(update(CampaignRow).values(document={"keep": "for ever"}))
    assert await keeper(database, tmp_path, 3000).round() == Deleted()
    assert file.exists()
    assert "nothing of it is deleted" in caplog.text


async def test_more_than_one_batch_is_due(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.privacy.retention_keeper.AT_ONCE", 2)
    for number in range(5):
        lead = await add_lead(database, f"+1415555267{number}", form=str(number))
        await add_call(database, tmp_path, lead, f"call_{number}")
    assert await keeper(database, tmp_path, 100).round() == Deleted(recordings=5)


async def test_a_recording_whose_row_leads_elsewhere_deletes_nothing_there(database: Database, tmp_path: Path) -> None:
    lead = await add_lead(database)
    await add_call(database, tmp_path / "elsewhere", lead)
    assert await keeper(database, tmp_path / "recordings", 91).round() == Deleted(recordings=1)
    assert (tmp_path / "elsewhere" / "call_1.wav").exists()
