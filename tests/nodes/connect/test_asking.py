"""One HTTP request of a card: answered, or explained; nothing is followed, and nothing waited for for ever."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from engine.sdk import Permanent, Transient
from nodes.connect.addresses import Reach
from nodes.connect.asking import Reply, ask, pause_s
from tests.emulators.catch_hooks import MakeEmulator
from tests.emulators.faults import Fault
from tests.support.http import Answer, Door

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def reply(status: int, text: str = "", **headers: str) -> Reply:
    return Reply(status, text, {name.replace("_", "-"): value for name, value in headers.items()}, NOW)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("17", 17.0),
        (" 0.5 ", 0.5),
        ("Tue, 24 Nov 2026 12:00:40 GMT", 40.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("9999999999", None),
        ("", None),
    ],
)
def test_a_pause_is_read_as_seconds_or_as_a_date(given: str, seconds: float | None) -> None:
    assert pause_s(given, NOW) == seconds


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
def test_not_now_is_passing_and_keeps_the_pause(status: int) -> None:
    with pytest.raises(Transient, match=str(status)) as refused:
        reply(status, retry_after="7").refuse_passing("CRM")
    assert refused.value.retry_after_s == 7.0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_somewhere_else_is_for_a_person(status: int) -> None:
    with pytest.raises(Permanent, match="CRM has moved"):
        reply(status).refuse_passing("CRM")


@pytest.mark.parametrize("status", [200, 204, 400, 401, 404, 410, 422])
def test_what_the_service_itself_decides_is_left_to_the_card(status: int) -> None:
    reply(status).refuse_passing("CRM")


@pytest.mark.parametrize(
    ("text", "page"),
    [("<!DOCTYPE html><p>", True), ("\n <HTML lang=en>", True), ("ok", False), ('{"a": "<html>"}', False), ("", False)],
)
def test_a_web_page_is_told_from_an_answer(text: str, page: bool) -> None:
    assert reply(200, text).page is page


async def test_an_answer_is_read_to_a_limit_only() -> None:
    async with Door([Answer(200, body=b"x" * 500_000)]) as door:
        assert len((await ask("CRM", "POST", door.url, reach=Reach.INSIDE, limit=1_000)).text) == 1_000


async def test_a_redirect_is_not_followed() -> None:
    async with Door([Answer(302, {"location": "/elsewhere"})]) as door:
        assert (await ask("CRM", "POST", door.url, reach=Reach.INSIDE)).status == 302
    assert len(door.requests) == 1


async def test_a_receiver_that_took_it_and_falls_silent_is_tried_again() -> None:
    async with MakeEmulator() as make:
        make.faults.set(Fault("stall", times=1))
        with pytest.raises(Transient, match="did not answer in time"):
            await ask("Make", "POST", make.url, b"{}", reach=Reach.INSIDE, patience=httpx.Timeout(0.3, connect=5.0))
        assert len(make.bundles) == 1


@pytest.mark.parametrize("spoil", ["cut", "nobody there"])
async def test_a_connection_that_breaks_is_tried_again_and_names_no_address(spoil: str) -> None:
    async with MakeEmulator() as make:
        make.faults.set(Fault("cut"))
        url = make.url if spoil == "cut" else "http://127.0.0.1:9/secret-path"
        with pytest.raises(Transient, match="could not be reached") as refused:
            await ask("Make", "POST", url, b"{}", reach=Reach.INSIDE)
        assert url not in str(refused.value)
        assert make.token not in str(refused.value)


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would resolve the name themselves, and the judged address would count for nothing."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with Door(()) as door:
        assert (await ask("CRM", "POST", door.url, reach=Reach.INSIDE)).done


@pytest.mark.parametrize(
    ("url", "reach", "words"),
    [
        ("http://10.0.0.7/", Reach.INTERNET, "is inside a private network. Ask Kim."),
        ("http://8.8.8.8/", Reach.INSIDE, "read by everybody on the way"),
        ("ftp://8.8.8.8/", Reach.INTERNET, "cannot be used"),
    ],
)
async def test_an_address_that_may_not_be_used_is_told_with_what_to_do(url: str, reach: Reach, words: str) -> None:
    with pytest.raises(Permanent, match=words):
        await ask("CRM", "POST", url, reach=reach, advice="Ask Kim.")
