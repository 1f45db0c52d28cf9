"""Where a field of ours stands in what a service sends, as one line to type. Pure.

In the document a rule is a path, several paths, or an object with `from`, `constant` and more; what is not shown in the
line (`join`, `yes`) stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ui.records import Json

OURS: Final = (
    "phone", "name", "first_name", "last_name", "email", "country", "zone", "consent", "consent_text",
    "consent_version", "consent_at", "consent_ip", "certificate", "page_url", "user_agent", "id", "submitted_at",
    "sub_source", "test",
)  # fmt: skip
"""Fields of a lead that can be mapped."""
FIRST: Final = ("phone", "name", "email", "consent", "consent_text")
"""Those that are always shown: without them there is nobody to call, or no proof that one may."""


def paths_of(rule: Json) -> tuple[str, ...]:
    given = rule.get("from") if isinstance(rule, dict) else rule
    if isinstance(given, str):
        return (given,) if given.strip() else ()
    return tuple(each for each in given if isinstance(each, str)) if isinstance(given, list) else ()


def constant_of(rule: Json) -> str:
    found = rule.get("constant") if isinstance(rule, dict) else ""
    return found if isinstance(found, str) else ""


def line_of(rule: Json) -> str:
    """Paths with ' | ' between: the first that finds something counts."""
    return " | ".join(paths_of(rule))


def with_line(rule: Json, line: str) -> Json:
    """The rule with other paths; None when nothing is left of it."""
    paths: list[Json] = [each.strip() for each in line.split("|") if each.strip()]
    return _whole(rule, {"from": paths})


def with_constant(rule: Json, constant: str) -> Json:
    return _whole(rule, {"constant": constant.strip()})


def shown(mapping: Mapping[str, Json]) -> list[str]:
    """Fields to draw: the first ones, and all that are mapped."""
    return [*FIRST, *(each for each in (*OURS, *mapping) if each in mapping and each not in FIRST)]


def _whole(rule: Json, changes: dict[str, Json]) -> Json:
    before: dict[str, Json] = dict(rule) if isinstance(rule, dict) else {"from": list[Json](paths_of(rule))}
    after = {**before, **changes}
    return after if paths_of(after) or constant_of(after) else None
