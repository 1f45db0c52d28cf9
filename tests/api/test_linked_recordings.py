"""Other systems fetch a recording by its link: without a token, in parts, and with the channels as they want them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from engine.providers.stored import vault_of
from engine.recording_links import RecordingLinks, Side
from engine.store import calls, retention
from tests.support.api import Leadline, leadline
from tests.support.seeded_calls import seed


async def recorded(house: Leadline) -> tuple[str, bytes]:
    """A finished call whose recording is kept, and the bytes of it."""
    now = datetime.now(UTC)
    await seed(house.services.database, house.settings.data_dir / "recordings", now)
    for each in (await house.client.get("/calls")).json()["calls"]:
        if each["has_recording"]:
            sound = await house.client.get(f"/calls/{each['id']}/recording")
            return str(each["id"]), sound.content
    raise AssertionError("no seeded call has a recording")


def path_of(house: Leadline, call_id: str, left: Side) -> str:
    links = RecordingLinks("https://calls.example.com", vault_of(house.settings).derived, 30)
    return links.link(call_id, left, datetime.now(UTC)).removeprefix("https://calls.example.com")


def turned(wav: bytes) -> bytes:
    body = wav[44:]
    return wav[:44] + b"".join(body[at + 2 : at + 4] + body[at : at + 2] for at in range(0, len(body) - 3, 4))


async def test_whoever_has_the_link_gets_the_recording_whole_or_in_parts(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        call_id, sound = await recorded(house)
        path = path_of(house, call_id, "lead")
        whole = await house.stranger.get(path)
        assert (whole.status_code, whole.content) == (200, sound)
        assert whole.headers["content-type"] == "application/octet-stream"
        assert whole.headers["accept-ranges"] == "bytes"
        part = await house.stranger.get(path, headers={"Range": "bytes=1001-2003"})
        assert (part.status_code, part.content) == (206, sound[1001:2004])
        assert part.headers["content-range"] == f"bytes 1001-2003/{len(sound)}"
        end = await house.stranger.get(path, headers={"Range": f"bytes={len(sound)}-"})
        assert (end.status_code, end.headers["content-range"]) == (416, f"bytes */{len(sound)}")
        head = await house.stranger.head(path)
        assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(sound)), b"")


async def test_the_channels_lie_as_the_link_says(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        call_id, sound = await recorded(house)
        assert sound != turned(sound)
        path = path_of(house, call_id, "assistant")
        assert (await house.stranger.get(path)).content == turned(sound)
        part = await house.stranger.get(path, headers={"Range": "bytes=31-70002"})
        assert part.content == turned(sound)[31:70003]


async def test_a_link_that_is_not_ours_or_whose_recording_was_deleted_opens_nothing(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        call_id, _ = await recorded(house)
        path = path_of(house, call_id, "lead")
        wrong = await house.stranger.get(path.replace("rec-", "rec-A"))
        assert wrong.status_code == 404
        assert "wrong" in wrong.json()["detail"]
        async with house.services.database.begin() as tx:
            await retention.forget_call(tx, call_id, "their wish", datetime.now(UTC))
            assert (await calls.read(tx, call_id)) is not None
        gone = await house.stranger.get(path)
        assert gone.status_code == 404
        assert "recording" in gone.json()["detail"]
