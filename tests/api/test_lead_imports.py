"""A file of leads, from its upload to the report of what was refused; stopped, cancelled, and gone on with."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.leads.arrived import Arrived
from engine.leads.csv_files.look import data_rows
from engine.leads.csv_files.plan import ImportPlan
from engine.leads.csv_files.report import BOM
from engine.leads.csv_files.rows import read_row
from engine.store import consents, lead_imports, leads
from engine.store.lead_sources import LeadSource
from tests.support.api import Leadline, leadline
from tests.support.lead_source import open_source, switch

TEXT = "I agree to be called by an assistant of Harborline."
STATED = {"text": TEXT, "given_on": "2026-11-20", "where": "Home show, booth 12", "declared": True}
HEAD = "Name,Phone,Budget,Consent text,Consent date,Consent source\n"
OWN = f"{TEXT},2026-11-20T10:00:00Z,https://harborline.example"


def rows(count: int, first: int = 0) -> str:
    return "".join(f"Zoë Miller,+1415555{2000 + first + each:04d},5k,{OWN}\n" for each in range(count))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


@pytest.fixture
async def source(house: Leadline) -> LeadSource:
    """Of a campaign that is off: nobody is to be called by these tests."""
    return await open_source(house, "csv", {}, calling=False)


async def upload(house: Leadline, source: LeadSource, content: str | bytes, name: str = "leads.csv") -> httpx.Response:
    data = content if isinstance(content, bytes) else content.encode()
    return await house.client.post(f"/lead-sources/{source.id}/imports", files={"file": (name, data, "text/csv")})


async def uploaded(house: Leadline, source: LeadSource, content: str | bytes) -> dict[str, Any]:
    answer = await upload(house, source, content)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def start(house: Leadline, import_id: str) -> httpx.Response:
    return await house.client.post(f"/lead-imports/{import_id}/start")


async def ended(house: Leadline, import_id: str, within_s: float = 30.0) -> dict[str, Any]:
    async with asyncio.timeout(within_s):
        while True:
            found: dict[str, Any] = (await house.client.get(f"/lead-imports/{import_id}")).json()
            if found["state"] not in ("uploaded", "running"):
                return found
            await asyncio.sleep(0.02)


def counts(found: dict[str, Any]) -> dict[str, int]:
    return {name: found[name] for name in ("rows", "done", "taken", "repeated", "merged", "refused")}


async def test_a_file_is_looked_at_first_and_nobody_comes_in_by_that(house: Leadline, source: LeadSource) -> None:
    found = await uploaded(house, source, HEAD + rows(3) + "Bob,12,,,,\n")
    assert (found["state"], found["rows"], found["faults"]) == ("uploaded", 4, [])
    assert found["plan"]["columns"] == ["name", "phone", "Budget", "consent_text", "consent_at", "consent_source"]
    assert found["preview"]["rows"][0]["cells"][:2] == ["Zoë Miller", "+14155552000"]
    assert (found["preview"]["tried"], found["preview"]["refused"]) == (4, 1)
    assert found["preview"]["refusals"][0]["row"] == 5
    assert (await house.client.get("/leads")).json()["leads"] == []


async def test_rows_come_in_as_leads_of_the_campaign_with_their_own_consent(
    house: Leadline, source: LeadSource
) -> None:
    found = await uploaded(house, source, HEAD + rows(3))
    assert (await start(house, found["id"])).status_code == 200
    assert counts(await ended(house, found["id"])) == {
        "rows": 3, "done": 3, "taken": 3, "repeated": 0, "merged": 0, "refused": 0,
    }  # fmt: skip
    async with house.services.database.read() as tx:
        (lead, *_) = await leads.with_phone(tx, "+14155552001")
        (consent,) = await consents.of_lead(tx, lead.id)
    assert (lead.source, lead.source_id, lead.campaign_id) == ("csv", source.id, source.campaign_id)
    assert (consent.evidence.level, consent.evidence.text) == ("written", TEXT)


async def test_a_row_without_consent_is_parked_unless_one_is_stated_for_the_import(
    house: Leadline, source: LeadSource
) -> None:
    bare = "Name,Phone\nAnn,+14155552671\n"
    first = await uploaded(house, source, bare)
    await start(house, first["id"])
    done = await ended(house, first["id"])
    assert counts(done)["refused"] == 1
    assert "the words, the time and the place" in done["refusals"][0]["problem"]
    async with house.services.database.read() as tx:
        lead = await leads.read(tx, done["refusals"][0]["lead_id"])
    assert lead is not None
    assert lead.state == "unusable"

    # The same person, with what was missing: their lead is brought back, and is not there twice.
    second = await uploaded(house, source, bare.replace("Ann", "Anna"))
    planned = await house.client.put(f"/lead-imports/{second['id']}/plan", json={**second["plan"], "consent": STATED})
    assert planned.json()["preview"]["refused"] == 0
    await start(house, second["id"])
    assert counts(await ended(house, second["id"]))["merged"] == 1
    async with house.services.database.read() as tx:
        again = await leads.read(tx, lead.id)
    assert again is not None
    assert (again.state, again.next_call_at is not None) == ("waiting", True)


async def test_a_stated_consent_that_is_half_filled_in_keeps_the_import_from_being_started(
    house: Leadline, source: LeadSource
) -> None:
    found = await uploaded(house, source, HEAD + rows(1))
    plan = {**found["plan"], "consent": {**STATED, "declared": False}}
    planned = (await house.client.put(f"/lead-imports/{found['id']}/plan", json=plan)).json()
    assert [each["field"] for each in planned["faults"]] == ["consent.declared"]
    refused = await start(house, found["id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "not_ready")
    assert "Tick the declaration" in refused.json()["detail"]


async def test_another_separator_reads_the_columns_anew(house: Leadline, source: LeadSource) -> None:
    content = "Name;Phone, mobile;Note\nAnn;+14155552671;a, b\n"
    found = await uploaded(house, source, content)
    assert found["plan"]["separator"] == ";"
    wrong = (
        await house.client.put(f"/lead-imports/{found['id']}/plan", json={**found["plan"], "separator": ","})
    ).json()
    assert wrong["plan"]["names"] == ["Name;Phone", "mobile;Note"]
    right = (
        await house.client.put(f"/lead-imports/{found['id']}/plan", json={**wrong["plan"], "separator": ";"})
    ).json()
    assert right["plan"]["columns"] == ["name", "Phone, mobile", "Note"]
    assert [each["field"] for each in right["faults"]] == ["columns"]


async def test_rows_twice_in_a_file_and_files_uploaded_twice_bring_nobody_in_twice(
    house: Leadline, source: LeadSource
) -> None:
    content = HEAD + rows(2) + rows(2)
    first = await uploaded(house, source, content)
    assert first["earlier"] is None
    await start(house, first["id"])
    assert counts(await ended(house, first["id"])) == {
        "rows": 4, "done": 4, "taken": 2, "repeated": 2, "merged": 0, "refused": 0,
    }  # fmt: skip
    second = await uploaded(house, source, content)
    assert second["earlier"]["id"] == first["id"]
    await start(house, second["id"])
    again = counts(await ended(house, second["id"]))
    assert (again["taken"], again["done"]) == (0, 4)
    async with house.services.database.read() as tx:
        assert len(await leads.recent(tx, 50)) == 2


async def test_the_files_own_ids_make_a_person_known_in_later_files(house: Leadline, source: LeadSource) -> None:
    head, stated = "Id,Phone,Note\n", {"consent": STATED}
    for note, taken in (("first", 1), ("second, later", 0)):
        found = await uploaded(house, source, f'{head}C-17,+14155552671,"{note}"\n')
        await house.client.put(f"/lead-imports/{found['id']}/plan", json={**found["plan"], **stated})
        await start(house, found["id"])
        assert counts(await ended(house, found["id"]))["taken"] == taken


async def test_the_report_tells_of_every_refused_row_and_carries_no_formula(
    house: Leadline, source: LeadSource
) -> None:
    content = HEAD + "=cmd(),+1 12,,,,\n" + rows(30) + 'Moved,+14155559999,1,2,3,4,5,6\n"Open,1,2\n' + rows(1, 100)
    found = await uploaded(house, source, content)
    await start(house, found["id"])
    done = await ended(house, found["id"])
    assert counts(done) == {"rows": 34, "done": 34, "taken": 31, "repeated": 0, "merged": 0, "refused": 3}
    report = await house.client.get(f"/lead-imports/{found['id']}/report")
    assert report.headers["content-type"].startswith("text/csv")
    table = list(csv.reader(io.StringIO(report.content.decode().removeprefix(BOM))))
    assert table[0][:5] == ["Row", "Problem", "What to do", "Name", "Phone"]
    assert [line[0] for line in table[1:]] == ["2", "33", "34"]
    assert table[1][3:5] == ["'=cmd()", "'+1 12"]
    assert "columns instead of 6" in table[2][1]
    assert "never closed" in table[3][1]
    assert all(line[2] for line in table[1:])


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "empty"), (b"Name,Phone\n", 422, "no rows"), (b"PK\x03\x04" + bytes(900), 422, "Excel"),
        (bytes(range(256)) * 30, 422, "no text file"),
    ],
)  # fmt: skip
async def test_what_is_no_table_is_refused_and_not_kept(
    house: Leadline, source: LeadSource, content: bytes, status: int, words: str
) -> None:
    answer = await upload(house, source, content)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text
    assert list((house.settings.data_dir / "imports").glob("*")) == []
    assert (await house.client.get("/lead-imports")).json() == []


async def test_a_file_that_is_too_large_is_refused_and_not_kept(house: Leadline, source: LeadSource) -> None:
    line = rows(1).encode()
    answer = await upload(house, source, HEAD.encode() + line * (52 * 1024 * 1024 // len(line)))
    assert answer.status_code == 413, answer.text
    assert "MB" in answer.json()["detail"]
    assert list((house.settings.data_dir / "imports").glob("*")) == []


async def test_an_upload_without_a_file_or_to_another_kind_of_source_is_refused(
    house: Leadline, source: LeadSource
) -> None:
    form = await open_source(house, "website", {})
    assert (await upload(house, form, HEAD)).status_code == 422
    path = f"/lead-sources/{source.id}/imports"
    assert (await house.client.post(path, data={"file": "text"})).status_code == 422
    assert (
        await house.client.post(path, content=b"x", headers={"Content-Type": "multipart/form-data"})
    ).status_code == 400
    assert (await house.client.post("/lead-sources/src_none/imports", files={"file": b"x"})).status_code == 404
    assert (await house.stranger.post(path, files={"file": b"x"})).status_code == 401


async def test_an_import_that_is_cancelled_stops_and_goes_on_where_it_was(house: Leadline, source: LeadSource) -> None:
    found = await uploaded(house, source, HEAD + rows(400))
    await start(house, found["id"])
    async with asyncio.timeout(30):
        while True:
            if (await house.client.get(f"/lead-imports/{found['id']}")).json()["done"]:
                break
            await asyncio.sleep(0.01)
    cancelled = await house.client.post(f"/lead-imports/{found['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    stopped = await ended(house, found["id"])
    assert stopped["state"] == "cancelled"
    assert 0 < stopped["done"] < 400
    assert (await house.client.post(f"/lead-imports/{found['id']}/cancel")).status_code == 409
    assert (await start(house, found["id"])).status_code == 200
    assert (await start(house, found["id"])).status_code == 409
    done = await ended(house, found["id"])
    assert (done["state"], done["taken"], done["repeated"]) == ("done", 400, 0)


async def test_an_import_goes_on_after_its_process_has_died_and_counts_every_row_once(
    house: Leadline, source: LeadSource
) -> None:
    """As after kill -9: a batch was brought in and not counted, and the lease of the dead process is still there."""
    found = await uploaded(house, source, HEAD + rows(60))
    now = datetime.now(UTC)
    database = house.services.database
    async with database.begin() as tx:
        assert await lead_imports.start(tx, found["id"], "Dana", now)
        claimed = await lead_imports.claim(tx, "the dead one", now, now + timedelta(seconds=1), [found["id"]])
    assert claimed is not None
    work = house.services.imports.work
    plan = ImportPlan.model_validate(claimed.plan)
    arrival = await house.services.imports.arrival(source.id)
    for row in list(data_rows(work.file(found["id"]), plan.written))[:25]:
        read = read_row(row, plan, arrival, found["id"], "Dana")
        assert isinstance(read, Arrived)
        await house.services.inlet.take_in(read)
    done = await ended(house, found["id"])
    assert counts(done) == {"rows": 60, "done": 60, "taken": 60, "repeated": 0, "merged": 0, "refused": 0}
    async with database.read() as tx:
        assert len(await leads.recent(tx, 100)) == 60


async def test_what_a_dead_process_still_counts_is_not_counted(house: Leadline, source: LeadSource) -> None:
    found = await uploaded(house, source, HEAD + rows(5))
    await start(house, found["id"])
    await ended(house, found["id"])
    now = datetime.now(UTC)
    async with house.services.database.begin() as tx:
        more = lead_imports.Counts(done=5, taken=5)
        assert not await lead_imports.progress(tx, found["id"], "the dead one", 99, more, [], now)


async def test_a_file_with_the_same_columns_is_read_as_the_last_one_but_consent_is_stated_anew(
    house: Leadline, source: LeadSource
) -> None:
    content = "Who,Number\nAnn,+14155552671\n"
    first = await uploaded(house, source, content)
    plan = {**first["plan"], "columns": ["name", "phone"], "zone": "America/New_York", "consent": STATED}
    assert (await house.client.put(f"/lead-imports/{first['id']}/plan", json=plan)).json()["faults"] == []
    second = await uploaded(house, source, content + "Bob,+14155552672\n")
    assert (second["plan"]["columns"], second["plan"]["zone"]) == (["name", "phone"], "America/New_York")
    assert second["plan"]["consent"]["declared"] is False


async def test_an_import_can_be_removed_and_its_leads_stay(house: Leadline, source: LeadSource) -> None:
    found = await uploaded(house, source, HEAD + rows(2))
    await start(house, found["id"])
    await ended(house, found["id"])
    assert (await house.client.delete(f"/lead-imports/{found['id']}")).status_code == 204
    assert (await house.client.get(f"/lead-imports/{found['id']}")).status_code == 404
    assert list((house.settings.data_dir / "imports").glob("*")) == []
    assert len((await house.client.get("/leads")).json()["leads"]) == 2


async def test_files_that_nobody_needs_any_more_are_deleted(house: Leadline, source: LeadSource) -> None:
    kept, over = await uploaded(house, source, HEAD + rows(1)), await uploaded(house, source, HEAD + rows(2))
    await start(house, over["id"])
    await ended(house, over["id"])
    work = house.services.imports.work
    assert await work.tidy(datetime.now(UTC) + timedelta(days=6)) == 0
    assert await work.tidy(datetime.now(UTC) + timedelta(days=8)) == 1
    assert not work.file(kept["id"]).exists()
    assert work.file(over["id"]).exists()
    assert await work.tidy(datetime.now(UTC) + timedelta(days=31)) == 1
    gone = await start(house, kept["id"])
    assert (gone.status_code, gone.json()["code"]) == (409, "file_gone")
    assert (await house.client.get(f"/lead-imports/{over['id']}/report")).status_code == 200


async def test_the_uploaded_file_is_readable_by_its_owner_alone(house: Leadline, source: LeadSource) -> None:
    found = await uploaded(house, source, HEAD + rows(1))
    assert house.services.imports.work.file(found["id"]).stat().st_mode & 0o077 == 0


async def test_nothing_is_imported_into_a_source_that_is_off(house: Leadline, source: LeadSource) -> None:
    found = await uploaded(house, source, HEAD + rows(1))
    await switch(house, source, "off")
    refused = await start(house, found["id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "source_off")
