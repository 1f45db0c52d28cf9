"""Look-ups that begin while the telephone rings: what is known is confirmed in passing, and nobody waits for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import ClassVar

import pytest

from engine.call.ahead import LookAhead
from engine.flow import shipped
from engine.flow.document import FlowDocument
from engine.flow.model import Flow
from engine.sdk import (
    AheadContext,
    Connection,
    Effects,
    Exit,
    NodeSettings,
    QuietContext,
    QuietNode,
    StepFailed,
    Transient,
)
from engine.sdk.registry import NodeTypes, discover
from tests.support.talk import DANA, START, Talk


class CrmSettings(NodeSettings):
    connection: str = "crm"


class Crm(QuietNode[CrmSettings]):
    """Knows Dana's ZIP."""

    type = "acme.crm"
    title = "Ask the CRM"
    exits = (Exit("known", "Known"), Exit("failed", "Failed", failure=True))
    effects = Effects(outside=True, budget_s=5.0)
    looks_ahead = True
    asked: ClassVar[list[str]] = []
    hold: ClassVar[asyncio.Event | None] = None

    async def ahead(self, ctx: AheadContext) -> Mapping[str, str] | None:
        self.asked.append(ctx.connection(self.settings.connection).settings["token"])
        if self.hold is not None:
            await self.hold.wait()
        return {"zip": "94107", "service": "a plumbing repair"}

    async def run(self, ctx: QuietContext) -> str:
        try:
            found = await ctx.found_ahead()
        except StepFailed as problem:
            ctx.acted("ask_crm", result=str(problem))
            return "failed"
        for slot, text in (found or {}).items():
            ctx.suggest("service_type" if slot == "service" else slot, text, "the CRM")
        return "known"


@pytest.fixture(autouse=True)
def fresh() -> None:
    Crm.asked, Crm.hold = [], None


async def accounts() -> dict[str, Connection]:
    return {"crm": Connection("crm", "acme", {"token": "t0ken"})}


def begun(*cards: Crm) -> LookAhead:
    ahead = LookAhead()
    ahead.begin(cards, DANA, START, accounts)
    return ahead


def card(**settings: str) -> Crm:
    return Crm(CrmSettings(**settings))


async def test_an_answer_that_came_while_it_rang_is_there_at_once():
    ahead = begun(card())
    assert await ahead.found(card()) == {"zip": "94107", "service": "a plumbing repair"}
    assert Crm.asked == ["t0ken"]


async def test_an_answer_that_is_late_keeps_nobody_waiting():
    Crm.hold = asyncio.Event()
    ahead = begun(card())
    with pytest.raises(StepFailed, match="was not there when the call was answered"):
        await ahead.found(card())
    Crm.hold.set()


async def test_two_cards_with_the_same_question_ask_once():
    ahead = begun(card(), card(), card(connection="crm"))
    await asyncio.gather(*(ahead.found(card()) for _ in range(3)))
    assert Crm.asked == ["t0ken"]


async def test_a_connection_that_is_not_there_is_told():
    ahead = begun(card(connection="other"))
    with pytest.raises(StepFailed, match="No connection is called 'other'"):
        await ahead.found(card(connection="other"))


async def test_what_a_card_raises_is_told_without_its_words():
    class Broken(Crm):
        async def ahead(self, ctx: AheadContext) -> Mapping[str, str] | None:
            raise ValueError("the token is t0ken")

    broken = Broken(CrmSettings())
    ahead = begun(broken)
    with pytest.raises(StepFailed) as caught:
        await ahead.found(broken)
    assert "t0ken" not in str(caught.value)


async def test_a_refusal_keeps_its_sentence():
    class Busy(Crm):
        async def ahead(self, ctx: AheadContext) -> Mapping[str, str] | None:
            raise Transient("The CRM asks to try again later.")

    busy = Busy(CrmSettings())
    with pytest.raises(StepFailed, match="try again later"):
        await begun(busy).found(busy)


async def test_where_nothing_is_looked_up_nothing_is_found():
    assert await LookAhead().found(card()) is None


# -- in a call ---------------------------------------------------------------------------------------------------------


def asks_first() -> Flow:
    """The home services flow with the look-up between the start and the greeting."""
    data = json.loads(json.dumps(shipped.load("home_services").data))
    start = data["start"]
    data["nodes"].append({"id": "crm", "type": "acme.crm", "name": "CRM", "v": 1, "settings": {}})
    for edge in data["edges"]:
        if edge["from"]["node"] == start:
            first = edge["to"]
            edge["to"] = "crm"
    for exit in ("known", "failed"):
        data["edges"].append(
            {"id": f"crm_{exit}", "from": {"node": "crm", "exit": exit}, "to": first, "kind": "otherwise"}
        )
    return FlowDocument.load(json.dumps(data)).flow


def talk(ahead: LookAhead) -> Talk:
    types = NodeTypes({**{klass.type: klass for klass in discover()}, "acme.crm": Crm})
    return Talk(flow=asks_first(), nodes=types, ahead=ahead)


async def test_what_the_crm_knows_is_confirmed_in_passing_and_the_form_counts_more():
    call = talk(begun(card()))
    opening = await call.answer()
    book = call.conversation.book
    assert "Dana" in opening
    assert (book["zip"].view().value, book["zip"].view().evidence.source) == ("94107", "crm")
    assert book["service_type"].view().value == "roof_repair", "the form said so"
    assert not book["zip"].known, "it is asked whether it is right"


async def test_a_crm_that_is_late_changes_nothing_of_the_greeting():
    Crm.hold = asyncio.Event()
    late = talk(begun(card()))
    without = talk(LookAhead())
    assert await late.answer() == await without.answer()
    assert late.conversation.book["zip"].view().value is None
    Crm.hold.set()
