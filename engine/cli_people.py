"""`leadline people ...`: who may use the builder. Works on the database itself, so that it also helps a person who has
locked themselves out."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from engine.cli_store import open_database, read_settings
from engine.cli_words import AsJson, out, print_json, running

people_app = typer.Typer(help="People who may use the builder: add, list, change, remove.", no_args_is_help=True)

PersonName = Annotated[str, typer.Argument(metavar="NAME", help="What the person logs in with.")]
RoleName = Literal["viewer", "editor", "publisher", "admin"]
FromStdin = Annotated[bool, typer.Option("--stdin", help="Read the password from standard input instead of asking.")]


@people_app.command("add")
def people_add(
    name: PersonName,
    role: Annotated[RoleName, typer.Option(help="What they may do: viewer, editor, publisher or admin.")] = "editor",
    shown: Annotated[str, typer.Option(help="How the screens call them; without it the name.")] = "",
    stdin: FromStdin = False,
) -> None:
    """Enter a person. With the first one, who must be an admin, the builder begins to ask for a log-in."""
    from engine.store import people
    from engine.store.people import Role

    async def add() -> None:
        async with open_database(read_settings()) as database, database.begin() as tx:
            await people.add(tx, name, shown, Role[role], password, datetime.now(UTC))

    password = _password(stdin)
    running(add())
    out.print(f"{name} is entered as {role}.", markup=False)


@people_app.command("list")
def people_list(as_json: AsJson = False) -> None:
    """Who is entered, and in which role."""
    from engine.store import people

    async def everybody() -> list[dict[str, str]]:
        async with open_database(read_settings()) as database, database.read() as tx:
            found = await people.everybody(tx)
        return [{"name": each.name, "shown": each.shown, "role": each.role.name} for each in found]

    found = running(everybody())
    if as_json:
        print_json({"people": found})
        return
    for each in found:
        out.print(f"{each['name']:<24} {each['role']:<10} {each['shown']}", markup=False)
    if not found:
        out.print("Nobody is entered: the builder is open to this machine and asks for no log-in.")


@people_app.command("change")
def people_change(
    name: PersonName,
    role: Annotated[RoleName | None, typer.Option(help="A new role.")] = None,
    shown: Annotated[str | None, typer.Option(help="A new name on the screens.")] = None,
    password: Annotated[bool, typer.Option("--password", help="Set a new password.")] = False,
    stdin: FromStdin = False,
) -> None:
    """Change a person. A new password or a lower role ends their log-ins."""
    from engine.store import people
    from engine.store.people import Role

    async def change() -> None:
        async with open_database(read_settings()) as database, database.begin() as tx:
            await people.change(tx, name, shown=shown, role=Role[role] if role else None, password=given)

    given = _password(stdin) if password or stdin else None
    running(change())
    out.print(f"{name} is changed.", markup=False)


@people_app.command("remove")
def people_remove(name: PersonName) -> None:
    """Take a person away. What they did keeps their name."""
    from engine.store import people

    async def remove() -> None:
        async with open_database(read_settings()) as database, database.begin() as tx:
            await people.remove(tx, name)

    running(remove())
    out.print(f"{name} is removed.", markup=False)


def _password(stdin: bool) -> str:
    """Asked for twice at a terminal; never an argument, which other programs on the machine can read."""
    if stdin:
        return sys.stdin.read().strip()
    given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given
