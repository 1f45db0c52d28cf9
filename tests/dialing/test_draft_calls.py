"""Test calls in the store: a process that takes one over holds it with the same draft, and so does a late result."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.call.ledger import Ledger
from engine.dialing import Tryout
from engine.dialing.draft_calls import enter
from engine.sdk import CallResult
from engine.sdk.result import CallPart, LeadPart, OutcomePart
from engine.store import Database, calls, flows, outbox, trials
from engine.telephony.events import AnswerRequest
from tests.dialing.test_dialer import FLOW, PHONE, desk

OUR_NUMBER = "+14155550100"


async def tryout(database: Database, **effects: object) -> Tryout:
    async with database.read() as tx:
        draft = await flows.draft(tx, FLOW)
    assert draft is not None
    text = draft.text.replace('"Home services: book an estimate"', '"The draft that is tried"', 1)
    return Tryout(replace(draft, text=text, revision=7), "Dana", PHONE, {"service": "Roof"}, "Pat", **effects)  # type: ignore[arg-type]


async def test_another_process_takes_a_test_call_over_with_its_own_draft(database: Database, tmp_path: Path) -> None:
    async with desk(database, tmp_path) as here:
        wanted = await tryout(database)
        first, second = here.boards
        async with database.begin() as tx:
            order = await enter(tx, wanted, "outbound", OUR_NUMBER, first.holder, here.clock.now())
        async with database.begin() as tx:
            # The draft is edited while the phone rings: the call goes on with the one it began with.
            await flows.save_draft(tx, FLOW, "Home", '{"id": "gone"}', by="Ann", now=here.clock.now())
        await second.answer_webhook(order.call_id, AnswerRequest("uuid-1", "conversation-1"))
        live = second.live(order.call_id)
        assert live is not None
        assert live.flow.name == "The draft that is tried"
        assert live.order.trial == order.trial
        assert live.order.lead.form == {"service": "Roof"}
        assert (live.order.flow_version, live.order.from_number, live.order.lead.phone) == (0, OUR_NUMBER, PHONE)


async def test_a_browser_call_is_entered_without_a_number(database: Database, tmp_path: Path) -> None:
    async with desk(database, tmp_path) as here:
        wanted = replace(await tryout(database), phone="")
        async with database.begin() as tx:
            order = await enter(tx, wanted, "browser", "", here.boards[0].holder, here.clock.now())
            record = await calls.read(tx, order.call_id)
        assert record is not None
        assert (record.direction, record.test, record.to_number, record.person) == ("browser", True, "", "Dana")
        live = await here.boards[0].prepare(order)
        assert live.order.direction == "browser"
        assert not live.order.does("calendar")
        assert here.network.calls == []


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_late_result_of_a_test_call_is_brought_in_with_its_own_draft(
    database: Database, tmp_path: Path, allowed: bool
) -> None:
    async with desk(database, tmp_path) as here:
        wanted = await tryout(database, effects=("after_call",) if allowed else ())
        now = here.clock.now()
        async with database.begin() as tx:
            order = await enter(tx, wanted, "outbound", OUR_NUMBER, here.boards[0].holder, now)
            await flows.save_draft(tx, FLOW, "Home", '{"id": "gone"}', by="Ann", now=now)
        result = CallResult(
            event_id=f"evt_{order.call_id}",
            occurred_at=now + timedelta(minutes=3),
            flow_id=FLOW,
            flow_version=0,
            flow_name="The draft that is tried",
            test=True,
            lead=LeadPart(id=order.lead.id, first_name="Dana", last_name="", phone=PHONE, source="test call"),
            call=CallPart(id=order.call_id, started_at=now, duration_s=60.0),
            outcome=OutcomePart(disposition="booked"),
        )
        unsaved = tmp_path / "unsaved"
        unsaved.mkdir()
        content = {"result": result.model_dump(mode="json", by_alias=True), "spoken": True, "problem": "",
                   "after_call": order.does("after_call")}  # fmt: skip
        (unsaved / f"{order.call_id}.json").write_text(json.dumps(content))
        assert await Ledger(database, unsaved, here.boards[0].holder).bring_in() == 1
        async with database.read() as tx:
            record = await calls.read(tx, order.call_id)
            assert record is not None
            assert record.state == "finished"
            assert (await outbox.find(tx, order.call_id) is not None) is allowed
            assert await trials.read(tx, order.call_id) == order.trial
