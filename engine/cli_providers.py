"""The commands about providers: `leadline connect ...` and `leadline doctor`. Secrets never come from the command line:
other programs on the machine can read that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli_store import open_database, read_settings
from engine.cli_words import AsJson, fail, out, print_json, running

if TYPE_CHECKING:
    from engine.providers.examine import Finding
    from engine.sdk import Connection
    from engine.settings import Settings

connect_app = typer.Typer(help="Accounts at other services: add, list, test, remove.", no_args_is_help=True)

ConnectionName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the connection, such as google.")]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SECRET = re.compile(r"secret|password|passwd|token|private_key|api_key|credentials", re.IGNORECASE)


@connect_app.command("add")
def connect_add(
    name: ConnectionName,
    kind: Annotated[
        str,
        typer.Option(
            help="google, gemini, vonage, google_calendar, calcom, caldav, hubspot, webhook, zapier, make, slack, "
            "google_sheets, smtp ..."
        ),
    ],
    plain: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field that is no secret.")
    ] = None,
    file: Annotated[
        list[str] | None, typer.Option("--file", metavar="FIELD=PATH", help="A field whose value is a file's content.")
    ] = None,
    env: Annotated[
        list[str] | None,
        typer.Option("--env", metavar="FIELD=VARIABLE", help="A field whose value an environment variable holds."),
    ] = None,
    stdin: Annotated[
        str, typer.Option("--stdin", metavar="FIELD", help="A field whose value comes from standard input.")
    ] = "",
) -> None:
    """Add an account, or replace the one of that name. Secrets come from a file, the environment or standard input."""
    from engine.providers.declared import all_kinds, problems
    from engine.sdk import Connection
    from engine.sdk.registry import discover

    if not _NAME.fullmatch(name):
        fail(f"'{name}' is no name for a connection. Use small letters, digits, _ and -.")
    kinds = all_kinds(discover())
    secrets = {each.name for each in kinds[kind].fields if each.secret} if kind in kinds else set()
    plain_fields = {each.name for each in kinds[kind].fields} - secrets if kind in kinds else set()
    values: dict[str, str] = {}
    for field, value in (_pair(each, "--set") for each in plain or ()):
        # `application_default` says where the secret is; it is none.
        secret = field in secrets or (field not in plain_fields and _SECRET.search(field))
        if secret and value != "application_default":
            fail(f"{field} is a secret: give it with --file, --env or --stdin, so that no other program can read it.")
        values[field] = value
    for field, path in (_pair(each, "--file") for each in file or ()):
        try:
            values[field] = Path(path).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            fail(f"The file for {field} cannot be read: {getattr(problem, 'strerror', None) or 'it is no text'}.")
    for field, variable in (_pair(each, "--env") for each in env or ()):
        if variable not in os.environ:
            fail(f"There is no environment variable {variable} (for {field}).")
        values[field] = os.environ[variable].strip()
    if stdin:
        values[stdin] = sys.stdin.read().strip()
    connection = Connection(name, kind, values)
    if wrong := problems(connection, kinds):
        fail(wrong)
    running(_save(read_settings(), connection))
    out.print(f"'{name}' is kept, encrypted. Try it: leadline connect test {name}", markup=False)


@connect_app.command("list")
def connect_list(as_json: AsJson = False) -> None:
    """List the connections. What they hold is not shown."""
    found = running(_overview(read_settings()))
    if as_json:
        rows = [{"name": name, "kind": kind, "changed_at": at.isoformat()} for name, kind, at in found]
        print_json({"connections": rows})
        return
    for name, kind, at in found:
        out.print(f"{name:20}{kind:16}{at:%Y-%m-%d %H:%M} UTC", markup=False)
    if not found:
        out.print("There are no connections yet. Add one: leadline connect add --help")


@connect_app.command("test")
def connect_test(name: ConnectionName, as_json: AsJson = False) -> None:
    """Ask the service whether it would serve with this key, and say what is wrong if not. Exit code 1 if not."""
    _tell(running(_test(read_settings(), name)), as_json)


@connect_app.command("remove")
def connect_remove(name: ConnectionName) -> None:
    """Remove a connection. Calls that wanted it are served by this machine's own engines."""
    running(_remove(read_settings(), name))
    out.print(f"'{name}' is gone.", markup=False)


def doctor(as_json: AsJson = False) -> None:
    """Look at everything that a call depends on, and say in plain words what is wrong. Exit code 1 if anything is."""
    from engine.providers.examine import Finding
    from engine.settings import SettingsProblem, load

    try:
        settings = load()
    except SettingsProblem as problem:
        _tell([Finding("settings", "settings", ok=False, sentence=str(problem))], as_json)
        return
    found = [Finding("settings", "settings", ok=True, sentence="can be used")]
    _tell(found + running(_doctor(settings)), as_json)


def matrix(
    only: Annotated[
        list[str] | None, typer.Option(help="Only these cells (may be repeated): voice, voice:cut, mid_booking ...")
    ] = None,
    sound: Annotated[bool, typer.Option("--sound", help="Real voices, one call at a time.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let each provider fail in each way at each moment of a call, and say what became of the calls.

    Source checkout only: everything runs against emulators on this machine. Exit code 1 if a call did not end properly.
    """
    from engine.simulate.emulators import NoEmulators, checkout

    try:
        root = checkout()
    except NoEmulators as problem:
        fail(str(problem))
    words = [word for each in only or () for word in ("--only", each)]
    words += ["--sound"] if sound else []
    words += ["--json"] if as_json else []
    # What gRPC itself prints about connections that break on purpose helps nobody here.
    environment = {**os.environ, "PYTHONPATH": str(root), "GRPC_VERBOSITY": "NONE"}
    command = [sys.executable, "-m", "tests.degradation", *words]
    raise typer.Exit(subprocess.run(command, cwd=root, env=environment, check=False).returncode)  # noqa: S603  ours


async def _doctor(settings: Settings) -> list[Finding]:
    from engine.providers.doctor import examine
    from engine.providers.hosted import HostedProber

    return [each async for each in examine(settings, HostedProber(settings))]


def _tell(found: list[Finding], as_json: bool) -> None:
    bad = [each for each in found if not each.ok]
    if as_json:
        rows = [
            {"part": f.part, "about": f.about, "ok": f.ok, "kind": f.kind, "sentence": f.sentence, "fix": f.fix}
            for f in found
        ]
        print_json({"ok": not bad, "findings": rows})
    else:
        for each in found:
            mark = "[green]ok     [/]" if each.ok else "[red]problem[/]"
            out.print(f"{mark}  {each.part:11}", end="")
            out.print(f"{each.about}: {each.sentence}", markup=False)
            if each.fix:
                out.print(f"                      {each.fix}", style="dim", markup=False)
        out.print("All is well." if not bad else f"{len(bad)} problem{'s' if len(bad) > 1 else ''}.")
    raise typer.Exit(1 if bad else 0)


def _pair(text: str, option: str) -> tuple[str, str]:
    field, equals, value = text.partition("=")
    if not equals or not field:
        # What was given may be a secret without its field: it is not repeated.
        fail(f"{option} wants FIELD=... with an equals sign.")
    return field.strip(), value


async def _save(settings: Settings, connection: Connection) -> None:
    from engine.providers.stored import vault_of
    from engine.store import connections

    vault = vault_of(settings)
    async with open_database(settings) as database, database.begin() as tx:
        await connections.save(tx, vault, connection, datetime.now(UTC))


async def _overview(settings: Settings) -> list[tuple[str, str, datetime]]:
    from engine.store import connections

    async with open_database(settings) as database, database.read() as tx:
        return [(each.name, each.kind, each.changed_at) for each in await connections.overview(tx)]


async def _remove(settings: Settings, name: str) -> None:
    from engine.store import connections

    async with open_database(settings) as database, database.begin() as tx:
        await connections.remove(tx, name)


async def _test(settings: Settings, name: str) -> list[Finding]:
    from engine.providers.accounts import KINDS
    from engine.providers.declared import all_kinds, examine_declared
    from engine.providers.examine import examine_connection
    from engine.providers.hosted import HostedProber
    from engine.providers.stored import newest_flows, vault_of
    from engine.providers.uses import uses_of
    from engine.sdk.registry import discover
    from engine.store import connections

    vault = vault_of(settings)
    async with open_database(settings) as database:
        async with database.read() as tx:
            connection = await connections.read(tx, vault, name)
        flows = await newest_flows(database)
    if connection.kind not in KINDS:
        found = await examine_declared(connection, all_kinds(discover()).get(connection.kind))
        if found is not None:
            return [found]
    return await examine_connection(connection, uses_of(settings, flows), HostedProber(settings))
