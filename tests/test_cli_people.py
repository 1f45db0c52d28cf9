"""`leadline people`: passwords never from the command line, and a way back in for everybody."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.cli import app

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("LEADLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def leadline(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["people", *arguments], input=stdin)


def roles() -> dict[str, str]:
    listed = leadline("list", "--json")
    assert listed.exit_code == 0, listed.output
    return {each["name"]: each["role"] for each in json.loads(listed.stdout)["people"]}


def test_people_are_entered_changed_and_removed(tmp_path: Path) -> None:
    assert "asks for no log-in" in leadline("list").output
    added = leadline("add", "dana", "--role", "admin", "--shown", "Dana Reyes", "--stdin", stdin=PASSWORD)
    assert added.exit_code == 0, added.output
    asked = leadline("add", "ann", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert asked.exit_code == 0, asked.output
    assert roles() == {"ann": "editor", "dana": "admin"}
    assert leadline("change", "ann", "--role", "viewer").exit_code == 0
    assert leadline("change", "dana", "--password", "--stdin", stdin="another long password").exit_code == 0
    assert roles()["ann"] == "viewer"
    assert leadline("remove", "ann").exit_code == 0
    assert roles() == {"dana": "admin"}
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert PASSWORD.encode() not in kept


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (("add", "ann", "--stdin"), PASSWORD, "first person must be an administrator"),
        (("add", "dana", "--role", "admin", "--stdin"), "short", "at least 10 characters"),
        (("remove", "nobody"), "", "nobody with the name"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(arguments: tuple[str, ...], stdin: str, words: str) -> None:
    refused = leadline(*arguments, stdin=stdin)
    assert refused.exit_code == 2
    assert words in " ".join(refused.output.split())
