"""Where something stands in what was sent, as people write it. Pure.

    phone                                  a field
    data.fields[label=Phone].value         of the entries of a list the one whose label is Phone
    form_response.answers[field.ref=phone].phone_number
    answers[0].text                        the first entry
    entry[*].changes[*]                    every entry
    "1.3"                                  a field with a dot in its name

Names and values are compared without regard to capitals. JSON that stands in a text (some form builders send that) is
looked into as if it stood there itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.leads.fields import MAX_VALUE, clean
from engine.sdk import Json

LONGEST: Final = 300
MOST: Final = 1000
"""Values that one path finds at most."""

_PIECE: Final = re.compile(
    r"""
      (?P<dot>\.) | \[\s*(?P<index>\d{1,6})\s*\] | \[\s*(?P<star>\*)\s*\]
    | \[\s*(?P<key>(?:[^\[\]"=]|"[^"]*")+?)\s*=\s*(?P<value>"[^"]*"|[^\[\]"]*?)\s*\]
    | "(?P<quoted>[^"]+)" | (?P<name>[^.\[\]"=]+)
    """,
    re.VERBOSE,
)
_WHOLE_FLOAT: Final = re.compile(r"(-?\d+)\.0+")
# A choice is sent as an object; what people saw of it stands under one of these.
_SHOWN: Final = ("label", "value", "text", "name")


class PathUnclear(ValueError):
    """A path that cannot be read. The message says where and how paths look."""


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    place: int


@dataclass(frozen=True, slots=True)
class Every:
    pass


@dataclass(frozen=True, slots=True)
class Where:
    """Of the entries of a list (or of an object) those in which `path` is `value`."""

    path: tuple[Name | Index, ...]
    value: str


Step = Name | Index | Every | Where
Path = tuple[Step, ...]


def parse(text: str) -> Path:
    """Raises `PathUnclear`."""
    if not text.strip():
        raise PathUnclear("The path is empty. Write the name of a field, such as phone.")
    if len(text) > LONGEST:
        raise PathUnclear(f"The path is longer than {LONGEST} characters.")
    steps: list[Step] = []
    place, named = 0, True  # whether a name may stand here
    text = text.strip().removeprefix("$.").removeprefix("$")
    while place < len(text):
        found = _PIECE.match(text, place)
        if found is None or (found["dot"] and ((named and place > 0) or place == 0)):
            raise _unclear(text, place)
        kind = found.lastgroup if found["key"] is None else "where"
        if kind in ("quoted", "name") and not named:
            raise _unclear(text, place)
        match kind:
            case "dot":
                named = True
                place = found.end()
                continue
            case "index":
                steps.append(Index(int(found["index"])))
            case "star":
                steps.append(Every())
            case "where":
                steps.append(Where(_inner(found["key"], text, place), _unquoted(found["value"])))
            case _:
                steps.append(Name((found["quoted"] or found["name"]).strip()))
        named = False
        place = found.end()
    if (named and steps) or not steps:
        raise _unclear(text, place)
    return tuple(steps)


def find(document: Json, path: Path) -> list[Json]:
    """All values at a path, in the document's order; none if there is nothing."""
    found: list[Json] = [document]
    for step in path:
        found = [value for each in found for value in _step(opened(each), step)][:MOST]
    return found


def text_of(value: Json) -> str:
    """What a person would read. Whole numbers stay whole: spreadsheets send telephone numbers as 4155552671.0."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            text = clean(value).strip()[:MAX_VALUE]
            return whole[1] if (whole := _WHOLE_FLOAT.fullmatch(text)) else text
        case int() | float():
            return text_of(str(value))
        case Mapping():
            shown = next((value[each] for each in _SHOWN if isinstance(value.get(each), str | int | float)), None)
            return text_of(shown)
        case Sequence():
            return ", ".join(text for each in value if (text := text_of(each)))[:MAX_VALUE]


def read_json(text: bytes | str) -> Json:
    """A document whose numbers lose nothing: fractions stay the texts that they are. Raises ValueError."""
    try:
        document: Json = json.loads(text, parse_float=str, parse_constant=str)
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None
    return document


def quoted(name: str) -> str:
    """A name as it stands in a path."""
    return name if re.fullmatch(r"[^.\[\]\"=\s$][^.\[\]\"=]*", name) and name == name.strip() else f'"{name}"'


def _step(value: Json, step: Step) -> Iterator[Json]:
    match step:
        case Name(name):
            if isinstance(value, Mapping):
                if name in value:
                    yield value[name]
                else:
                    yield from (each for key, each in value.items() if key.strip().casefold() == name.casefold())
        case Index(place):
            if isinstance(value, list) and place < len(value):
                yield value[place]
        case Every():
            yield from _entries(value)
        case Where(path, wanted):
            for entry in _entries(value):
                if any(text_of(each).casefold() == wanted.casefold() for each in find(entry, path)):
                    yield entry


def _entries(value: Json) -> Iterator[Json]:
    if isinstance(value, list):
        yield from value
    elif isinstance(value, Mapping):
        yield from value.values()


def opened(value: Json) -> Json:
    """JSON in a text, read; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return read_json(value)
        except ValueError:
            return value
    return value


def _inner(key: str, text: str, place: int) -> tuple[Name | Index, ...]:
    path = parse(key)
    plain = tuple(each for each in path if isinstance(each, Name | Index))
    if len(plain) != len(path):
        raise _unclear(text, place)
    return plain


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text.strip()


def _unclear(text: str, place: int) -> PathUnclear:
    return PathUnclear(
        f"The path '{text}' is unclear from its character {place + 1} on. Paths look like phone, answers[0].text or "
        "data.fields[label=Phone].value; a name with dots in it stands in quotation marks."
    )
