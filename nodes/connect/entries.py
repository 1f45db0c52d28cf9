"""A connection as it was entered: what its card would say of it, and where its web address may lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

from engine.sdk import Connection, ConnectionField, Permanent
from engine.sdk.connection_kinds import CheckConnection
from nodes.connect.addresses import Reach, on_this_machine, written_inside

INSIDE: Final = ConnectionField(
    "inside",
    "In your own network",
    "yes: the name may lead to this machine or to your private network; otherwise only to the internet",
    choices=("no", "yes"),
    advanced=True,
)


def check_by(read: Callable[[Connection], object]) -> CheckConnection:
    """A kind's `check` from the function that its card reads a connection with, which asks nobody and raises
    `Permanent` for one that cannot be used."""

    def check(connection: Connection) -> Sequence[str]:
        try:
            read(connection)
        except Permanent as problem:
            return (str(problem),)
        return ()

    return check


def may_be_inside(connection: Connection) -> bool:
    """Whether its field `INSIDE` says so."""
    return connection.settings.get(INSIDE.name, "").strip() == "yes"


def correct_address(connection: str) -> str:
    return f"Correct the address of the connection '{connection}'."


def reach_of(connection: Connection, address: SplitResult) -> Reach:
    """Where an http or https address of a connection with the field `INSIDE` may lead. An address that is written in
    numbers is meant as it stands; a name may mean anything, and is held to the internet unless the connection says
    otherwise. Raises `Permanent` for http to the internet."""
    inside = may_be_inside(connection) or written_inside(address.hostname or "")
    if address.scheme != "http":
        return Reach.ANYWHERE if inside else Reach.INTERNET
    if not inside:
        raise Permanent(
            "The address begins with http://, which would send the lead's data for all to read. "
            + correct_address(connection.name)
        )
    return Reach.INSIDE


def advice(connection: str, reach: Reach, what: str) -> str:
    """What to do about an address that leads elsewhere than it may. `what`: 'receiver'."""
    if reach is Reach.INTERNET:
        return (
            f"If this {what} is meant to be in your own network, set “{INSIDE.label}” of the connection "
            f"'{connection}' to yes."
        )
    return correct_address(connection)


def hook_of(connection: Connection, wrong: Permanent, fits: Callable[[str, str], bool]) -> tuple[str, Reach]:
    """The address (`url`) of a hook at a service with hosts of its own, and where it may lead; an emulator's too.
    `fits`: whether host and path are those of such a hook; `wrong` is raised where they are not."""
    url = connection.settings.get("url", "").strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong from None
    if on_this_machine(url):
        return url, Reach.INSIDE
    if parts.scheme != "https" or port not in (None, 443) or not fits(host, parts.path):
        raise wrong
    return url, Reach.INTERNET
