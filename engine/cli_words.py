"""What all commands share: how they print, how they end, and which errors are for people."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console

T = TypeVar("T")

out = Console(highlight=False)
note = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def fail(message: str, code: int = 2) -> NoReturn:
    """Say what is wrong, and end."""
    note.print(message, style="red", markup=False)
    raise typer.Exit(code)


def print_json(document: object) -> None:
    """One object on one line, for programs."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def running(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of `work`; an error that was written for people ends the command with its message."""
    try:
        return asyncio.run(work)
    except Exception as problem:
        if not is_for_people(problem):
            raise
        fail(str(problem))


def tell(quiet: bool) -> Callable[[str], None]:
    """Progress for people, kept away from the output that programs read."""
    return lambda text: None if quiet else note.print(text, style="dim", markup=False)


def is_for_people(problem: Exception) -> bool:
    """Whether an exception's message was written to be shown. All others are bugs and keep their traceback."""
    from engine.dialogue.model import ModelError
    from engine.flow.document import FlowNewer, FlowRefused
    from engine.providers.accounts import ConnectionInvalid
    from engine.sdk import ConnectionMissing
    from engine.settings import SettingsProblem
    from engine.simulate.api_client import ApiRefused
    from engine.simulate.emulators import NoEmulators
    from engine.simulate.scenario import ScenarioFileInvalid
    from engine.simulate.sound_call import CallNotPlayed
    from engine.speech.ports import SpeechError
    from engine.store import DatabaseDown
    from engine.store.connections import WrongKey
    from engine.store.migration import MigrationProblem
    from engine.store.people import PersonRefused
    from engine.supervisor import ChildFailed

    shown = (
        ApiRefused,
        CallNotPlayed,
        ChildFailed,
        ConnectionInvalid,
        ConnectionMissing,
        DatabaseDown,
        FlowNewer,
        FlowRefused,
        MigrationProblem,
        ModelError,
        NoEmulators,
        PersonRefused,
        ScenarioFileInvalid,
        SettingsProblem,
        SpeechError,
        WrongKey,
    )
    return isinstance(problem, shown)
