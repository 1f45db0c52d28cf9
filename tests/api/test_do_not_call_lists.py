"""Lists of registries over the API, which count as a whole or not at all; and states stopped by hand."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from engine.store import audit, do_not_call_lists, stopped_states
from tests.support.api import PHONE, Leadline, leadline


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def upload(house: Leadline, content: bytes, days_old: int = 1, **more: str) -> dict[str, object]:
    """Once it is loaded, or refused."""
    day = (house.services.clock.now() - timedelta(days=days_old)).date().isoformat()
    answer = await house.client.post("/do-not-call/lists", params={"listed_on": day, **more}, content=content)
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(20):
        while True:
            told = (await house.client.get("/do-not-call/lists")).json()
            (mine,) = [each for each in [*told["in_force"], *told["before"]] if each["id"] == answer.json()["id"]]
            if mine["status"] != "loading":
                return dict(mine)
            await asyncio.sleep(0.02)


async def listed(house: Leadline, phone: str = PHONE) -> list[str]:
    found = (await house.client.post("/do-not-call/look-up", json={"number": phone})).json()
    return [each["state"] for each in found["lists"]]


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.txt", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"4155552671\n2125550000\n", b"415,5552671\r\n212,5550000\r\n", zipped(a=b"415,5552671\n", b=b"2125550000\n")],
    ids=["digits", "area and number", "zip of two files"],
)
async def test_a_registry_is_loaded_in_the_forms_that_registries_have(house: Leadline, content: bytes) -> None:
    made = await upload(house, content, name="October")
    assert (made["status"], made["numbers"], made["unreadable"], made["areas"]) == ("complete", 2, 0, 2)
    assert (made["name"], made["state"], made["age"]) == ("October", "", "fresh")
    assert await listed(house) == [""]
    assert await listed(house, "+12125550001") == []


async def test_a_state_has_a_list_beside_the_national_one(house: Leadline) -> None:
    await upload(house, b"4155552671\n")
    await upload(house, b"4155552671\n9725550000\n", state="TX")
    assert await listed(house) == ["", "TX"]
    told = (await house.client.get("/do-not-call/lists")).json()
    assert [each["state"] for each in told["in_force"]] == ["", "TX"]
    assert not told["national_missing"]


async def test_a_new_list_takes_the_place_of_the_old_one_as_a_whole(house: Leadline) -> None:
    await upload(house, b"4155552671\n4155552672\n", days_old=20)
    made = await upload(house, b"4155552672\n4155552673\n")
    assert made["status"] == "complete"
    assert await listed(house) == []
    assert await listed(house, "+14155552673") == [""]
    told = (await house.client.get("/do-not-call/lists")).json()
    assert [each["status"] for each in told["before"]] == ["replaced"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no number"),
        (b"<html>Please log in</html>\n<p>again</p>\n", "no list of numbers"),
        (b"PK\x03\x04 this is cut off", "damaged"),
        (zipped(a=b"4155552671\n")[:-30], "damaged"),
        (b"4155552671\n", "may be shorter"),
    ],
    ids=["empty", "a web page", "no zip", "a zip cut off", "cut off"],
)
async def test_a_file_that_is_no_list_leaves_the_old_one_in_place(house: Leadline, content: bytes, words: str) -> None:
    await upload(house, b"4155552671\n4155552672\n4155552673\n", days_old=20)
    made = await upload(house, content)
    assert made["status"] == "failed"
    assert words in str(made["problem"])
    assert await listed(house) == [""]
    async with house.services.database.read() as tx:
        assert len(await do_not_call_lists.in_force(tx)) == 1


async def test_a_shorter_list_is_taken_when_somebody_says_that_it_is_right(house: Leadline) -> None:
    await upload(house, b"4155552671\n4155552672\n4155552673\n", days_old=20)
    assert (await upload(house, b"4155552671\n", may_shrink="true"))["status"] == "complete"


@pytest.mark.parametrize(
    ("params", "status", "words"),
    [
        ({"days": -40}, 422, "older than 31 days"),
        ({"days": 3}, 422, "future"),
        ({"days": -1, "state": "ZZ"}, 422, "no state"),
        ({"days": -1, "state": "Texas"}, 422, ""),
        ({"days": -9}, 409, "later than this one"),
    ],
)
async def test_a_list_of_the_wrong_day_or_place_is_refused_at_once(
    house: Leadline, params: dict[str, object], status: int, words: str
) -> None:
    await upload(house, b"4155552671\n", days_old=5)
    day = (house.services.clock.now() + timedelta(days=int(str(params["days"])))).date().isoformat()
    given = {"listed_on": day, "state": str(params.get("state", ""))}
    answer = await house.client.post("/do-not-call/lists", params=given, content=b"4155552671\n")
    assert answer.status_code == status
    assert words in answer.json()["detail"]


async def test_a_list_that_was_removed_counts_no_more_and_the_log_knows(house: Leadline) -> None:
    made = await upload(house, b"4155552671\n")
    assert (await house.client.delete(f"/do-not-call/lists/{made['id']}")).status_code == 204
    assert (await house.client.delete(f"/do-not-call/lists/{made['id']}")).status_code == 404
    assert await listed(house) == []
    assert (await house.client.get("/do-not-call/lists")).json()["national_missing"]
    async with house.services.database.read() as tx:
        assert [each.what for each in await audit.recent(tx)] == ["removed_registry", "uploaded_registry"]


async def test_a_state_is_stopped_by_hand_and_resumed(house: Leadline) -> None:
    until = house.services.clock.now() + timedelta(days=2)
    given = {"until": until.isoformat(), "why": "Hurricane warning of the governor"}
    told = await house.client.put("/do-not-call/states/LA", json=given)
    assert (told.status_code, told.json()["state"]) == (200, "LA")
    assert [each["why"] for each in (await house.client.get("/do-not-call/states")).json()] == [given["why"]]
    async with house.services.database.read() as tx:
        assert set(await stopped_states.stopped(tx, house.services.clock.now())) == {"LA"}
    assert (await house.client.delete("/do-not-call/states/LA")).status_code == 204
    assert (await house.client.delete("/do-not-call/states/LA")).status_code == 404
    assert (await house.client.get("/do-not-call/states")).json() == []


@pytest.mark.parametrize(
    ("state", "hours", "zone", "words"),
    [
        ("ZZ", 5, "+00:00", "no state"),
        ("LA", -1, "+00:00", "ahead"),
        ("LA", 9000, "+00:00", "within a year"),
        ("LA", 5, "", "time zone"),
    ],
)
async def test_a_stop_that_cannot_be_meant_is_refused(
    house: Leadline, state: str, hours: int, zone: str, words: str
) -> None:
    until = (house.services.clock.now() + timedelta(hours=hours)).replace(tzinfo=None).isoformat() + zone
    answer = await house.client.put(f"/do-not-call/states/{state}", json={"until": until, "why": "A storm"})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
