"""Calls from the browser, with the real application and a socket as a browser opens it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import websockets

from engine.api.browser_media import Code
from engine.call import holding
from engine.call.conversation import FlowConversation
from engine.dialing import browser_calls
from engine.store import calls, outbox
from tests.api.test_resources import assert_plain
from tests.api.test_whole_call import events_of
from tests.support.api import Leadline, leadline
from tests.support.browser_phone import ORIGIN, connect, joined, open_call
from tests.support.call_fakes import voice_frame

STOP = {1: "Stop calling me and take me off your list."}
BUILDER = {"builder_origins": f"http://localhost:8501,{ORIGIN}"}


async def record_of(
    house: Leadline, call_id: str, state: str = "finished", within_s: float = 20.0
) -> dict[str, object]:
    async with asyncio.timeout(within_s):
        while True:
            call: dict[str, object] = (await house.client.get(f"/calls/{call_id}")).json()
            if call["state"] == state:
                return call
            await asyncio.sleep(0.05)


async def test_a_browser_talks_with_the_draft_and_the_call_stands_in_the_record(tmp_path: Path) -> None:
    async with leadline(tmp_path, STOP, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            await phone.until_heard(20)
            phone.say(voice_frame(1) * 60)
            assert await phone.closed() == Code.OVER
        call = await record_of(house, opened["call_id"])
        assert (call["test"], call["direction"], call["flow_version"]) == (True, "browser", 0)
        assert (call["disposition"], call["ended_by"], call["problem"]) == ("do_not_call", "assistant", "")
        assert call["result"]["disclosures"]["ai"]["said"] is True  # type: ignore[index]
        assert call["has_recording"] is True
        assert house.network.calls == [], "no carrier has anything to do with it"
        async with house.services.database.read() as tx:
            assert await outbox.find(tx, opened["call_id"]) is None


async def test_the_agent_speaks_first_and_at_once(tmp_path: Path) -> None:
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            await phone.until_heard(5, within_s=3)
            await phone.hang_up()
        journal = (await record_of(house, opened["call_id"]))["journal"]
        [opening] = [each for each in journal if each["kind"] == "opening"]  # type: ignore[attr-defined]
        assert opening["at_ms"] < 1000, "nobody who has clicked on a button says hello first"


async def test_hanging_up_ends_the_call_as_the_callers_doing(tmp_path: Path) -> None:
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            await phone.until_heard()
            await phone.hang_up()
        call = await record_of(house, opened["call_id"], within_s=5)
        assert (call["ended_by"], call["problem"]) == ("caller", "")


async def test_a_closed_tab_ends_the_call_at_once(tmp_path: Path) -> None:
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            await phone.until_heard()
            await phone.socket.close(1001)
        assert (await record_of(house, opened["call_id"], within_s=5))["ended_by"] == "caller"


async def test_a_line_that_breaks_is_come_back_to_with_the_next_ticket(tmp_path: Path) -> None:
    async with leadline(tmp_path, STOP, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as first:
            await first.until_heard(20)
            first.vanish()
            async with joined(opened, first.next_ticket) as second:
                await second.until_heard(10)
                second.say(voice_frame(1) * 60)
                assert await second.closed() == Code.OVER
        call = await record_of(house, opened["call_id"])
        kinds = [each["kind"] for each in call["journal"]]  # type: ignore[attr-defined]
        assert kinds.index("line_lost") < kinds.index("line_back")
        assert (call["disposition"], call["ended_by"]) == ("do_not_call", "assistant")
        assert call["result"]["metrics"]["resumed"] == 1  # type: ignore[index]


async def test_who_does_not_come_back_leaves_a_finished_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "BROWSER_BACK_S", 0.5)
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            await phone.until_heard()
            phone.vanish()
            call = await record_of(house, opened["call_id"], within_s=5)
        assert call["ended_by"] == "carrier"
        assert "did not come back" in call["result"]["outcome"]["explanation"]  # type: ignore[index]


async def test_a_ticket_opens_one_socket(tmp_path: Path) -> None:
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            await phone.until_heard()
            async with joined(opened) as copy:
                assert await copy.closed() == Code.USED
            heard = len(phone.heard)
            await phone.until_heard(heard + 5)  # the first one talks on
            await phone.hang_up()
        await record_of(house, opened["call_id"])
        async with joined(opened, phone.next_ticket) as late:
            assert await late.closed() == Code.GONE


async def test_a_page_from_elsewhere_gets_no_socket(tmp_path: Path) -> None:
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        for origin in ("http://evil.example", "http://builder.test", "null"):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await connect(opened["url"], opened["ticket"], origin)
            assert refused.value.response.status_code == 403
        # Another address of the builder is let in, but the ticket was made for a page of the first one.
        async with joined(opened, origin="http://localhost:8501") as phone:
            assert await phone.closed() == Code.REFUSED
        async with joined(opened) as phone:
            await phone.until_heard()


async def test_tickets_that_are_forged_old_or_of_another_call_open_nothing(tmp_path: Path) -> None:
    async with leadline(tmp_path, **BUILDER) as house:
        opened, other = await open_call(house), await open_call(house)
        for ticket, code in (
            ("", Code.REFUSED),
            ("call-abc.def", Code.REFUSED),
            (opened["watch_ticket"], Code.REFUSED),
            (house.services.call_tickets.join(opened["call_id"], 1, ORIGIN, 0.0), Code.EXPIRED),
            (other["ticket"], Code.BAD_HELLO),
            (house.services.call_tickets.join("call_of_nobody", 1, ORIGIN, 4e9), Code.BAD_HELLO),
        ):
            async with joined(opened, ticket or "nothing") as phone:
                assert await phone.closed() == code, ticket


async def test_a_browser_that_never_comes_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_calls, "NOBODY_CAME_AFTER_S", 0.3)
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        call = await record_of(house, opened["call_id"], "failed", within_s=5)
        assert "never joined" in str(call["problem"])
        assert house.services.switchboard.calls == ()
        async with joined(opened) as late:
            assert await late.closed() == Code.GONE


async def test_a_call_that_is_too_long_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FlowConversation, "max_call_s", 1.5)
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            assert await phone.closed() == Code.LIMIT
        assert (await record_of(house, opened["call_id"]))["ended_by"] == "limit"


async def test_two_people_talk_with_the_draft_at_the_same_time(tmp_path: Path) -> None:
    async with leadline(tmp_path, STOP, **BUILDER) as house:
        first, second = await open_call(house), await open_call(house)
        async with joined(first) as one, joined(second) as two:
            await asyncio.gather(one.until_heard(20), two.until_heard(20))
            one.say(voice_frame(1) * 60)
            assert await one.closed() == Code.OVER
            before = len(two.heard)
            two.say(voice_frame(1) * 60)
            assert await two.closed() == Code.OVER
            assert len(two.heard) > before
        for opened in (first, second):
            assert (await record_of(house, opened["call_id"]))["disposition"] == "do_not_call"


async def test_a_stopping_engine_takes_no_new_call_and_lets_the_running_one_end(tmp_path: Path) -> None:
    async with leadline(tmp_path, STOP, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            await phone.until_heard(20)
            house.server.stop()
            await asyncio.sleep(0.1)
            refused = await house.client.post("/test-calls", json={"flow_id": "home_services_v1", "kind": "browser"})
            assert "stopped" in str(assert_plain(refused, 503)["detail"])
            phone.say(voice_frame(1) * 60)
            assert await phone.closed() == Code.OVER
        async with house.services.database.read() as tx:
            [call] = await calls.recent(tx, calls.CallFilter(test=None))
        assert (call.disposition, call.state) == ("do_not_call", "finished")


async def test_a_full_engine_says_so(tmp_path: Path) -> None:
    async with leadline(tmp_path, max_calls=1, **BUILDER) as house:
        await open_call(house)
        refused = await house.client.post("/test-calls", json={"flow_id": "home_services_v1", "kind": "browser"})
        assert "lines are in use" in str(assert_plain(refused, 503)["detail"])


async def test_what_cannot_be_held_is_refused_before_anything_begins(tmp_path: Path) -> None:
    async with leadline(tmp_path, **BUILDER) as house:
        for changed, status, words in (
            ({"flow_id": "nowhere"}, 404, "no flow"),
            ({"origin": "http://evil.example"}, 422, "LEADLINE_BUILDER_ORIGINS"),
            ({"number": "call me"}, 422, "not a phone number"),
            ({"revision": 99}, 409, "changed"),
        ):
            asked = {"flow_id": "home_services_v1", "kind": "browser", **changed}
            assert words in str(assert_plain(await house.client.post("/test-calls", json=asked), status)["detail"])
        assert (await house.stranger.post("/test-calls", json={"flow_id": "x", "kind": "browser"})).status_code == 401
        assert house.services.switchboard.calls == ()


async def test_keys_reach_the_call(tmp_path: Path) -> None:
    async with leadline(tmp_path, **BUILDER) as house:
        opened = await open_call(house)
        async with joined(opened) as phone:
            await phone.until_heard(10)
            await phone.press("9")
            assert await phone.closed() == Code.OVER
        assert (await record_of(house, opened["call_id"]))["disposition"] == "do_not_call"


class TestWatching:
    async def test_a_page_follows_its_own_call_with_the_calls_ticket(self, tmp_path: Path) -> None:
        async with leadline(tmp_path, STOP, **BUILDER) as house:
            opened, other = await open_call(house), await open_call(house)
            headers = {"Authorization": f"Bearer {opened['watch_ticket']}", "Origin": ORIGIN}
            async with joined(opened) as phone:
                await phone.until_heard(20)
                phone.say(voice_frame(1) * 60)
                assert await phone.closed() == Code.OVER
            answer = await house.stranger.get(opened["events_url"], headers=headers)
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert "event: ended" in answer.text
            assert answer.text == (await house.client.get(f"/calls/{opened['call_id']}/events")).text
            for address in (other["events_url"], f"/calls/{opened['call_id']}", "/calls"):
                assert (await house.stranger.get(address, headers=headers)).status_code == 401
            with_join = {"Authorization": f"Bearer {opened['ticket']}"}
            assert (await house.stranger.get(opened["events_url"], headers=with_join)).status_code == 401
            assert (await events_of(house, opened["call_id"]))[-1][0] == "ended"

    async def test_a_browser_may_ask_from_the_builder_and_from_nowhere_else(self, tmp_path: Path) -> None:
        async with leadline(tmp_path, **BUILDER) as house:
            asked = {
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "authorization,last-event-id",
            }
            fine = await house.stranger.options("/calls/x/events", headers={**asked, "Origin": ORIGIN})
            assert fine.status_code == 200
            assert fine.headers["access-control-allow-origin"] == ORIGIN
            assert "access-control-allow-credentials" not in fine.headers
            strange = await house.stranger.options(
                "/calls/x/events", headers={**asked, "Origin": "http://evil.example"}
            )
            assert "access-control-allow-origin" not in strange.headers
