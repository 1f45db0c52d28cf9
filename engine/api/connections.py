"""Connections to other services: added, replaced, removed and tested. A secret goes in and never comes out again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Use
from engine.providers.accounts import KINDS, ConnectionInvalid, read_account
from engine.providers.examine import examine_connection
from engine.providers.hosted import HostedProber
from engine.providers.stored import newest_flows, vault_of
from engine.providers.uses import uses_of
from engine.sdk import Connection, ConnectionMissing
from engine.store import connections
from engine.store.connections import WrongKey

router = APIRouter(prefix="/connections", tags=["connections"], dependencies=[NEEDS_TOKEN])

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="Small letters, digits, _ and -.")]


class ConnectionLine(BaseModel):
    name: str
    kind: str
    changed_at: datetime


class ConnectionIn(BaseModel):
    """`kind`: google, gemini, vonage, webhook, smtp, outbox_folder, or that of a package. `settings`: see
    docs/providers.md for the first three, docs/nodes.md for the others."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    settings: dict[str, str]


class FindingOut(BaseModel):
    """`part`: connection, ear, voice, mind or carrier. `kind` tells problems apart (wrong_key, quota ...); `sentence`
    says what is wrong, `fix` what to do."""

    part: str
    about: str
    ok: bool
    kind: str
    sentence: str
    fix: str


class TestOut(BaseModel):
    ok: bool
    findings: list[FindingOut]


@router.get("")
async def list_connections(use: Use) -> list[ConnectionLine]:
    """All connections by name, without what they hold."""
    async with use.database.read() as tx:
        found = await connections.overview(tx)
    return [ConnectionLine(name=each.name, kind=each.kind, changed_at=each.changed_at) for each in found]


@router.put("/{name}", dependencies=[NEEDS_PUBLISHER], responses={422: {"model": ProblemOut}})
async def save_connection(name: Name, new: ConnectionIn, use: Use) -> ConnectionLine:
    """Add a connection or replace the one of that name, whole. The next call goes by it."""
    connection = Connection(name, new.kind, new.settings)
    if new.kind in KINDS:
        try:
            read_account(connection)
        except ConnectionInvalid as problem:
            raise Problem(422, str(problem)) from None
    now = datetime.now(UTC)
    try:
        vault = vault_of(use.settings)
    except WrongKey as problem:
        raise Problem(503, str(problem)) from None
    async with use.database.begin() as tx:
        await connections.save(tx, vault, connection, now)
    return ConnectionLine(name=name, kind=new.kind, changed_at=now)


@router.delete("/{name}", dependencies=[NEEDS_PUBLISHER], status_code=204)
async def remove_connection(name: Name, use: Use) -> Response:
    """Remove a connection; one that is not there is no error."""
    async with use.database.begin() as tx:
        await connections.remove(tx, name)
    return Response(status_code=204)


@router.post("/{name}/test", responses={404: {"model": ProblemOut}})
async def test_connection(name: Name, use: Use) -> TestOut:
    """Ask the service with this key whether it would serve, and say in plain words what is wrong if it would not.

    Asked is what the settings and the published flows would use of it.
    """
    try:
        async with use.database.read() as tx:
            connection = await connections.read(tx, vault_of(use.settings), name)
    except ConnectionMissing as missing:
        raise Problem(404, str(missing)) from None
    except WrongKey as problem:
        return _told(FindingOut(part="connection", about=name, ok=False, kind="", sentence=str(problem), fix=""))
    if connection.kind not in KINDS:
        raise Problem(422, f"Connections of the kind '{connection.kind}' cannot be tested; run the card that uses it.")
    flows = await newest_flows(use.database)
    found = await examine_connection(connection, uses_of(use.settings, flows), HostedProber(use.settings))
    return _told(
        *(FindingOut(part=f.part, about=f.about, ok=f.ok, kind=f.kind, sentence=f.sentence, fix=f.fix) for f in found)
    )


def _told(*findings: FindingOut) -> TestOut:
    return TestOut(ok=all(each.ok for each in findings), findings=list(findings))
