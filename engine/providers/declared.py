"""All kinds of connections, ours and those of installed packages, and how one of a declared kind stands."""

from __future__ import annotations

from engine.calendars.kinds import CALENDAR_KINDS
from engine.leads.meta_kind import META
from engine.leads.sources.connection_kinds import SOURCE_KINDS
from engine.providers.accounts import KINDS, ConnectionInvalid, read_account
from engine.providers.examine import Finding
from engine.providers.kinds import ACCOUNT_KINDS
from engine.sdk import Connection, ConnectionKind, StepFailed
from engine.sdk.registry import NodeTypes


def all_kinds(types: NodeTypes) -> dict[str, ConnectionKind]:
    """By name. No package can take the place of one of ours."""
    ours = {str(kind): each for kind, each in ACCOUNT_KINDS.items()} | dict(CALENDAR_KINDS) | dict(SOURCE_KINDS)
    ours[META.kind] = META
    return ours | {kind: each for kind, each in types.connection_kinds().items() if kind not in ours}


def problems(connection: Connection, kinds: dict[str, ConnectionKind]) -> str:
    """Why it cannot be kept, or nothing. Of kinds that nobody declares everything is kept."""
    if connection.kind in KINDS:
        try:
            read_account(connection)
        except ConnectionInvalid as problem:
            return str(problem)
        return ""
    kind = kinds.get(connection.kind)
    return " ".join(kind.problems(connection)) if kind is not None else ""


async def examine_declared(connection: Connection, kind: ConnectionKind | None) -> Finding | None:
    """What its own *test connection* says; None for a kind that has none."""
    if kind is None or kind.test is None:
        return None
    if wrong := kind.problems(connection):
        return Finding("connection", connection.name, ok=False, sentence=" ".join(wrong), fix="Enter what is missing.")
    try:
        return Finding("connection", connection.name, ok=True, sentence=await kind.test(connection))
    except StepFailed as problem:
        return Finding("connection", connection.name, ok=False, sentence=str(problem))
