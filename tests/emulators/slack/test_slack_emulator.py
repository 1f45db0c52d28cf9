"""The stand-in is as strict as Slack where our card could go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.emulators.slack import SlackEmulator


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(a_second=1_000) as emulator:
        yield emulator


async def post(slack: SlackEmulator, content: Any) -> tuple[int, str]:
    async with httpx.AsyncClient() as web:
        answer = await web.post(slack.url, json=content)
        return answer.status_code, answer.text


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def test_a_message_is_answered_with_ok(slack: SlackEmulator) -> None:
    assert await post(slack, {"text": "a &amp; b <!here>", "blocks": [section("&lt;!here&gt;")]}) == (200, "ok")
    assert slack.channel[0].seen == "a & b ⟦!here⟧\n<!here>"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({}, "no_text"),
        ([], "invalid_payload"),
        ({"blocks": [section("x")] * 51}, "invalid_blocks"),
        ({"blocks": [section("x" * 3_001)]}, "invalid_blocks"),
        ({"blocks": [section("")]}, "invalid_blocks"),
        ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2_001}]}]}, "invalid_blocks"),
        ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "poem"}]}, "invalid_blocks"),
    ],
)
async def test_what_slack_does_not_take_is_refused_in_its_words(slack: SlackEmulator, content: Any, word: str) -> None:
    assert await post(slack, content) == (400, word)
    assert slack.channel == []


async def test_a_webhook_that_is_gone_and_a_channel_that_is_archived(slack: SlackEmulator) -> None:
    slack.state = "channel_is_archived"
    assert await post(slack, {"text": "x"}) == (410, "channel_is_archived")
    slack.path = "/services/T/B/other"
    slack.state = "no_service"
    assert await post(slack, {"text": "x"}) == (404, "no_service")


async def test_about_one_a_second() -> None:
    now = 0.0
    async with SlackEmulator(clock=lambda: now) as slack, httpx.AsyncClient() as web:
        first, second = [await web.post(slack.url, json={"text": "x"}) for _ in range(2)]
        now = 1.1
        third = await web.post(slack.url, json={"text": "x"})
    assert [each.status_code for each in (first, second, third)] == [200, 429, 200]
    assert second.headers["retry-after"] == "1"
