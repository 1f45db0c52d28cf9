"""What accounts at other services are made of, as a person enters them and a package declares them.

    class Crm(AfterCallNode[CrmSettings]):
        connection_kinds = (ConnectionKind("acme_crm", "Acme CRM", "keeps your customers", FIELDS, test=ask_acme),)

The builder makes its form from the fields; `test` is what *test connection* runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from engine.sdk.contexts import Connection

TestConnection = Callable[[Connection], Awaitable[str]]
"""Asks the service whether it would serve and returns what was found, as a sentence. Raises `Permanent` or `Transient`
with a sentence that says what is wrong and what to do. Leaves nothing behind at the service."""

CheckConnection = Callable[[Connection], Sequence[str]]
"""What is wrong with what was entered, beyond missing fields: sentences without any secret. Asks nobody."""


@dataclass(frozen=True, slots=True)
class ConnectionField:
    """One thing that a person enters. `secret`: never shown again. `choices`: the only values that are taken; `long`:
    has lines, such as a key file; `advanced`: hardly anybody needs it."""

    name: str
    label: str
    help: str = ""
    required: bool = False
    secret: bool = False
    example: str = ""
    choices: tuple[str, ...] = ()
    long: bool = False
    advanced: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionKind:
    """A sort of account. `kind`: its permanent name, with a package prefix if it does not ship with Leadline.
    `purpose`: what it does, as the end of a sentence. `test` None: only the card that uses it can tell. `steps`: how to
    get what is asked for at the service, for people who do that for the first time; each may hold `code`."""

    kind: str
    title: str
    purpose: str
    fields: tuple[ConnectionField, ...]
    test: TestConnection | None = None
    check: CheckConnection | None = None
    steps: tuple[str, ...] = ()

    def problems(self, given: Connection) -> tuple[str, ...]:
        """What is wrong with the fields of a connection, one sentence each."""
        missing = [f"{each.label} is missing." for each in self.fields if each.required and not _text(given, each)]
        odd = [
            f"{each.label} must be one of {', '.join(each.choices)}."
            for each in self.fields
            if each.choices and _text(given, each) not in ("", *each.choices)
        ]
        known = {each.name for each in self.fields}
        strange = [f"“{name}” is no field of this kind of connection." for name in given.settings if name not in known]
        wrong = (*missing, *odd, *strange)
        return wrong if wrong or self.check is None else tuple(self.check(given))


def _text(given: Connection, field: ConnectionField) -> str:
    return given.settings.get(field.name, "").strip()
