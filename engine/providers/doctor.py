"""`leadline doctor`: everything a call depends on, looked at one after the other and told in plain words.

It asks only the services that the settings or a published flow use, and changes nothing; only the database's tables
are brought into shape first, as at every start.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from engine.clock import BELIEVED, ahead_of, in_words
from engine.flow.model import Flow
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.providers.accounts import (
    KINDS,
    ConnectionInvalid,
    GeminiAccount,
    GoogleAccount,
    VonageAccount,
    read_account,
)
from engine.providers.choice import Choice, choose, misfits
from engine.providers.examine import Finding, Prober, examine_connection
from engine.providers.stored import newest_flows, vault_of
from engine.providers.uses import uses_of
from engine.sdk import Connection
from engine.settings import Settings, variable
from engine.speech import models
from engine.store import Database, DatabaseDown, appointments, calls, connections
from engine.store.appointments import CalendarSetup
from engine.store.connections import Vault, WrongKey
from engine.store.migration import MigrationProblem, migrate
from engine.telephony.trust import NOT_BELIEVED

DATE_WITHIN_S: Final = 8.0
LOOK_BACK: Final = 50
"""Calls in which the newest one that is over is looked for."""


async def examine(settings: Settings, prober: Prober) -> AsyncIterator[Finding]:
    """Findings as they stand, in the order in which they should be mended."""
    for each in speech_models():
        yield each
    database = Database(settings.database_address)
    try:
        try:
            await migrate(settings.database_address)
            published = await newest_flows(database)
            stored, unreadable = await _connections(settings, database)
        except (DatabaseDown, MigrationProblem) as down:
            yield Finding("database", database.where, ok=False, sentence=str(down), fix=_DATABASE)
            return
        yield Finding("database", database.where, ok=True, sentence=f"{len(published)} published flows")
        for each in default_flow(settings, published):
            yield each
        for each in unreadable:
            yield each
        choices = {"the settings": (choose(settings), "en-US")} | {
            f"the flow “{flow.name}”": (choose(settings, flow), flow.language) for flow in published
        }
        for about, (choice, language) in choices.items():
            for each in fits(about, choice, language, stored):
                yield each
        used = uses_of(settings, published)
        names = frozenset[str]().union(*(each.choice.connections for each in used)) | (
            {settings.phone_connection} - {""} if settings.phone == "vonage" else set()
        )
        for each in await clock(settings, [stored[name] for name in sorted(names) if name in stored]):
            yield each
        for name, connection in sorted(stored.items()):
            if connection.kind not in KINDS:
                yield Finding("connection", name, ok=True, sentence=f"of the kind {connection.kind}, not asked")
            elif name not in names:
                yield Finding("connection", name, ok=True, sentence="in use nowhere, not asked")
        examined = await asyncio.gather(
            *(examine_connection(stored[name], used, prober) for name in sorted(names) if name in stored)
        )
        for found in examined:
            for each in found:
                yield each
        async with database.read() as tx:
            kept = [await appointments.setup(tx, name) for name in await appointments.calendars(tx)]
        for each in calendars_kept(kept, {*stored, *(finding.about for finding in unreadable)}):
            yield each
        async for each in carrier(settings, stored, prober):
            yield each
        for each in await heard_of_the_carrier(settings, database):
            yield each
    finally:
        await database.close()


_DATABASE: Final = f"Start the database, or correct {variable('database_url')}."


def speech_models() -> list[Finding]:
    """The local models: they serve by default, and stand behind every hosted service."""
    problems = models.check()
    if not problems:
        return [Finding("models", "speech models", ok=True, sentence="all there")]
    return [Finding("models", each.name, ok=False, sentence=each.message) for each in problems]


def default_flow(settings: Settings, published: Sequence[Flow]) -> list[Finding]:
    """Whether leads whose form names no flow can be called. A fresh installation publishes the shipped flows first."""
    if not published or settings.default_flow in {flow.id for flow in published}:
        return []
    return [
        Finding(
            "flow",
            settings.default_flow,
            ok=False,
            sentence=f"Leads whose form names no flow are called by '{settings.default_flow}', which is not published.",
            fix=f"Publish it, or name another one in {variable('default_flow')}.",
        )
    ]


def fits(about: str, choice: Choice, language: str, stored: dict[str, Connection]) -> list[Finding]:
    """What is wrong with a choice before anybody is asked."""
    found = [Finding("flow", about, ok=False, sentence=each) for each in misfits(choice, language)]
    for part, name, kind in (
        ("ear", choice.ear.connection, "google"),
        ("voice", choice.voice.connection, "google"),
        ("mind", choice.mind.connection, "gemini"),
    ):
        if name and name not in stored:
            found.append(
                Finding(
                    part,
                    about,
                    ok=False,
                    sentence=f"Wants the connection '{name}', which is not there. Calls use this machine's own engine.",
                    fix=f"Add it: leadline connect add {name} --kind {kind} ...",
                )
            )
        elif name and stored[name].kind != kind:
            found.append(
                Finding(
                    part,
                    about,
                    ok=False,
                    sentence=f"Wants the connection '{name}', which is of the kind {stored[name].kind}, not {kind}.",
                    fix="Name another connection in the settings or in the flow.",
                )
            )
    return found


def calendars_kept(kept: Sequence[CalendarSetup], known: Collection[str]) -> list[Finding]:
    """Calendars whose account was taken away: nothing can be booked in them. `known`: names of connections."""
    return [
        Finding(
            "calendar",
            each.name,
            ok=False,
            sentence=f"It is kept at the connection '{each.connection}', which is not there: nothing can be booked.",
            fix=f"Add '{each.connection}' again, or let the calendar be kept here (page Connections, Calendars).",
        )
        for each in kept
        if each.connection and each.connection not in known
    ]


async def clock(settings: Settings, used: Sequence[Connection]) -> list[Finding]:
    """This machine's clock against the clocks of the servers that calls depend on."""
    servers = dict.fromkeys(address for each in used for address in _servers(each))
    authority: dict[str, Path | None] = {}
    if settings.phone == "vonage" or settings.vonage_api_host.partition(":")[0] in ("localhost", "127.0.0.1"):
        address = f"https://{settings.vonage_api_host}"
        servers[address] = None
        authority[address] = settings.vonage_ca_bundle
    dates = await asyncio.gather(*(date_of(each, authority.get(each)) for each in servers))
    now = datetime.now(UTC)
    found = []
    for address, date in zip(servers, dates, strict=True):
        host = urlsplit(address).netloc
        if (ahead := ahead_of(date, now) if date else None) is None:
            continue  # that a server cannot be reached is told by whoever needs it
        if abs(ahead) <= BELIEVED:
            found.append(Finding("clock", host, ok=True, sentence="agrees with this machine's clock"))
            continue
        found.append(
            Finding(
                "clock",
                host,
                ok=False,
                sentence=f"By this server, this machine's clock is {in_words(ahead)}; what it signs is not believed.",
                fix="Set the clock of this machine, best by a time service (NTP).",
                kind=ProblemKind.CLOCK_SKEW.value,
            )
        )
    return found


async def date_of(address: str, authority: Path | None = None) -> str:
    """The Date header of a server; empty if it cannot be asked. Sends nothing but the request."""
    verify = ssl.create_default_context(cafile=str(authority)) if authority else True
    with contextlib.suppress(httpx.HTTPError, OSError):
        async with httpx.AsyncClient(verify=verify, timeout=DATE_WITHIN_S, trust_env=authority is None) as client:
            return str((await client.get(address)).headers.get("Date", ""))
    return ""


def _servers(connection: Connection) -> list[str]:
    try:
        account = read_account(connection)
    except ConnectionInvalid:
        return []
    match account:
        case GeminiAccount(endpoint=endpoint) if endpoint:
            return [endpoint]
        case GeminiAccount(vertex=True):
            return ["https://aiplatform.googleapis.com"]
        case GeminiAccount():
            return ["https://generativelanguage.googleapis.com"]
        case GoogleAccount(speech_endpoint=speech, voice_endpoint=voice):
            # Emulators speak gRPC only, which tells no date.
            return [] if speech or voice else ["https://speech.googleapis.com"]
        case VonageAccount():
            return []  # its host is a setting


async def carrier(settings: Settings, stored: dict[str, Connection], prober: Prober) -> AsyncIterator[Finding]:
    """The telephone: which network, and whether it would take a call."""
    if settings.phone == "simulated":
        yield Finding("carrier", "telephone", ok=True, sentence="simulated on this machine; nobody real is called")
        return
    public = urlsplit(settings.public_url)
    if public.scheme != "https" or public.hostname in ("127.0.0.1", "localhost"):
        yield Finding(
            "carrier",
            settings.public_url,
            ok=False,
            sentence="Vonage calls this address back when a phone is picked up, and cannot reach it.",
            fix=f"Set {variable('public_url')} to the https address at which the outside world reaches this server.",
        )
    name = settings.phone_connection
    if not name:
        account = VonageAccount(
            settings.vonage_application_id,
            settings.vonage_private_key_path.read_text(errors="replace") if settings.vonage_private_key_path else "",
            settings.vonage_api_key,
            settings.vonage_signature_secret.get_secret_value() if settings.vonage_signature_secret else "",
            settings.vonage_number,
        )
        problem = await prober.carrier(account)
        yield _carrier_finding("Vonage (by the settings)", problem)
    elif name not in stored:
        yield Finding(
            "carrier",
            "the settings",
            ok=False,
            sentence=f"The connection '{name}' is not there, so no call can be made.",
            fix=f"Add it: leadline connect add {name} --kind vonage ...",
        )


async def heard_of_the_carrier(settings: Settings, database: Database) -> list[Finding]:
    """Whether the newest call that is over fell silent because the carrier's webhooks were not believed. A wrong
    signature secret shows in no answer of the carrier's, only when it calls us."""
    if settings.phone != "vonage":
        return []
    async with database.read() as tx:
        newest = await calls.recent(tx, limit=LOOK_BACK)
    last = next((each for each in newest if each.state not in calls.UNDER_WAY), None)
    if last is None or not last.problem.startswith(NOT_BELIEVED):
        return []
    told = f"In the last call, at {last.placed_at:%Y-%m-%d %H:%M} UTC: {last.problem}"
    fix = "If that is done: start Leadline again, and call a phone of your own."
    return [Finding("carrier", "webhooks", ok=False, sentence=told, fix=fix, kind=ProblemKind.WRONG_KEY.value)]


def _carrier_finding(about: str, problem: ProviderProblem | None) -> Finding:
    if problem is None:
        return Finding("carrier", about, ok=True, sentence="answers")
    return Finding("carrier", about, ok=False, sentence=problem.sentence, fix=problem.fix, kind=problem.kind.value)


async def _connections(settings: Settings, database: Database) -> tuple[dict[str, Connection], list[Finding]]:
    """All that can be opened, and what is wrong with the others."""
    found: dict[str, Connection] = {}
    unreadable: list[Finding] = []
    async with database.read() as tx:
        names = [each.name for each in await connections.overview(tx)]
        vault: Vault | None = None
        for name in names:
            try:
                vault = vault or vault_of(settings)
                found[name] = await connections.read(tx, vault, name)
            except WrongKey as problem:
                unreadable.append(Finding("connection", name, ok=False, sentence=str(problem)))
    return found, unreadable
