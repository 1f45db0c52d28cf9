"""A call that asks a web service: quick, slow, failed, cut into, and only tried out."""

import json
from collections.abc import AsyncIterator

import pytest

from engine.call.acts import Close, Say
from engine.flow import shipped
from engine.flow.check import check
from engine.flow.issues import errors
from engine.flow.model import Flow
from engine.sdk import Connection, Json
from tests.support.http import Answer, Door
from tests.support.talk import NODES, Talk

UP_TO_THE_REQUEST = ("Yes.", "My roof leaks, our house, 94110, this week.")
KNOWN = json.dumps({"customer": {"email": "dana@example.com", "zip": 94110}}).encode()
FILLER = "One moment, I'm looking that up."


def flow(**settings: Json) -> Flow:
    """Home services, with a look at the business's own system before times are offered."""
    data = json.loads(shipped.load("home_services").original)
    card = {
        "connection": "crm",
        "method": "POST",
        "path": "/visits?zip={slot:zip}",
        "body": '{"phone": "{phone}", "service": "{slot:service_type}"}',
        "takes": [{"path": "customer.email", "slot": "email"}],
        **settings,
    }
    data["nodes"].append({"id": "ask_crm", "type": "http_request", "name": "Ask our system", "settings": card})
    for edge in data["edges"]:
        edge["to"] = "ask_crm" if edge["to"] == "book" else edge["to"]
    for exit, to in (("ok", "book"), ("not_found", "book"), ("failed", "callback_no_time")):
        data["edges"].append(
            {"id": f"crm_{exit}", "from": {"node": "ask_crm", "exit": exit}, "to": to, "kind": "otherwise"}
        )
    return Flow.model_validate(data)


def call(door: Door, **settings: Json) -> Talk:
    talk = Talk(flow=flow(**settings))
    given = {"base": door.url.removesuffix("/hooks"), "secret": "Bearer s3cret"}
    talk.outside.connections = {"crm": Connection("crm", "http_api", given)}
    return talk


def fillers(talk: Talk) -> list[str]:
    return [act.text for act in talk.acts if isinstance(act, Say) and act.kind == "filler"]


def told(talk: Talk) -> list[str]:
    return [
        str(action.details["result"]) for action in talk.conversation.outcome.actions if action.name == "http_request"
    ]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with Door([]) as opened:
        yield opened


def test_such_a_flow_has_no_errors() -> None:
    assert list(errors(check(flow(), NODES))) == []


async def test_a_quick_answer_is_taken_without_a_word(door: Door) -> None:
    door.give(Answer(200, body=KNOWN))
    talk = call(door)
    await talk.answer()
    await talk.say(*UP_TO_THE_REQUEST)
    assert talk.asked == "offer_times"
    assert fillers(talk) == []
    assert talk.conversation.book["email"].value == "dana@example.com"
    [asked] = door.requests
    assert asked.target == "/visits?zip=94110"
    assert json.loads(asked.body) == {"phone": "+14155550123", "service": "roof_repair"}
    assert told(talk) == ["answer 200"]


async def test_a_slow_answer_is_covered_and_then_taken(door: Door) -> None:
    door.give(Answer(200, body=KNOWN, after_s=1.5))
    talk = call(door)
    await talk.answer()
    await talk.say(*UP_TO_THE_REQUEST)
    assert fillers(talk) == [FILLER]
    assert talk.asked == "offer_times"
    assert talk.conversation.book["email"].value == "dana@example.com"


async def test_a_service_that_fails_leads_to_a_way_on(door: Door) -> None:
    door.give(Answer(500), Answer(500))
    talk = call(door)
    await talk.answer()
    await talk.say(*UP_TO_THE_REQUEST)
    assert talk.asked == "callback_time"
    assert told(talk) == ["the service refused (answer 500)"]
    await talk.say("Today at five thirty.", "Yes.")
    assert talk.closed == Close("callback_scheduled")


async def test_who_cuts_in_sends_nothing_a_second_time(door: Door) -> None:
    door.give(Answer(200, body=KNOWN, after_s=1.5))
    talk = call(door, idempotency_key=False)
    await talk.answer()
    await talk.say(UP_TO_THE_REQUEST[0])
    acts = talk.conversation.heard(UP_TO_THE_REQUEST[1], talk.now)
    filler = await anext(acts)
    assert isinstance(filler, Say)
    assert filler.text == FILLER
    await acts.aclose()  # type: ignore[attr-defined]  # the shell closes the generator behind the iterator
    await talk.say("Hello? Are you there?")
    assert len(door.requests) == 1
    assert talk.conversation.book["email"].value == "dana@example.com"
    assert told(talk) == ["answer 200"]


async def test_a_call_that_only_tries_out_takes_the_example(door: Door) -> None:
    talk = Talk(flow=flow(example_answer=KNOWN.decode()))
    await talk.answer()
    await talk.say(*UP_TO_THE_REQUEST)
    assert talk.asked == "offer_times"
    assert talk.conversation.book["email"].value == "dana@example.com"
    assert told(talk) == ["the example answer"]
    assert door.requests == []


async def test_a_connection_that_nobody_set_up_leads_to_a_way_on() -> None:
    talk = Talk(flow=flow())
    talk.outside.connections = {}
    await talk.answer()
    await talk.say(*UP_TO_THE_REQUEST)
    assert talk.asked == "callback_time"
    assert told(talk) == ["not asked: No connection is called 'crm'. Add it on the page Connections."]
