"""What a connection of the kind `caldav` holds, read and checked. Pure.

A password goes to one server only, and never in the clear over the internet.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit
from zoneinfo import ZoneInfo

from engine.calendars.unusable_connection import ConnectionUnusable
from engine.sdk import Connection

FAMILIES: Final = (".icloud.com",)
"""Services that spread an account over hosts of one name: what is of it may be sent to all of these."""


@dataclass(frozen=True, slots=True)
class CalDavAccess:
    """`name`: of the connection. `address`: of the server, a calendar, or anything of the account. `calendar`: where a
    diary names none; as `CalDavAccess.own`. `zone`: IANA name, for entries that name none; empty: the calendar's."""

    name: str
    address: str
    user: str = ""
    password: str = field(default="", repr=False)
    calendar: str = ""
    zone: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""

    @property
    def in_the_clear(self) -> bool:
        return self.address.startswith("http://")

    def joined(self, base: str, href: str) -> str | None:
        """An absolute address out of what the server named at `base`; None where it leads somewhere else, where
        nothing of this account may be sent."""
        try:
            there = urlsplit(urljoin(base, href.strip()))
            home = urlsplit(self.address)
            if there.username or there.password or not _same_place(home, there):
                return None
        except ValueError:
            return None
        return there._replace(fragment="", query="").geturl()


def _same_place(home: SplitResult, there: SplitResult) -> bool:
    one, other = home.hostname or "", there.hostname or ""
    if there.scheme == "https" and home.scheme == "https":
        related = any(one.endswith(family) and other.endswith(family) for family in FAMILIES)
        return (one, home.port or 443) == (other, there.port or 443) or (related and there.port in (None, 443))
    # From the clear to TLS is fine, never the other way round.
    if there.scheme == "https" and home.scheme == "http":
        return one == other
    return (there.scheme, one, there.port) == (home.scheme, other, home.port)


def caldav_access(connection: Connection) -> CalDavAccess:
    """Raises `ConnectionUnusable`."""
    given = {name: str(value).strip() for name, value in connection.settings.items()}
    problems: list[str] = []
    address = _address(given.get("address", ""), problems)
    if given.get("password") and not given.get("user"):
        problems.append("The user is missing: it is often your whole e-mail address.")
    if ":" in given.get("user", ""):
        problems.append("The user must not have a colon in it.")
    zone = given.get("zone", "")
    if zone and not known_zone(zone):
        problems.append(f"“{zone}” is no time zone. Name one like America/New_York.")
    if problems:
        raise ConnectionUnusable(problems)
    return CalDavAccess(
        connection.name,
        address,
        given.get("user", ""),
        str(connection.settings.get("password", "")),
        given.get("calendar", ""),
        zone,
    )


def _address(typed: str, problems: list[str]) -> str:
    if not typed:
        problems.append("The address is missing, such as https://caldav.fastmail.com.")
        return ""
    text = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        problems.append("The address is none. It looks like https://caldav.fastmail.com.")
    elif parts.username or parts.password:
        problems.append("Enter user and password in their own fields, not in the address.")
    elif parts.query or parts.fragment:
        problems.append("The address must end before “?” or “#”.")
    elif parts.scheme == "http" and is_public(host):
        problems.append("The address must begin with https://, or your password could be read on its way.")
    return text if parts.path else f"{text}/"


def is_public(host: str) -> bool:
    """Whether a host is surely outside of this machine and its own network. A name may turn out to be either."""
    try:
        return not _private(ipaddress.ip_address(host))
    except ValueError:
        return False


def is_private(numbers: list[str]) -> bool:
    """Whether all addresses that a name leads to are on this machine or its own network."""
    return bool(numbers) and all(_private(ipaddress.ip_address(each.partition("%")[0])) for each in numbers)


def _private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_loopback or (address.is_private and not address.is_unspecified)


def known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return False
    return True
