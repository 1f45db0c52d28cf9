"""Everything that is kept about a person, as one file: for their right to know, and as proof of why they were called.

A ZIP archive: `person.json`, a page for people (`read me.txt`), each call's journal as it was written, and the
recordings. Other people's data are not in it, nor are keys of ours.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.privacy.files import kept_file
from engine.privacy.person import person_of
from engine.sdk import Json
from engine.store import (
    audit,
    calls,
    consents,
    journal,
    lead_payloads,
    lead_story,
    leads,
    legal_holds,
    steps,
    suppression,
)
from engine.store.connections import WrongKey
from engine.store.lead_payloads import Seal

FORMAT = "leadline.person"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Export:
    """`document`: for `person.json`. `journals`: by call id, a JSON text a line. `recordings`: by call id, where the
    files lie."""

    document: Mapping[str, Json]
    journals: Mapping[str, str]
    recordings: Mapping[str, Path]


async def gather(
    tx: AsyncConnection, lead_id: str, folder: Path, now: datetime, who: str = "", seal: Seal | None = None
) -> Export | None:
    """`folder`: of the recordings. `seal`: with it what the sources sent is in it, word for word, and that `who` has
    seen it is written down. None if there is no such lead."""
    person = await person_of(tx, lead_id)
    if person is None:
        return None
    phone = person.leads[0].phone
    listed = await suppression.read(tx, phone) if phone else None
    document: dict[str, Json] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "exported_at": now.isoformat(),
        "leads": [
            await _lead(tx, each) | ({"sent": await _sent(tx, seal, each.id, who, now)} if seal else {})
            for each in person.leads
        ],
        "do_not_call": plain(listed),
        "calls": [await _call(tx, each) for each in person.calls],
        "appointments": plain(person.appointments),
    }
    journals = {}
    for call_id in person.call_ids:
        entries = await journal.read(tx, call_id)
        if entries:
            journals[call_id] = "".join(f"{json.dumps(plain(each), ensure_ascii=False)}\n" for each in entries)
    files = {call.id: kept_file(call.recording, folder) for call in person.calls}
    return Export(document, journals, {call_id: path for call_id, path in files.items() if path is not None})


async def write(export: Export, path: Path) -> None:
    """Make the archive. Recordings that vanish meanwhile are left out."""
    await asyncio.to_thread(_write, export, path)


def _write(export: Export, path: Path) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("person.json", json.dumps(export.document, indent=2, ensure_ascii=False))
        archive.writestr("read me.txt", _read_me(export))
        for call_id, text in export.journals.items():
            archive.writestr(f"calls/{call_id}.journal.jsonl", text)
        for call_id, recording in export.recordings.items():
            if recording.is_file():
                archive.write(recording, f"calls/{call_id}.wav", ZIP_STORED)


def _read_me(export: Export) -> str:
    numbers = {name: len(part) for name, part in export.document.items() if isinstance(part, list)}
    return (
        f"Everything that is kept about one person, as of {export.document['exported_at']}.\n\n"
        f"person.json    {numbers['leads']} lead(s) with what was typed and the evidence of consent, "
        f"{numbers['calls']} call(s) with the decision why it was allowed, what was said and found out, "
        f"{numbers['appointments']} appointment(s)\n"
        "calls/*.wav    recordings: the person left, the assistant right\n"
        "calls/*.jsonl  what happened in each call, one entry a line; each entry carries the hash of the one before\n\n"
        "Times are in UTC unless a zone is named.\n"
    )


async def _lead(tx: AsyncConnection, lead: leads.StoredLead) -> dict[str, Json]:
    evidence = await consents.of_lead(tx, lead.id)
    story = await lead_story.of_lead(tx, lead.id)
    held = await legal_holds.of_lead(tx, lead.id)
    seen = await audit.recent(tx, 1000, subject=f"lead:{lead.id}")
    more = {
        "consents": plain(evidence), "story": plain(story), "legal_holds": plain(held),
        "who_saw_or_changed_it": plain([{"at": each.at, "who": each.who, "what": each.what} for each in seen]),
        "further_forms": plain(await leads.deliveries(tx, lead.id)),
    }  # fmt: skip
    record = plain(lead)
    return (record if isinstance(record, dict) else {}) | more


async def _sent(tx: AsyncConnection, seal: Seal, lead_id: str, who: str, now: datetime) -> Json:
    try:
        found = await lead_payloads.read(tx, seal, lead_id, who, now)
    except WrongKey as problem:
        return str(problem)
    return [
        {
            "received_at": each.received_at.isoformat(),
            "content_type": each.content_type,
            "body": each.body.decode(errors="replace"),
        }
        for each in found
    ]


async def _call(tx: AsyncConnection, call: calls.CallRecord) -> Json:
    result = await calls.result(tx, call.id)
    record = plain(call)
    decision, evidence = await calls.proof(tx, call.id)
    cards = [
        {
            "card": each.step_id,
            "state": each.state,
            "note": each.note,
            "sent": each.sent,
            "external_id": each.external_id,
        }
        for each in await steps.read(tx, call.id)
    ]
    more: dict[str, Json] = {
        "decision": decision,
        "evidence": evidence,
        "result": result.model_dump(mode="json", by_alias=True) if result else None,
        "cards_after_the_call": plain(cards),
    }
    return (record if isinstance(record, dict) else {}) | more


def plain(value: object) -> Json:
    """Records of ours as JSON: times in ISO 8601, dataclasses as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(part) for name, part in value.items()}
        case Sequence():
            return [plain(part) for part in value]
        case _:
            return str(value)
