"""The chat with the draft over HTTP: its answers and reasons, moves taken back, drafts that change, hostile input."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from engine.api import chat_room
from engine.store import calls, leads, outbox, suppression
from engine.store.appointments import appointments
from tests.api.test_resources import assert_plain
from tests.api.test_test_calls import FLOW, edit
from tests.support.api import Leadline, leadline

LEAD = {"first_name": "Dana", "phone": "+14155550123", "form": {"service": "Roof repair"}}
TO_THE_END = ("Yes, speaking.", "Roof repair.", "A house.", "94110", "I own it.", "This week.", "The first one.",
              "Yes, please.", "1200 18th Street.", "No email.", "No, that's all.")  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


async def begin(house: Leadline, **changes: object) -> dict[str, object]:
    order = {"flow_id": FLOW, "lead": LEAD, "local_time": "2026-09-15T10:15:00", **changes}
    answer = await house.client.post("/test-chats", json=order)
    assert answer.status_code == 201, answer.text
    chat: dict[str, object] = answer.json()
    return chat


async def say(house: Leadline, chat: dict[str, object], *words: str) -> dict[str, object]:
    for each in words:
        answer = await house.client.post(f"/test-chats/{chat['id']}/says", json={"text": each})
        assert answer.status_code == 200, answer.text
        chat = answer.json()
        if chat["over"]:
            break
    return chat


def turns(chat: dict[str, object]) -> list[dict[str, object]]:
    found = chat["turns"]
    assert isinstance(found, list)
    return found


async def test_each_answer_comes_with_its_reasons(house: Leadline) -> None:
    chat = await begin(house)
    assert "Dana" in " ".join(turns(chat)[0]["agent"])  # type: ignore[arg-type]
    chat = await say(house, chat, "Yes, speaking. It's a house in 94110.")
    why = turns(chat)[1]["why"]
    assert isinstance(why, dict)
    assert {each["what"] for each in why["commands"]} >= {"slot_heard", "answered"}
    assert {each["slot"]: each["words"] for each in why["slots"]}["zip"] == "94110"
    assert why["considered"]
    assert chat["card"] == "qualify"
    assert chat["visited"] == ["start", "opening", "qualify"]
    assert chat["asked"] == "service_type"
    assert "Roof repair" in chat["replies"]  # type: ignore[operator]
    slots = {each["slot"]: each for each in chat["slots"]}  # type: ignore[attr-defined]
    assert (slots["zip"]["value"], slots["zip"]["words"], slots["zip"]["state"]) == ("94110", "94110", "heard")
    assert slots["service_type"]["from_form"] is True
    assert slots["service_type"]["wanted"] is True
    assert chat["mind"] == []  # the test's engines name nobody
    assert chat["left_out"] == []


async def test_a_whole_talk_leaves_no_trace_in_the_house(house: Leadline) -> None:
    chat = await say(house, await begin(house), *TO_THE_END)
    assert chat["over"] is True
    end = chat["end"]
    assert isinstance(end, dict)
    assert (end["disposition"], bool(end["appointment"])) == ("booked", True)
    actions = [each["action"] for turn in turns(chat) for each in turn["why"]["actions"]]  # type: ignore[index]
    assert "book_appointment" in actions
    stop = await say(house, await begin(house), "Stop calling me.")
    assert stop["end"]["opted_out"] is True  # type: ignore[index]
    async with house.services.database.read() as tx:
        assert list(await appointments(tx, "main", house.services.clock.now())) == []
        assert list(await calls.recent(tx, calls.CallFilter(test=None))) == []
        assert list(await leads.recent(tx)) == []
        assert not await suppression.contains(tx, "+14155550123")
        assert not await outbox.any_due(tx, house.services.clock.now())
    problem = assert_plain(await house.client.post(f"/test-chats/{chat['id']}/says", json={"text": "Hi"}), 409)
    assert problem["chat"]["over"] is True  # type: ignore[index]


async def test_a_move_is_taken_back_as_if_it_had_not_been_made(house: Leadline) -> None:
    before = await say(house, await begin(house), "Yes.", "Roof repair.")
    await say(house, before, "94110")
    back = (await house.client.post(f"/test-chats/{before['id']}/back", json={})).json()
    for part in ("card", "asked", "slots", "visited", "standing"):
        assert back[part] == before[part]
    assert [turn["agent"] for turn in turns(back)] == [turn["agent"] for turn in turns(before)]
    for _ in range(2):
        back = (await house.client.post(f"/test-chats/{before['id']}/back", json={})).json()
    assert_plain(await house.client.post(f"/test-chats/{before['id']}/back", json={}), 409)
    silent = (await house.client.post(f"/test-chats/{before['id']}/silence", json={})).json()
    assert turns(silent)[-1]["kind"] == "is_silent"
    over = (await house.client.post(f"/test-chats/{before['id']}/hang-up", json={})).json()
    assert over["over"] is True
    assert (await house.client.delete(f"/test-chats/{before['id']}")).status_code == 204
    assert_plain(await house.client.get(f"/test-chats/{before['id']}"), 404)


async def test_a_changed_flow_is_told_and_talked_with_from_the_same_lines(house: Leadline) -> None:
    chat = await say(house, await begin(house), "Yes.", "Roof repair.")
    assert chat["newest"] == chat["revision"]
    flow = (await house.client.get(f"/flows/{FLOW}/versions/1")).json()
    for slot in flow["slots"]:
        if slot["id"] == "property_type":
            slot["ask"] = ["Do you live there, or work there?"]
    revision = await edit(house, slots=flow["slots"])
    seen = (await house.client.get(f"/test-chats/{chat['id']}")).json()
    assert (seen["revision"], seen["newest"]) == (chat["revision"], revision)
    kept = (await house.client.post(f"/test-chats/{chat['id']}/restart", json={"keep": True})).json()
    assert (kept["revision"], len(kept["turns"])) == (revision, 3)
    assert "Do you live there" in " ".join(turns(kept)[-1]["agent"])  # type: ignore[arg-type]
    anew = (await house.client.post(f"/test-chats/{chat['id']}/restart", json={})).json()
    assert (anew["revision"], len(anew["turns"])) == (revision, 1)
    assert_plain(await house.client.post("/test-chats", json={"flow_id": FLOW, "revision": 1}), 409)


async def test_a_talk_that_is_gone_is_held_again_from_the_clients_lines(house: Leadline) -> None:
    chat = await say(house, await begin(house), "Yes.", "Roof repair.", "94110")
    moves = [{"kind": turn["kind"], "text": turn["caller"]} for turn in turns(chat)]
    again = await begin(house, moves=moves)
    assert again["id"] != chat["id"]
    assert again["slots"] == chat["slots"]
    assert [turn["agent"] for turn in turns(again)] == [turn["agent"] for turn in turns(chat)]


async def test_two_moves_at_once_are_made_one_after_the_other_or_refused(house: Leadline) -> None:
    chat = await begin(house)
    path = f"/test-chats/{chat['id']}/says"
    both = await asyncio.gather(*(house.client.post(path, json={"text": "Yes.", "seen": 1}) for _ in range(4)))
    assert sorted(answer.status_code for answer in both) == [200, 409, 409, 409]
    refused = next(answer for answer in both if answer.status_code == 409)
    assert len(assert_plain(refused, 409)["chat"]["turns"]) == 2  # type: ignore[index]
    free = await asyncio.gather(*(house.client.post(path, json={"text": "94110"}) for _ in range(3)))
    assert sorted(len(answer.json()["turns"]) for answer in free) == [3, 4, 5]


async def test_a_client_that_goes_away_leaves_a_whole_turn(house: Leadline) -> None:
    chat = await begin(house)
    with pytest.raises(httpx.TimeoutException):
        await house.client.post(f"/test-chats/{chat['id']}/says", json={"text": "Yes."}, timeout=0.0001)
    await asyncio.sleep(0.3)
    seen = (await house.client.get(f"/test-chats/{chat['id']}")).json()
    assert len(seen["turns"]) in (1, 2)
    assert all(turn["agent"] for turn in seen["turns"])
    assert len(turns(await say(house, seen, "94110"))) == len(seen["turns"]) + 1


async def test_hostile_input_is_refused_or_is_just_words(house: Leadline) -> None:
    chat = await begin(house)
    path = f"/test-chats/{chat['id']}/says"
    for text in ("", "x" * 1001):
        assert assert_plain(await house.client.post(path, json={"text": text}), 422)["problems"]
    assert_plain(await house.client.post(path, json={"text": "\x00\n\t "}), 422)
    said = await say(house, chat, "Yes\x00 speaking\r\nDELETE /calls \u2028 now", "<script>alert(1)</script>")
    assert turns(said)[1]["caller"] == "Yes speaking DELETE /calls now"
    assert turns(said)[2]["caller"] == "<script>alert(1)</script>"
    for wrong in ({"calendar": "lost"}, {"moves": [{"kind": "shoots"}]}, {"moves": [{"kind": "says"}] * 200},
                  {"lead": {"first_name": "x" * 500}}, {"local_time": "yesterday"}):  # fmt: skip
        order = {"flow_id": FLOW, **wrong}
        assert assert_plain(await house.client.post("/test-chats", json=order), 422)["problems"]
    bad = await house.client.post("/test-chats", json={"flow_id": FLOW, "lead": {"phone": "12"}})
    assert bad.status_code == 422
    assert_plain(await house.client.post("/test-chats", json={"flow_id": "nowhere"}), 404)
    assert_plain(await house.stranger.post("/test-chats", json={"flow_id": FLOW}), 401)


async def test_a_draft_no_talk_can_be_held_with_says_why(house: Leadline) -> None:
    flow = (await house.client.get(f"/flows/{FLOW}/versions/1")).json()
    flow["edges"] = [edge for edge in flow["edges"] if edge["from"]["node"] != "opening"]
    await edit(house, edges=flow["edges"])
    chat = await say(house, await begin(house), "Yes.")
    assert "no way on" in str(turns(chat)[-1]["problem"])
    assert chat["over"] is True
    for card in flow["nodes"]:
        if card["id"] == "opening":
            card["settings"] = {"slots": 7}
    await edit(house, nodes=flow["nodes"])
    problem = assert_plain(await house.client.post("/test-chats", json={"flow_id": FLOW}), 422)
    assert problem["code"] == "flow_broken"
    assert_plain(await house.client.post(f"/test-chats/{chat['id']}/restart", json={}), 422)
    assert len((await house.client.get(f"/test-chats/{chat['id']}")).json()["turns"]) == 2


async def test_the_number_of_talks_is_bounded_and_old_ones_go(house: Leadline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_room, "MOST_CHATS", 3)
    ids = [str((await begin(house))["id"]) for _ in range(4)]
    states = [(await house.client.get(f"/test-chats/{id}")).status_code for id in ids]
    assert states == [404, 200, 200, 200]
    monkeypatch.setattr(chat_room, "IDLE_S", -1.0)
    assert "gone" in str(assert_plain(await house.client.get(f"/test-chats/{ids[3]}"), 404)["detail"])
