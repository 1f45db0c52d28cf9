"""Finds the calendars of an account: from an address that a person typed to the collections that entries are kept in
(RFC 6764, RFC 4791, RFC 5397)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from icalendar import Calendar

from engine.calendars.caldav.access import known_zone
from engine.calendars.caldav.requests import Refused, Server
from engine.calendars.caldav.xml import CAL, DAV, Found, Unreadable, multistatus, propfind
from engine.calendars.patience import Patience
from engine.schedule.diary import DiaryGone
from engine.sdk import CalendarDown

WELL_KNOWN: Final = "/.well-known/caldav"
_WHERE: Final = propfind("resourcetype", "current-user-principal", "C:calendar-home-set")
_WHO: Final = propfind("C:calendar-home-set", "C:calendar-user-address-set")
_WHICH: Final = propfind(
    "resourcetype",
    "displayname",
    "current-user-privilege-set",
    "current-user-principal",
    "C:supported-calendar-component-set",
    "C:calendar-timezone-id",
    "C:calendar-timezone",
)
_WRITING: Final = frozenset({f"{DAV}all", f"{DAV}write", f"{DAV}write-content", f"{DAV}bind"})


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar. `url`: with a slash at its end. `zone`: IANA name; empty if the server tells none. `writable`: None
    if the server does not tell. `principal`: address of whose account it is; empty if not told."""

    url: str
    name: str
    zone: str
    writable: bool | None
    principal: str = ""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def is_called(self, name: str) -> bool:
        last = unquote(self.path.rstrip("/").rpartition("/")[2])
        return name.strip().casefold() in (self.name.casefold(), last.casefold())


async def calendars(server: Server, patience: Patience) -> Sequence[Collection]:
    """All calendars of the account that take appointments; only one if the address is that of a calendar. Raises
    `CalendarDown`, `DiaryGone`."""
    access = server.access
    start = await _start(server, patience)
    if start.has(f"{DAV}resourcetype", f"{CAL}calendar"):
        return [await one(server, patience, start.href)]
    homes = start.hrefs(f"{CAL}calendar-home-set")
    if not homes:
        principal = next(iter(start.hrefs(f"{DAV}current-user-principal")), "")
        if not principal:
            raise nothing_there(server)
        there = await _properties(server, patience, _led(server, start.href, principal), _WHO)
        homes = there.hrefs(f"{CAL}calendar-home-set") if there is not None else []
    if not homes:
        raise DiaryGone(
            f"The account of the connection '{access.name}' has no calendars: the server {access.host} names no place "
            "for them. Enter the address of a calendar."
        )
    found: list[Collection] = []
    for home in homes:
        reply = await server.read(patience, "PROPFIND", _led(server, start.href, home), _WHICH, depth="1")
        found += [
            _collection(server, reply.url, each) for each in _understood(server, reply.body) if _takes_entries(each)
        ]
    return found


async def one(server: Server, patience: Patience, url: str) -> Collection:
    """The calendar at an address. Raises `CalendarDown`, `DiaryGone`."""
    there = await _properties(server, patience, url if url.endswith("/") else f"{url}/", _WHICH)
    if there is None or not there.has(f"{DAV}resourcetype", f"{CAL}calendar"):
        raise gone(server, url)
    return _collection(server, there.href, there)


async def addresses(server: Server, patience: Patience, principal: str) -> frozenset[str]:
    """E-mail addresses of whose account it is, in small letters: as far as the server tells them."""
    user = server.access.user.lower()
    own = {user} if "@" in user else set()
    try:
        there = await _properties(server, patience, principal, _WHO) if principal else None
    except DiaryGone:
        there = None
    told = there.hrefs(f"{CAL}calendar-user-address-set") if there is not None else []
    return frozenset({*own, *(each[7:].lower() for each in told if each.lower().startswith("mailto:"))})


def gone(server: Server, url: str) -> DiaryGone:
    return DiaryGone(
        f"There is no calendar at {urlsplit(url).path} of {server.access.host} any more, or the user of the connection "
        f"'{server.access.name}' may not see it. Choose another calendar."
    )


def nothing_there(server: Server) -> DiaryGone:
    return DiaryGone(
        f"{server.access.host} does not answer as a CalDAV server. Look up the CalDAV address at your calendar "
        f"service and enter it in the connection '{server.access.name}'."
    )


async def _start(server: Server, patience: Patience) -> Found:
    """What is found at the typed address, or where the server says that calendars begin. Its `href` is absolute."""
    typed = server.access.address
    origin = f"{urlsplit(typed).scheme}://{urlsplit(typed).netloc}"
    own = [] if urlsplit(typed).path == "/" else [typed]
    for url in (*own, f"{origin}{WELL_KNOWN}", f"{origin}/"):
        there = await _properties(server, patience, url, _WHERE)
        if there is not None and (
            there.has(f"{DAV}resourcetype", f"{CAL}calendar")
            or there.hrefs(f"{CAL}calendar-home-set")
            or there.hrefs(f"{DAV}current-user-principal")
        ):
            return there
    raise nothing_there(server)


async def _properties(server: Server, patience: Patience, url: str, wanted: bytes) -> Found | None:
    """Of one resource, its `href` made absolute; None if nothing is there."""
    try:
        reply = await server.read(patience, "PROPFIND", url, wanted)
        found = list(multistatus(reply.body))
    except Refused as refused:
        if refused.status == 403:
            raise DiaryGone(
                f"The user of the connection '{server.access.name}' may not see {urlsplit(url).path} of "
                f"{server.access.host}. Have the calendar shared with them, or choose another one."
            ) from None
        return None
    except Unreadable:
        return None
    return Found(_led(server, reply.url, found[0].href), found[0].properties) if found else None


def _understood(server: Server, body: bytes) -> list[Found]:
    try:
        return list(multistatus(body))
    except Unreadable:
        raise CalendarDown(f"The answer of {server.access.host} could not be understood.") from None


def _led(server: Server, base: str, href: str) -> str:
    there = server.access.joined(base, href)
    if there is None:
        raise DiaryGone(
            f"The calendar server {server.access.host} names a place on another server, and your password is not sent "
            f"there. Enter that server's address in the connection '{server.access.name}'."
        )
    return there


def _takes_entries(found: Found) -> bool:
    if not found.has(f"{DAV}resourcetype", f"{CAL}calendar"):
        return False
    kinds = found.one(f"{CAL}supported-calendar-component-set")
    named = [each.get("name", "") for each in kinds.iter(f"{CAL}comp")] if kinds is not None else []
    return not named or "VEVENT" in named


def _collection(server: Server, base: str, found: Found) -> Collection:
    url = _led(server, base, found.href)
    rights = found.one(f"{DAV}current-user-privilege-set")
    principal = next(iter(found.hrefs(f"{DAV}current-user-principal")), "")
    return Collection(
        url if url.endswith("/") else f"{url}/",
        found.text(f"{DAV}displayname") or unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]),
        _zone(found),
        None if rights is None else any(each.tag in _WRITING for each in rights.iter()),
        server.access.joined(url, principal) or "" if principal else "",
    )


def _zone(found: Found) -> str:
    """IANA name, by its id or by the zone that the calendar holds."""
    named = found.text(f"{CAL}calendar-timezone-id")
    if not named and (told := found.text(f"{CAL}calendar-timezone")):
        try:
            zones = Calendar.from_ical(told).walk("VTIMEZONE")
        except (ValueError, KeyError, IndexError):
            zones = []
        named = str(zones[0].get("TZID", "")) if zones else ""
    return named if named and known_zone(named) else ""
