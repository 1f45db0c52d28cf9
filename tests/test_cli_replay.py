"""`leadline replay`: one call, one card, all that failed on a day; asked before many; refusals in words."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Coroutine
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from engine.cli import app
from engine.cli_replay import listed
from engine.store import Database, outbox, replays, steps
from engine.store.after_call_list import Line
from engine.store.migration import migrate
from tests.support.aftercall import NOON, arrow, card, flow, hang_up, result

DAY = "2026-11-24"
LANE = flow(("tell", "mail"), (card("tell"), card("mail"), card("sheet")), (arrow("mail", "sheet"),))


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Two calls of which the mail failed, and one that is done."""
    for name in [name for name in os.environ if name.startswith("LEADLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path}/app.db"
    monkeypatch.setenv("LEADLINE_DATABASE_URL", url)
    asyncio.run(_fill(url))
    return url


async def _fill(url: str) -> None:
    await migrate(url)
    database = Database(url)
    for number, mail in enumerate(("failed", "failed", "done")):
        call_id = f"call_{number}"
        await hang_up(database, LANE, result(call_id), NOON)
        async with database.begin() as tx:
            until = NOON + timedelta(minutes=1)
            entry = await outbox.take(tx, call_id, "w", "run-1", NOON, until)
            assert entry
            for id in ("tell", "mail"):
                await steps.claim(tx, call_id, id, "w", NOON, until)
            await steps.done(tx, call_id, "tell", "w", "", "Sent.", None, NOON)
            if mail == "failed":
                await steps.failed(tx, call_id, "mail", "w", "Refused.", NOON)
                await outbox.finish(tx, entry.id, "w", "failed", "Card mail: Refused.", NOON)
            else:
                await steps.done(tx, call_id, "mail", "w", "", "Sent.", None, NOON)
                await outbox.finish(tx, entry.id, "w", "done", "", NOON)
    await database.close()


def leadline(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["replay", *arguments], input=stdin, env={"COLUMNS": "200"})


def ask(work: Coroutine[Any, Any, str]) -> str:
    return asyncio.run(work)


async def state(url: str, call_id: str) -> str:
    database = Database(url)
    async with database.read() as tx:
        entry = await outbox.find(tx, call_id)
    await database.close()
    assert entry
    return entry.state


async def asker(url: str, call_id: str) -> str:
    database = Database(url)
    async with database.read() as tx:
        [kept] = await replays.of_call(tx, call_id)
    await database.close()
    return kept.by


def test_one_call_is_done_again(url: str) -> None:
    done = leadline("call_0")
    assert (done.exit_code, "Card mail" in done.output) == (0, True), done.output
    assert ask(state(url, "call_0")) == "pending"
    assert ask(asker(url, "call_0")).endswith("on the command line")


def test_one_card_is_done_again_for_programs(url: str) -> None:
    done = leadline("call_0", "--step", "mail", "--json")
    [made] = json.loads(done.stdout)["replayed"]
    assert made["call_id"] == "call_0"
    assert "Card mail" in made["cards"]


def test_all_of_a_day_are_listed_and_done_again_only_after_a_yes(url: str) -> None:
    refused = leadline("--day", DAY, stdin="n\n")
    assert refused.exit_code == 1
    assert "Card mail: Refused." in refused.output
    assert "2 calls" in refused.output
    assert ask(state(url, "call_0")) == "failed"
    done = leadline("--day", DAY, stdin="y\n")
    assert (done.exit_code, "2 calls of 2 are being done again" in done.output) == (0, True), done.output
    assert [ask(state(url, f"call_{each}")) for each in range(3)] == ["pending", "pending", "done"]
    assert "Nothing failed" in leadline("--day", DAY).output


def test_the_id_of_a_call_is_listed_whole_in_a_narrow_window() -> None:
    id = "call_d651399690c9fcec883e061e"
    line = Line(
        id, "Dana", "f", "Home services", "booked", "failed", "No connection is called 'texts'.", NOON, NOON, None
    )
    screen = Console(width=80, record=True, file=StringIO())
    screen.print(listed([line]))
    assert id in screen.export_text()


def test_a_program_must_say_yes_before_many(url: str) -> None:
    assert leadline("--day", DAY, "--json").exit_code == 2
    assert ask(state(url, "call_0")) == "failed"
    done = leadline("--day", DAY, "--json", "--yes")
    assert len(json.loads(done.stdout)["replayed"]) == 2
    assert json.loads(leadline("--day", DAY, "--flow", "other", "--json", "--yes").stdout)["replayed"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Name one call"),
        (("call_0", "--day", DAY), 2, "Name one call"),
        (("--day", "26.11."), 2, "is no day"),
        (("--day", "2026-02-30"), 2, "is no day"),
        (("--day", DAY, "--step", "mail"), 2, "go with one call"),
        (("call_0", "--again"), 2, "name it with --step"),
        (("call_0", "--flow", "home"), 2, "goes with --day"),
        (("call_2",), 1, "is done"),
        (("call_2", "--step", "mail"), 1, "twice"),
        (("call_0", "--lane", "now"), 1, "no published version"),
        (("call_9",), 1, "no after-call work"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(url: str, arguments: tuple[str, ...], code: int, words: str) -> None:
    refused = leadline(*arguments)
    assert (refused.exit_code, words in refused.output) == (code, True), refused.output
