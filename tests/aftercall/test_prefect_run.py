"""Calls carried out on a real Prefect server: what a person sees there, and what happens when things go wrong."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    temporary_settings,
)

from engine.aftercall.again import Wish
from engine.aftercall.executor import Executor
from engine.aftercall.replay import replay
from engine.aftercall.runs import PrefectRuns
from engine.flow.model import Flow
from engine.sdk import AfterCallContext, NotYet, Permanent, StepOutcome, Transient
from engine.sdk.registry import NodeTypes, discover
from engine.store import outbox, steps
from engine.store.outbox import Entry
from tests.support.aftercall import arrow, card, disposition_is, flow
from tests.support.aftercall_cards import card_type
from tests.support.aftercall_desk import QUICK, Desk, at_work, hang_up_now, until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def three_cards() -> Flow:
    """A webhook, then an e-mail; a Slack-like second webhook only for refused calls."""
    return flow(
        ("tell",),
        (card("tell"), card("mail", "email", to="office@example.com"), card("sorry")),
        (arrow("tell", "mail"), arrow("tell", "sorry", disposition_is("refused"), label="refused")),
    )


async def test_a_person_finds_the_call_its_cards_and_what_was_sent_in_the_dashboard(desk: Desk) -> None:
    async with at_work(desk.worker):
        await hang_up_now(desk, three_cards())
        entry = await desk.ends("call_31")
        run = await desk.run(entry, "COMPLETED")
        tasks = await desk.tasks(entry, 3)
    assert run["name"] == "Home: booked (call_31)"
    assert set(run["tags"]) == {"flow:home", "disposition:booked", "call:call_31"}
    assert run["state"]["message"] == "2 of 3 cards done, 1 not needed."
    assert {tuple(task["tags"]) for task in tasks.values()} == {
        ()
    }  # with tags each task asks for a slot before it begins
    assert tasks["Card sorry"]["state"]["name"] == "NotNeeded"
    assert "sent to 127.0.0.1" in tasks["Card tell"]["state"]["message"]

    graph = await desk.ask(f"/flow_runs/{entry.flow_run_id}/graph-v2")
    nodes = dict(graph["nodes"])
    arrows = {(node["label"], nodes[child["id"]]["label"]) for node in nodes.values() for child in node["children"]}
    assert arrows == {("Card tell", "Card mail"), ("Card tell", "Card sorry")}

    artifacts = await desk.search("/artifacts/filter", flow_runs={"id": {"any_": [entry.flow_run_id]}})
    by_key = {artifact["key"]: artifact for artifact in artifacts}
    assert by_key.keys() == {"tell", "mail", "after-call-cards"}
    table = json.loads(by_key["after-call-cards"]["data"])
    assert [(row["Card"], row["State"], row["Tries"]) for row in table] == [
        ("Card tell", "done", 1), ("Card sorry", "skipped", 0), ("Card mail", "done", 1)
    ]  # fmt: skip
    everything = json.dumps([run, artifacts, list(tasks.values())])
    for secret in ("Dana", "Reyes", "4155550123", "dana.reyes", "94107", desk.crm.secret):
        assert secret not in everything
    [message] = desk.folder.glob("*.eml")
    assert b"Dana" in message.read_bytes()


async def test_nothing_of_the_lead_is_anywhere_in_prefects_database(desk: Desk) -> None:
    """Whatever cards write into their notes, errors and what they show; the file itself is searched."""

    async def chatty(ctx: AfterCallContext) -> StepOutcome:
        lead = ctx.result.lead
        words = f"Wrote to {lead.first_name} {lead.last_name}, {lead.email}, {lead.phone}."
        return StepOutcome(words, external_id=f"contact-{lead.email}", sent={"who": words})

    async def grumbles(ctx: AfterCallContext) -> StepOutcome:
        raise Permanent(f"{ctx.result.lead.email} was refused for {ctx.result.lead.first_name}.")

    async def stutters(ctx: AfterCallContext) -> StepOutcome:
        raise Transient(f"{ctx.result.lead.phone} is busy, {ctx.result.lead.last_name} must wait.")

    bad = {each.__name__: card_type(each.__name__, each) for each in (chatty, grumbles, stutters)}
    desk.worker.lane.types = NodeTypes({**discover().by_type, **bad})
    drawn = flow(tuple(bad), tuple(card(id, id) for id in bad))
    async with at_work(desk.worker):
        await hang_up_now(desk, drawn, "call_32")
        entry = await desk.ends("call_32", "dead")
        await desk.run(entry, "FAILED")
        await desk.tasks(entry, 9)  # three runs of three cards
    with contextlib.closing(sqlite3.connect(desk.server.home / "prefect.db")) as file:
        kept = "\n".join(file.iterdump()).lower()
    assert "call_32" in kept
    for personal in ("dana", "reyes", "4155550123", "94107", "1200 18th"):
        assert personal not in kept


async def test_a_receiver_that_is_busy_gets_it_a_little_later_under_the_same_id(desk: Desk) -> None:
    desk.crm.refuse_next(503)
    desk.crm.refuse_next(429, headers={"retry-after": "1"})
    async with at_work(desk.worker):
        await hang_up_now(desk, flow(("tell",), (card("tell"),)))
        entry = await desk.ends("call_31")
        tasks = await desk.tasks(entry, 1)
    assert desk.crm.requests == 3
    assert [delivery.id for delivery in desk.crm.deliveries] == ["call_31:tell"]
    assert tasks["Card tell"]["run_count"] == 3


async def test_a_long_pause_that_is_asked_for_holds_no_worker_and_the_run_stands_there_for_that_moment(
    desk: Desk,
) -> None:
    desk.crm.refuse_next(429, headers={"retry-after": "3600"})
    asked = desk.worker.lane.clock()
    async with at_work(desk.worker):
        await hang_up_now(desk, flow(("tell",), (card("tell"),)))

        async def put_off() -> Entry | None:
            async with desk.database.read() as tx:
                entry = await outbox.find(tx, "call_31")
            return entry if entry and entry.state == "pending" and entry.attempt == 1 else None

        entry = await until(put_off, 40)
        run = await desk.run(entry, "SCHEDULED")
    assert entry.next_at >= asked + timedelta(seconds=3600)
    assert desk.crm.requests == 1
    assert run["state"]["name"] == "TryAgainLater"
    scheduled = datetime.fromisoformat(run["state"]["state_details"]["scheduled_time"])
    assert abs((scheduled - entry.next_at).total_seconds()) < 1


async def test_when_tries_inside_a_run_are_used_up_the_same_run_comes_back_later(desk: Desk) -> None:
    desk.crm.refuse_next(503, 503, 503, 503, 503)
    async with at_work(desk.worker):
        await hang_up_now(desk, three_cards())
        entry = await desk.ends("call_31")
        run = await desk.run(entry, "COMPLETED")
    assert entry.attempt == 2
    assert (run["run_count"], entry.gen) == (2, 1)
    assert len(desk.crm.deliveries) == 1


async def test_a_card_that_waits_stands_in_the_dashboard_for_its_moment_and_the_same_run_is_brought_back_then(
    desk: Desk,
) -> None:
    moment: list[datetime] = []

    async def reminds(ctx: AfterCallContext) -> StepOutcome:
        if not moment:
            moment.append(ctx.now + timedelta(seconds=4))
        if ctx.now < moment[0]:
            raise NotYet("Waits until the day before.", moment[0])
        return StepOutcome("Reminded.")

    types = discover()
    desk.worker.lane.types = NodeTypes({**types.by_type, "reminds": card_type("reminds", reminds)})
    drawn = flow(
        ("tell", "remind"), (card("tell"), card("remind", "reminds"), card("next")), (arrow("remind", "next"),)
    )
    async with at_work(desk.worker):
        await hang_up_now(desk, drawn)
        first = await desk.waits("call_31")
        waiting = await desk.run(first, "SCHEDULED")
        tasks = await desk.tasks(first, 3)
        entry = await desk.ends("call_31")
        run = await desk.run(entry, "COMPLETED")
    assert waiting["state"]["name"] == "Waiting"
    scheduled = datetime.fromisoformat(waiting["state"]["state_details"]["scheduled_time"])
    assert abs((scheduled - moment[0]).total_seconds()) < 1
    assert "Waits until the day before." in waiting["state"]["message"]
    assert {name: task["state"]["name"] for name, task in tasks.items()} == {
        "Card tell": "Completed", "Card remind": "Waiting", "Card next": "Waits",
    }  # fmt: skip
    assert (entry.flow_run_id, entry.gen, entry.attempt) == (first.flow_run_id, 1, 1)
    assert (run["id"], run["run_count"]) == (first.flow_run_id, 2)
    assert [delivery.id for delivery in desk.crm.deliveries] == ["call_31:tell", "call_31:next"]


async def test_a_call_that_never_works_is_given_up_and_says_why(desk: Desk) -> None:
    desk.crm.refuse_next(*[503] * 50)
    async with at_work(desk.worker):
        await hang_up_now(desk, flow(("tell",), (card("tell"),)))
        entry = await desk.ends("call_31", "dead")
    assert entry.attempt == 3
    assert "Card tell: The receiver answered 503." in entry.problem


async def test_a_refusal_fails_its_branch_only_and_a_replay_repeats_only_that(desk: Desk) -> None:
    lanes = flow(
        ("tell", "mail"),
        (card("tell"), card("mail", "email", to="office@example.com"), card("next")),
        (arrow("tell", "next"),),
    )
    desk.crm.refuse_next(400)
    async with at_work(desk.worker):
        await hang_up_now(desk, lanes)
        entry = await desk.ends("call_31", "failed")
        run = await desk.run(entry, "FAILED")
        async with desk.database.read() as tx:
            states = {step.step_id: step.state for step in await steps.read(tx, "call_31")}
        assert states == {"tell": "failed", "mail": "done", "next": "blocked"}
        assert "refused the data (answer 400)" in run["state"]["message"]
        assert desk.crm.requests == 1
        [message] = desk.folder.glob("*.eml")
        written = message.stat().st_mtime_ns

        async with desk.database.begin() as tx:
            await replay(tx, "call_31", Wish(), "Ana", desk.worker.lane.clock())
        desk.worker.poke()
        await desk.ends("call_31")
    assert [delivery.id for delivery in desk.crm.deliveries] == ["call_31:tell", "call_31:next"]
    assert message.stat().st_mtime_ns == written


async def test_a_long_branch_behind_a_refusal_ends_at_once_and_is_not_tried_again(desk: Desk) -> None:
    chain = flow(
        ("tell",),
        (card("tell"), card("second"), card("third"), card("fourth")),
        (arrow("tell", "second"), arrow("second", "third"), arrow("third", "fourth")),
    )
    desk.crm.refuse_next(400)
    async with at_work(desk.worker):
        await hang_up_now(desk, chain)
        entry = await desk.ends("call_31", "failed", "dead")
        async with desk.database.read() as tx:
            states = {step.step_id: step.state for step in await steps.read(tx, "call_31")}
    assert (entry.state, entry.attempt) == ("failed", 1)
    assert states == {"tell": "failed", "second": "blocked", "third": "blocked", "fourth": "blocked"}


async def test_without_prefect_the_outbox_waits_and_nothing_is_lost(desk: Desk, tmp_path: Path) -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES: 0}):
        async with at_work(desk.worker):
            await hang_up_now(desk, three_cards())

            async def waits() -> bool:
                async with desk.database.read() as tx:
                    entry = await outbox.find(tx, "call_31")
                return entry is not None and entry.problem == "Waits for Prefect's server."

            assert await until(waits)
    async with at_work(desk.worker):
        await desk.ends("call_31")
    assert len(desk.crm.deliveries) == 1


async def test_a_run_that_prefect_lost_is_made_anew_and_done_cards_are_not_repeated(desk: Desk) -> None:
    lanes = flow(("tell",), (card("tell"), card("next")), (arrow("tell", "next"),))
    async with at_work(desk.worker):
        desk.crm.delay_s = 0.3  # time to prepare the refusal of the next one
        await hang_up_now(desk, lanes)
        await desk.crm.arrived(1)
        desk.crm.refuse_next(400)
        first = await desk.ends("call_31", "failed")
        await desk.run(first, "FAILED")
        async with httpx.AsyncClient() as client:
            gone = await client.delete(f"{desk.server.api_url}/flow_runs/{first.flow_run_id}")
            gone.raise_for_status()
        async with desk.database.begin() as tx:
            await replay(tx, "call_31", Wish(), "Ana", desk.worker.lane.clock())
        second = await desk.ends("call_31")
        await desk.run(second, "COMPLETED")
    assert second.flow_run_id != first.flow_run_id
    assert second.gen == 2
    assert [delivery.id for delivery in desk.crm.deliveries] == ["call_31:tell", "call_31:next"]
    assert desk.crm.repeats == 0


async def test_calls_side_by_side_are_all_carried_out_once(desk: Desk) -> None:
    async with at_work(desk.worker):
        for each in range(8):
            await hang_up_now(desk, three_cards(), f"call_{each}")
        for each in range(8):
            await desk.ends(f"call_{each}")
    assert len(desk.crm.deliveries) == 8
    assert desk.crm.repeats == 0
    assert len(list(desk.folder.glob("*.eml"))) == 8


async def test_a_worker_killed_in_the_middle_of_a_card_leaves_one_effect_each(desk: Desk, tmp_path: Path) -> None:
    lanes = flow(
        ("tell",),
        (card("tell"), card("next"), card("mail", "email", to="office@example.com")),
        (arrow("tell", "next"), arrow("next", "mail")),
    )
    order = {
        "api_url": desk.server.api_url, "home": str(tmp_path / "home"), "url": desk.crm.url, "secret": desk.crm.secret,
        "database": desk.database_url, "folder": str(desk.folder),
    }  # fmt: skip

    async def start() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.aftercall_worker", json.dumps(order), cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, env=dict(os.environ),
        )  # fmt: skip

    desk.crm.delay_s = 2.0  # it has taken the webhook and is about to answer
    await hang_up_now(desk, lanes)
    first = await start()
    try:
        await desk.crm.arrived(1, 40)
    finally:
        first.send_signal(signal.SIGKILL)
        await first.wait()
    desk.crm.delay_s = 0
    second = await start()
    try:
        entry = await desk.ends("call_31", within_s=60)
        run = await desk.run(entry, "COMPLETED")
    finally:
        second.terminate()
        await second.wait()
    assert [delivery.id for delivery in desk.crm.deliveries] == ["call_31:tell", "call_31:next"]
    assert desk.crm.repeats == 1  # the second worker could not know; the receiver knew by the id
    assert len(list(desk.folder.glob("*.eml"))) == 1
    assert entry.attempt == 2
    assert UUID(run["id"]) == UUID(entry.flow_run_id or "")


async def test_a_run_whose_call_another_worker_has_does_nothing_and_is_shown_as_left_to_it(desk: Desk) -> None:
    """Two workers meet at one run: the database lets one of them have the call."""
    lane = desk.worker.lane
    await hang_up_now(desk, flow(("tell",), (card("tell"),)))
    async with desk.database.begin() as tx:
        [entry] = await outbox.claim(tx, lane.clock(), lane.clock() + timedelta(seconds=30), 1)
    async with PrefectRuns.connect() as runs:
        run = await runs.ready(entry)
        job = await lane.take("call_31", "the other", str(run.id))
        await Executor(lane, QUICK).execute(run)
        assert await lane.beat(job)
    await desk.run(replace(entry, flow_run_id=str(run.id)), "CANCELLED")
    assert desk.crm.requests == 0


async def test_the_dashboard_is_corrected_where_it_tells_another_story(desk: Desk) -> None:
    """Prefect was away when the call ended; what the outbox says of it names the lead, and the dashboard must not."""

    async def grumbles(ctx: AfterCallContext) -> StepOutcome:
        raise Permanent("Dana Reyes is not known there.")

    desk.worker.lane.types = NodeTypes({**discover().by_type, "grumbles": card_type("grumbles", grumbles)})
    async with at_work(desk.worker):
        for call_id, type in (("call_31", "webhook"), ("call_32", "grumbles")):
            await hang_up_now(desk, flow(("tell",), (card("tell", type),)), call_id)
        entries = [await desk.ends("call_31"), await desk.ends("call_32", "failed")]
        shown = [await desk.run(each, state) for each, state in zip(entries, ("COMPLETED", "FAILED"), strict=True)]
    async with httpx.AsyncClient() as client:
        for run in shown:
            state = {"state": {"type": "RUNNING"}, "force": True}
            await client.post(f"{desk.server.api_url}/flow_runs/{run['id']}/set_state", json=state)
    async with PrefectRuns.connect() as runs:
        for entry in entries:
            await runs.correct(entry)
    await desk.run(entries[0], "COMPLETED")
    message = (await desk.run(entries[1], "FAILED"))["state"]["message"]
    assert message == "0 of 1 cards done. Card tell: D••• R••• is not known there."
