"""Lists of single values as people type and paste them: ZIP codes, names of towns. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ui.records import Json, Scalar

_ZIP: Final = re.compile(r"\d{5}")
_SPAN: Final = re.compile(r"(\d{5})\s*(?:-|–|to)\s*(\d{5})")
LONGEST_SPAN: Final = 500


@dataclass(frozen=True, slots=True)
class Pasted:
    """`values`: new ones, in their order. `known`: how many were there already or came twice. `refused`: what is no
    value, as it was typed."""

    values: tuple[str, ...] = ()
    known: int = 0
    refused: tuple[str, ...] = ()


def pasted(text: str, there: Sequence[Scalar], zips: bool) -> Pasted:
    """Values out of a text with commas, semicolons or lines between them; ZIP codes with blanks between them too.
    A span of ZIP codes (94102-94105) is every number of it."""
    have = {str(each).strip().casefold() for each in there}
    new: list[str] = []
    refused: list[str] = []
    known = 0
    for piece in _pieces(text, zips):
        values = _span(piece) if zips else [piece]
        if not values:
            refused.append(piece)
        for value in values:
            if value.casefold() in have:
                known += 1
                continue
            have.add(value.casefold())
            new.append(value)
    return Pasted(tuple(new), known, tuple(refused))


def _pieces(text: str, zips: bool) -> list[str]:
    if zips:
        joined = _SPAN.sub(r"\1-\2", text)
        return [each for each in re.split(r"[\s,;]+", joined) if each]
    return [" ".join(each.split()) for each in re.split(r"[,;\n\t]+", text) if each.strip()]


def _span(piece: str) -> list[str]:
    if _ZIP.fullmatch(piece):
        return [piece]
    found = _SPAN.fullmatch(piece)
    if found is None:
        return []
    low, high = int(found[1]), int(found[2])
    return [f"{each:05}" for each in range(low, high + 1)] if 0 <= high - low < LONGEST_SPAN else []


def holds_zips(values: Sequence[Json]) -> bool:
    """Whether a list is one of ZIP codes, by what is in it."""
    return bool(values) and all(isinstance(each, str | int) and _ZIP.fullmatch(str(each)) for each in values)
