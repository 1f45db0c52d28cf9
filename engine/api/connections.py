"""Connections to other services: added, replaced, removed and tested. A secret goes in and never comes out again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN, Asking
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.calendars.listing import LISTED, ListedCalendar, list_calendars
from engine.flow.model import Flow
from engine.leads.sources.settings import connections_named
from engine.providers.accounts import KINDS
from engine.providers.declared import all_kinds, examine_declared, problems
from engine.providers.examine import Finding, examine_connection
from engine.providers.hosted import HostedProber
from engine.providers.stored import newest_flows, vault_of
from engine.providers.uses import uses_of
from engine.sdk import (
    CalendarDown,
    CalendarError,
    Connection,
    ConnectionField,
    ConnectionKind,
    ConnectionMissing,
    Json,
)
from engine.store import audit, connections, lead_sources
from engine.store.connections import WrongKey

router = APIRouter(prefix="/connections", tags=["connections"], dependencies=[NEEDS_TOKEN])

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="Small letters, digits, _ and -.")]
_MISSING: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ProblemOut}, 503: {"model": ProblemOut}}
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {422: {"model": ProblemOut}, 503: {"model": ProblemOut}}


class FieldOut(BaseModel):
    """One thing to enter. `secret`: never shown again. `choices`: the only values taken. `long`: has lines. `advanced`:
    hardly anybody needs it."""

    name: str
    label: str
    help: str
    required: bool
    secret: bool
    example: str
    choices: list[str]
    long: bool
    advanced: bool

    @classmethod
    def of(cls, field: ConnectionField) -> FieldOut:
        values = {name: getattr(field, name) for name in cls.model_fields}
        return cls(**{**values, "choices": list(field.choices)})


class KindOut(BaseModel):
    """`purpose`: what such an account does, as the end of a sentence. `testable`: *test connection* can ask it.
    `calendars`: `GET /connections/{name}/calendars` lists its calendars. `steps`: how to get what is asked for."""

    kind: str
    title: str
    purpose: str
    testable: bool
    calendars: bool
    fields: list[FieldOut]
    steps: list[str]


class ConnectionLine(BaseModel):
    """A connection without what it holds."""

    name: str
    kind: str
    changed_at: datetime


class UseOut(BaseModel):
    """Where a connection is used: a card of a published flow, the flow as a whole (`card` empty), or a lead source
    (`source`: its name; the others are empty then)."""

    flow_id: str = ""
    flow: str = ""
    card: str = ""
    source: str = ""


class ConnectionFull(ConnectionLine):
    """`settings`: what is no secret. `secrets`: names of the secrets that are kept, without their values."""

    settings: dict[str, str]
    secrets: list[str]
    used_by: list[UseOut]


class ConnectionIn(BaseModel):
    """`kind`: one of `GET /connections/kinds`. `keep_secrets`: secrets that are not given stay as they are, so that a
    connection can be changed without typing them again."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")
    settings: dict[str, str]
    keep_secrets: bool = False


class FindingOut(BaseModel):
    """`part`: connection, ear, voice, mind or carrier. `kind` tells problems apart (wrong_key, quota ...); `sentence`
    says what is wrong or what was found, `fix` what to do."""

    part: str
    about: str
    ok: bool
    kind: str
    sentence: str
    fix: str

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        return cls(**{name: getattr(finding, name) for name in cls.model_fields})


class CalendarThereOut(BaseModel):
    """A calendar of an account. `id`: what a calendar is chosen by. `zone`: IANA name, empty if the service tells none.
    `writable`: null if the service does not tell. `main`: the account's own."""

    id: str
    name: str
    zone: str
    writable: bool | None
    main: bool

    @classmethod
    def of(cls, found: ListedCalendar) -> CalendarThereOut:
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class TestOut(BaseModel):
    """Whether a connection would serve, and what was found."""

    ok: bool
    findings: list[FindingOut]


@router.get("")
async def list_connections(use: Use) -> list[ConnectionLine]:
    """All connections by name, without what they hold."""
    async with use.database.read() as tx:
        found = await connections.overview(tx)
    return [ConnectionLine(name=each.name, kind=each.kind, changed_at=each.changed_at) for each in found]


@router.get("/kinds")
async def connection_kinds(use: Use) -> list[KindOut]:
    """The sorts of accounts that can be entered, ours and those of installed packages, with their fields."""
    return [
        KindOut(
            kind=each.kind,
            title=each.title,
            purpose=each.purpose,
            testable=each.kind in KINDS or each.test is not None,
            calendars=each.kind in LISTED,
            fields=[FieldOut.of(field) for field in each.fields],
            steps=list(each.steps),
        )
        for each in _kinds(use).values()
    ]


@router.get("/{name}", responses=_MISSING)
async def one_connection(name: Name, use: Use) -> ConnectionFull:
    """What a connection holds, without its secrets, and who uses it."""
    kept, changed_at = await _kept(use, name)
    kind = _kinds(use).get(kept.kind)
    async with use.database.read() as tx:
        sources = await lead_sources.all_of_them(tx)
    # Of a kind that is not known here everything may be secret.
    plain = {each.name for each in kind.fields if not each.secret} if kind is not None else set()
    return ConnectionFull(
        name=name,
        kind=kept.kind,
        changed_at=changed_at,
        settings={field: value for field, value in kept.settings.items() if field in plain},
        secrets=sorted(field for field in kept.settings if field not in plain),
        used_by=[
            *_used_by(name, await newest_flows(use.database)),
            *(UseOut(source=each.name) for each in sources if name in connections_named(each.document)),
        ],
    )


@router.put("/{name}", dependencies=[NEEDS_PUBLISHER], responses=_REFUSED)
async def save_connection(name: Name, new: ConnectionIn, use: Use, asking: Asking) -> ConnectionLine:
    """Add a connection or replace the one of that name. The next call goes by it."""
    connection = await _given(name, new, use)
    if wrong := problems(connection, _kinds(use)):
        raise Problem(422, wrong)
    now = datetime.now(UTC)
    try:
        vault = vault_of(use.settings)
    except WrongKey as problem:
        raise Problem(503, str(problem)) from None
    async with use.database.begin() as tx:
        await connections.save(tx, vault, connection, now)
        await audit.add(tx, asking.who, "changed_connection", f"connection:{name}", {"kind": new.kind}, now)
    return ConnectionLine(name=name, kind=new.kind, changed_at=now)


@router.delete("/{name}", dependencies=[NEEDS_PUBLISHER], status_code=204)
async def remove_connection(name: Name, use: Use, asking: Asking) -> Response:
    """Remove a connection; one that is not there is no error."""
    async with use.database.begin() as tx:
        await connections.remove(tx, name)
        await audit.add(tx, asking.who, "removed_connection", f"connection:{name}", {}, use.clock.now())
    return Response(status_code=204)


@router.post("/{name}/test", dependencies=[NEEDS_PUBLISHER], responses={**_MISSING, **_REFUSED})
async def test_connection(name: Name, use: Use, unsaved: ConnectionIn | None = None) -> TestOut:
    """Ask the service with this key whether it would serve, and say in plain words what is wrong if it would not.

    Asked is what the settings and the published flows would use of it. With a body, what was entered and not saved yet
    is tried.
    """
    if unsaved is not None:
        connection = await _given(name, unsaved, use)
    else:
        try:
            async with use.database.read() as tx:
                connection = await connections.read(tx, vault_of(use.settings), name)
        except ConnectionMissing as missing:
            raise Problem(404, str(missing)) from None
        except WrongKey as problem:
            return _told(Finding("connection", name, ok=False, sentence=str(problem)))
    if connection.kind in KINDS:
        flows = await newest_flows(use.database)
        found = await examine_connection(connection, uses_of(use.settings, flows), HostedProber(use.settings))
        return _told(*found)
    finding = await examine_declared(connection, _kinds(use).get(connection.kind))
    if finding is None:
        raise Problem(422, f"Connections of the kind '{connection.kind}' cannot be tested; run the card that uses it.")
    return _told(finding)


@router.get("/{name}/calendars", dependencies=[NEEDS_PUBLISHER], responses={**_MISSING, **_REFUSED})
async def calendars_of_connection(name: Name, use: Use) -> list[CalendarThereOut]:
    """The calendars that an account at Google Calendar or on a CalDAV server has, to choose from."""
    connection, _ = await _kept(use, name)
    try:
        found = await list_calendars(connection)
    except CalendarDown as down:
        raise Problem(503, str(down)) from None
    except CalendarError as problem:
        raise Problem(422, str(problem)) from None
    return [CalendarThereOut.of(each) for each in found]


async def _given(name: str, new: ConnectionIn, use: Services) -> Connection:
    """What was entered, with the secrets that stay. A secret stays only with the service it was entered for: else
    whoever may change an address could have it sent to a server of their own."""
    settings = {field: value for field, value in new.settings.items() if value.strip()}
    kind = _kinds(use).get(new.kind)
    if new.keep_secrets and kind is not None:
        kept, _ = await _kept(use, name)
        place = [each.name for each in kind.fields if each.required and not each.secret]
        same = all(kept.settings.get(field, "") == settings.get(field, "") for field in place)
        left = {each.name for each in kind.fields if each.secret} - set(settings)
        if kept.kind == new.kind and same:
            settings |= {field: value for field, value in kept.settings.items() if field in left}
        elif left & set(kept.settings):
            raise Problem(422, "The address is another one now: enter the secret for it as well.", code="secret_needed")
    return Connection(name, new.kind, settings)


async def _kept(use: Services, name: str) -> tuple[Connection, datetime]:
    try:
        async with use.database.read() as tx:
            return await connections.read_stamped(tx, vault_of(use.settings), name)
    except ConnectionMissing as missing:
        raise Problem(404, str(missing)) from None
    except WrongKey as problem:
        raise Problem(503, str(problem)) from None


def _kinds(use: Services) -> dict[str, ConnectionKind]:
    return all_kinds(use.nodes)


def _used_by(name: str, flows: Iterable[Flow]) -> Iterable[UseOut]:
    for flow in flows:
        if name in (flow.providers.ear.connection, flow.providers.voice.connection, flow.providers.mind.connection):
            yield UseOut(flow_id=flow.id, flow=flow.name, card="")
        for card in flow.nodes:
            if name in _connections_of(card.settings):
                yield UseOut(flow_id=flow.id, flow=flow.name, card=card.name)


def _connections_of(settings: dict[str, Json]) -> set[str]:
    return {str(value) for field, value in settings.items() if field.endswith("connection") and value}


def _told(*findings: Finding) -> TestOut:
    return TestOut(ok=all(each.ok for each in findings), findings=[FindingOut.of(each) for each in findings])
