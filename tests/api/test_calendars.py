"""Calendars over the API: hours as a business writes them, and time that staff take for something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.api import leadline

HOURS = {"monday": ["09:00-12:00", "13:00-17:00"], "saturday": ["10:00-14:00"]}


async def test_a_calendar_is_added_changed_and_read_back(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        new = {"zone": "America/Denver", "weekly": HOURS, "special": {"2026-12-24": []}, "max_per_day": 4}
        saved = await house.client.put("/calendars/crew", json=new)
        assert saved.status_code == 200, saved.text
        assert saved.json() == {"name": "crew", "step_min": 30, **new}
        again = await house.client.put("/calendars/crew", json={**new, "weekly": {"monday": []}})
        assert again.status_code == 200
        names = [each["name"] for each in (await house.client.get("/calendars")).json()]
        assert names == ["crew", "main"]


async def test_staff_block_time_and_free_it_again(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        span = {"start": "2035-01-08T09:00:00-07:00", "end": "2035-01-08T11:00:00-07:00", "reason": "Team meeting"}
        blocked = await house.client.post("/calendars/main/blocks", json=span)
        assert blocked.status_code == 201, blocked.text
        shown = (await house.client.get("/calendars/main")).json()["blocks"]
        assert [each["reason"] for each in shown] == ["Team meeting"]
        gone = await house.client.delete(f"/calendars/main/blocks/{blocked.json()['id']}")
        assert gone.status_code == 204
        assert (await house.client.get("/calendars/main")).json()["blocks"] == []
        backwards = {**span, "start": span["end"], "end": span["start"]}
        assert (await house.client.post("/calendars/main/blocks", json=backwards)).status_code == 422
        assert (await house.client.post("/calendars/nowhere/blocks", json=span)).status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"zone": "Mars/Olympus"}, "is no time zone"),
        ({"zone": "../etc/passwd"}, "is no time zone"),
        ({"weekly": {"funday": ["09:00-12:00"]}}, "'funday' is not a weekday"),
        ({"weekly": {"monday": ["12:00-09:00"]}}, "12:00"),
        ({"special": {"Christmas": []}}, "is not a date"),
    ],
)
async def test_hours_that_make_no_sense_are_refused_in_words(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    async with leadline(tmp_path) as house:
        refused = await house.client.put("/calendars/crew", json={"zone": "America/Denver", "weekly": HOURS, **change})
        assert (refused.status_code, words in refused.text) == (422, True), refused.text
        assert (await house.client.get("/calendars/crew")).status_code == 404
