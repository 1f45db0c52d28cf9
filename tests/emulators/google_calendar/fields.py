"""Google's partial answers: `fields=nextPageToken,items(id,start,extendedProperties/private)`."""

from __future__ import annotations

import re
from typing import Any

from tests.emulators.google_calendar.refusals import invalid

Mask = dict[str, "Mask"]
"""Names that are wanted; without any below a name all of it is."""


def partial(found: Any, mask: str) -> Any:
    """What a mask lets through. Raises `Refusal` for one that is none."""
    tokens = re.findall(r"[\w*]+|[(),/]", mask)
    if "".join(tokens) != mask:
        raise invalid(f"Invalid field selection {mask}", "invalidParameter")
    wanted, rest = _several(tokens)
    if rest:
        raise invalid(f"Invalid field selection {mask}", "invalidParameter")
    return _through(found, wanted)


def _several(tokens: list[str]) -> tuple[Mask, list[str]]:
    found: Mask = {}
    while True:
        if not tokens or tokens[0] in "(),/":
            raise invalid("Invalid field selection", "invalidParameter")
        name, tokens = tokens[0], tokens[1:]
        below = found.setdefault(name, {})
        while tokens[:1] == ["/"]:
            name, tokens = tokens[1], tokens[2:]
            below = below.setdefault(name, {})
        if tokens[:1] == ["("]:
            inner, tokens = _several(tokens[1:])
            below |= inner
            if tokens[:1] != [")"]:
                raise invalid("Invalid field selection", "invalidParameter")
            tokens = tokens[1:]
        if tokens[:1] != [","]:
            return found, tokens
        tokens = tokens[1:]


def _through(found: Any, mask: Mask) -> Any:
    if not mask:
        return found
    if isinstance(found, list):
        return [_through(each, mask) for each in found]
    if not isinstance(found, dict):
        return found
    return {name: _through(found[name], below) for name, below in mask.items() if name in found}
