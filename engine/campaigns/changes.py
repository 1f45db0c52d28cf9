"""What differs between two documents of a campaign, field by field, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.campaigns.titles import title
from engine.sdk import Json

_NO_MEANING: Final = frozenset({"format", "format_version"})
_NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Change:
    """`path`: the field. `title`: what people call it. `before`, `after`: what stood and stands there, in words."""

    path: str
    title: str
    sentence: str
    before: str
    after: str


def changes(before: Json, after: Json) -> list[Change]:
    """None if leads are treated the same way."""
    return list(_changes(before, after, "")) if isinstance(before, dict) and isinstance(after, dict) else []


def renamed(before: str, after: str) -> list[Change]:
    return [] if before == after else [_change("name", "Name", before, after)]


def told_state(before: str, after: str) -> list[Change]:
    """Switching a campaign on or off is a version of its own."""
    return [] if before == after else [_change("state", "State", before, after)]


def _changes(before: Mapping[str, Json], after: Mapping[str, Json], path: str) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        here = f"{path}{name}"
        if was == now or here in _NO_MEANING:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _changes(was, now, f"{here}.")
        else:
            yield _change(here, title(here), told(was), told(now))


def _change(path: str, name: str, before: str, after: str) -> Change:
    return Change(path, name, f"{name}: {after} instead of {before}.", before, after)


def told(value: Json) -> str:
    """A value for people."""
    if value in (None, "", [], {}):
        return _NOTHING
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(told(each) for each in value)
        case dict():
            parts = {name: each for name, each in value.items() if each not in (None, "")}
            return ", ".join(f"{_field(name)} {told(each)}" for name, each in parts.items()) or _NOTHING
        case _:
            return str(value)


def _field(name: str) -> str:
    for parent in ("attempts.steps", "rules.signed"):
        found = title(f"{parent}.{name}")
        if found != f"{parent}.{name}":
            return found[0].lower() + found[1:]
    return name
