"""The body of a webhook is what its schema says, and never longer than receivers take."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from engine.sdk import AfterCallContext, CallResult, Permanent
from engine.sdk.result import Event
from nodes.aftercall.webhook import Webhook, WebhookSettings
from nodes.aftercall.webhook_body import BODY_LIMIT, encoded, told
from tests.nodes.connect.conftest import called
from tests.support.aftercall import result
from tests.support.http import Door

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parents[3] / "schemas/call-result.schema.json").read_text()))
LONG = "Ä" * 100_000  # two bytes each


def with_turns(count: int) -> CallResult:
    return called(transcript=[{"who": "caller", "text": LONG, "at_ms": n} for n in range(count)])


@pytest.mark.parametrize("event", get_args(Event))
async def test_a_real_body_of_every_event_is_what_the_schema_says(
    connected: Callable[..., AfterCallContext], event: Event
) -> None:
    async with Door(()) as door:
        ctx = connected("webhook", url=door.url, secret="whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3")
        ctx.result = called(callback={"at": "2026-11-26T14:00:00Z", "by": "human", "why": "asked for it"})
        await Webhook(WebhookSettings(connection="crm", event=event)).run(ctx)
    document = json.loads(door.requests[0].body)
    SCHEMA.validate(document)
    assert document["event"] == event


def test_the_schema_refuses_an_event_that_is_never_sent() -> None:
    document = json.loads(encoded(told(result(), "call.completed")))
    assert not SCHEMA.is_valid(document | {"event": "call.exploded"})


def test_a_call_of_the_usual_length_is_sent_whole() -> None:
    sent = told(with_turns(1), "call.completed")
    assert (len(sent.transcript), sent.left_out) == (1, [])


def test_a_transcript_beyond_256_kb_is_left_out_and_the_rest_is_a_whole_document() -> None:
    sent = told(with_turns(2), "call.completed")
    document = json.loads(encoded(sent))
    SCHEMA.validate(document)
    assert (document["transcript"], document["left_out"]) == ([], ["transcript"])
    assert document["answers"]
    assert document["call"]["id"] == "call_31"
    assert len(encoded(sent)) <= BODY_LIMIT


def test_then_what_the_flow_added_and_then_the_form_are_left_out() -> None:
    custom = called(custom={"log": LONG + LONG})
    assert told(custom, "call.completed").left_out == ["transcript", "custom"]
    form = called(lead={"form": {"message": LONG + LONG}})
    sent = told(form, "call.completed")
    assert sent.left_out == ["transcript", "custom", "form"]
    assert (sent.lead.form, sent.lead.first_name) == ({}, "Dana")
    SCHEMA.validate(json.loads(encoded(sent)))


def test_what_cannot_be_made_short_enough_is_for_a_person_to_mend() -> None:
    with pytest.raises(Permanent, match="256 KB"):
        told(called(summary=LONG + LONG), "call.completed")


async def test_what_was_left_out_is_told(connected: Callable[..., AfterCallContext]) -> None:
    async with Door(()) as door:
        ctx = connected("webhook", url=door.url, secret="whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3")
        ctx.result = with_turns(2)
        outcome = await Webhook(WebhookSettings(connection="crm")).run(ctx)
    assert outcome.note.endswith("Left out, as it was too long: transcript.")
