"""WebDAV's XML: read without what makes XML dangerous (a document type, and with it entities), and written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

DAV: Final = "{DAV:}"
CAL: Final = "{urn:ietf:params:xml:ns:caldav}"
_DEPTH: Final = 40


class Unreadable(ValueError):
    """This is no answer of a CalDAV server."""


def parsed(body: bytes) -> Element:
    """Raises `Unreadable`, also for a document type: no server needs one, and bombs are made of them."""
    builder = TreeBuilder()
    reader = expat.ParserCreate(namespace_separator="}")
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH:
            raise Unreadable("nested too deeply")
        builder.start(_name(tag), {_name(name): value for name, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(tag))

    def refuse(*_: object) -> None:
        raise Unreadable("it has a document type")

    reader.StartElementHandler, reader.EndElementHandler = start, end
    reader.CharacterDataHandler = builder.data
    reader.StartDoctypeDeclHandler = refuse
    reader.EntityDeclHandler = refuse
    reader.buffer_text = True
    try:
        reader.Parse(body, True)
        found: Element = builder.close()
    except Unreadable:
        raise
    except (expat.ExpatError, AssertionError, LookupError, ValueError):
        raise Unreadable("no XML") from None
    return found


def _name(tag: str) -> str:
    return f"{{{tag}" if "}" in tag else tag


@dataclass(frozen=True, slots=True)
class Found:
    """One resource of a multi-status answer: what the server told of it with “200 OK”."""

    href: str
    properties: tuple[Element, ...]

    def one(self, name: str) -> Element | None:
        return next((each for each in self.properties if each.tag == name), None)

    def text(self, name: str) -> str:
        found = self.one(name)
        return "".join(found.itertext()).strip() if found is not None else ""

    def hrefs(self, name: str) -> list[str]:
        found = self.one(name)
        return [_text(each) for each in found.iter(f"{DAV}href")] if found is not None else []

    def has(self, name: str, inside: str) -> bool:
        found = self.one(name)
        return found is not None and next(found.iter(inside), None) is not None


def multistatus(body: bytes) -> Iterator[Found]:
    """Resources that are there. Raises `Unreadable`."""
    root = parsed(body)
    if root.tag != f"{DAV}multistatus":
        raise Unreadable("no multi-status")
    for response in root.findall(f"{DAV}response"):
        href = response.find(f"{DAV}href")
        status = response.find(f"{DAV}status")
        if href is None or (status is not None and " 200" not in _text(status)):
            continue
        good = [
            each
            for part in response.findall(f"{DAV}propstat")
            if " 200" in _text(part.find(f"{DAV}status"), " 200")
            for properties in part.findall(f"{DAV}prop")
            for each in properties
        ]
        yield Found(_text(href), tuple(good))


def condition(body: bytes) -> str:
    """The name of the rule that was broken, such as `no-uid-conflict`; empty if the answer names none."""
    try:
        root = parsed(body)
    except Unreadable:
        return ""
    if root.tag != f"{DAV}error":
        return ""
    return next((each.tag.rpartition("}")[2] for each in root), "")


def _text(element: Element | None, missing: str = "") -> str:
    """`missing`: Xandikos, for one, leaves out the status where all is well."""
    return "".join(element.itertext()).strip() if element is not None else missing


_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>'
_SPACES: Final = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'


def propfind(*names: str) -> bytes:
    """`names`: such as `displayname`, or `C:calendar-home-set` for those of CalDAV."""
    wanted = "".join(f"<{name}/>" for name in names)
    return f"{_HEAD}<propfind {_SPACES}><prop>{wanted}</prop></propfind>".encode()


def free_busy_query(since: datetime, until: datetime) -> bytes:
    return f"{_HEAD}<C:free-busy-query {_SPACES}>{_range('time-range', since, until)}</C:free-busy-query>".encode()


def entries_query(since: datetime, until: datetime, *, expand: bool) -> bytes:
    """Entries that touch a range. `expand`: the server works out which days recurring ones fall on."""
    data = f"<C:calendar-data>{_range('expand', since, until) if expand else ''}</C:calendar-data>"
    return _query(data, _range("time-range", since, until))


def uid_query(uid: str) -> bytes:
    """`uid`: one of ours, which needs no escaping."""
    match = f'<C:prop-filter name="UID"><C:text-match collation="i;octet">{uid}</C:text-match></C:prop-filter>'
    return _query("<C:calendar-data/>", match)


def _query(data: str, which: str) -> bytes:
    inner = f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{which}</C:comp-filter></C:comp-filter>'
    return (
        f"{_HEAD}<C:calendar-query {_SPACES}><prop><getetag/>{data}</prop><C:filter>{inner}</C:filter>"
        "</C:calendar-query>"
    ).encode()


def _range(name: str, since: datetime, until: datetime) -> str:
    start, end = (at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") for at in (since, until))
    return f'<C:{name} start="{start}" end="{end}"/>'
