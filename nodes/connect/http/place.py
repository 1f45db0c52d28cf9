"""The account at somebody's web service: where it is, and how one signs in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from engine.sdk import Connection, ConnectionField, ConnectionKind, Permanent
from nodes.connect.addresses import Reach
from nodes.connect.asking import ask
from nodes.connect.entries import INSIDE, advice, check_by, correct_address, reach_of

KIND: Final = "http_api"
TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
"""What the name of a header may be made of."""


@dataclass(frozen=True, slots=True)
class Place:
    """`base`: without a slash at its end. `secret`: empty if the service wants none. `reach`: where it may lead."""

    name: str
    base: str
    header: str
    secret: str
    reach: Reach

    def __repr__(self) -> str:
        return f"Place(name={self.name!r}, base={self.base!r})"

    @property
    def who(self) -> str:
        return f"The service “{self.name}”"

    @property
    def advice(self) -> str:
        return advice(self.name, self.reach, "service")

    @property
    def signed(self) -> dict[str, str]:
        return {self.header: self.secret} if self.secret else {}


def place_of(connection: Connection) -> Place:
    """Raises `Permanent` with a sentence that says what to enter."""
    name, given = connection.name, {field: value.strip() for field, value in connection.settings.items()}
    if connection.kind != KIND:
        raise Permanent(f"The connection '{name}' is of the kind '{connection.kind}', not a web service ({KIND}).")
    where = correct_address(name)
    base = given.get("base", "").rstrip("/")
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Permanent(f"The service has no usable web address. {where}") from None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise Permanent(f"The service has no usable web address: it must look like https://api.example.com/v1. {where}")
    reach = reach_of(connection, parts)
    header = given.get("header") or "Authorization"
    if not TOKEN.fullmatch(header):
        raise Permanent(f"“{header}” is no name of a header. Write it like Authorization or X-Api-Key.")
    secret = given.get("secret", "")
    if not secret.isascii() or not secret.isprintable():
        raise Permanent(f"The secret of the connection '{name}' holds a sign that no header may hold. Enter it again.")
    return Place(name, base, header, secret, reach)


async def _visit(connection: Connection) -> str:
    """Reads one address with the secret; changes nothing."""
    place = place_of(connection)
    path = connection.settings.get("check", "").strip()
    url = place.base + (f"/{path.lstrip('/')}" if path else "")
    reply = await ask(place.who, "GET", url, headers=place.signed, reach=place.reach, advice=place.advice)
    if reply.status in (401, 403):
        raise Permanent(f"{place.who} does not accept the secret (answer {reply.status}). Enter it again.")
    reply.refuse_passing(place.who)
    if reply.page:
        raise Permanent(
            f"{place.who} answered with a web page, not as a service for programs does. It may be a login page: check "
            "the address."
        )
    if not reply.done:
        told = "Give an address to test that it has" if path else "Give an address to test"
        return (
            f"{place.who} is there and refused nothing, but it knows no such address (answer {reply.status}), so "
            f"nothing is known of the secret. {told}."
        )
    return f"{place.who} answered {reply.status}{' and took the secret' if place.secret else ''}."


HTTP_API: Final = ConnectionKind(
    KIND,
    "Web service",
    "is asked in the middle of a call",
    (
        ConnectionField(
            "base", "Address", "where all its addresses begin", required=True, example="https://api.example.com/v1"
        ),
        ConnectionField(
            "secret",
            "Secret",
            "sent in a header with every request; for most services the word Bearer, a space, and the key",
            secret=True,
            example="Bearer sk_live_...",
        ),
        ConnectionField(
            "header", "Header of the secret", "without it Authorization", example="X-Api-Key", advanced=True
        ),
        ConnectionField(
            "check", "Address to test", "what *test connection* reads; it must change nothing", example="/me"
        ),
        INSIDE,
    ),
    test=_visit,
    check=check_by(place_of),
    steps=(
        "Find out where the addresses of the service begin, such as `https://api.example.com/v1`.",
        "Most services have a page for API keys. Make one that may do no more than your calls need, and enter it as "
        "the service's manual says: often the word `Bearer`, a space, and the key.",
        "Enter an address that only reads, such as `/me`, and press *test connection*.",
    ),
)
