"""Rows, columns and ranges of a sheet. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.sdk import Permanent

KEY_HEADER: Final = "Leadline key"
"""Header of the column that says which call a row is of. By it nothing is written twice."""
CELL_LIMIT: Final = 50_000
CUT: Final = "… (shortened; the whole of it is kept in Leadline)"
_ADDRESS: Final = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([\w-]+)")
_ID: Final = re.compile(r"[\w-]{20,120}")


@dataclass(frozen=True, slots=True)
class Columns:
    """`headers`: all of them, left to right. `new`: those of them, at the end, that the sheet does not have yet."""

    headers: tuple[str, ...]
    new: int

    @property
    def key(self) -> int:
        """Place of the key's column, from 0."""
        return [_plain(each) for each in self.headers].index(_plain(KEY_HEADER))

    @property
    def has_key(self) -> bool:
        """Whether the sheet has the key's column already."""
        return self.key < len(self.headers) - self.new

    def row(self, values: Mapping[str, str], key: str) -> list[str]:
        """A row under these headers; columns that a person has added stay empty."""
        given = {_plain(header): value for header, value in values.items()}
        row = [given.get(_plain(header), "") for header in self.headers]
        row[self.key] = key
        return [each if len(each) <= CELL_LIMIT else each[: CELL_LIMIT - len(CUT)] + CUT for each in row]


def columns(first_row: Sequence[object], wanted: Sequence[str]) -> Columns:
    """The sheet's columns, with those that are missing added on the right: people may move and add columns. Raises
    `Permanent` for a first row that has a gap, since Google would then write into the wrong columns."""
    there = [str(each).strip() for each in first_row]
    while there and not there[-1]:
        there.pop()
    if "" in there:
        raise Permanent(
            f"The sheet's first row has no header in column {letters(there.index(''))}. Give every column a header, "
            "from A on, or let the card write into a new sheet."
        )
    known = {_plain(each) for each in there}
    missing = {_plain(each): each.strip() for each in (KEY_HEADER, *reversed(wanted)) if _plain(each) not in known}
    return Columns((*there, *reversed(missing.values())), len(missing))


def _plain(header: str) -> str:
    return " ".join(header.split()).casefold()


def letters(place: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name, left = "", place + 1
    while left:
        left, digit = divmod(left - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def range_of(sheet: str, cells: str) -> str:
    """A range in A1 notation; without a sheet it is of the first one. The name is always quoted: 'Q1', 'A1' and
    "it's" are names, too."""
    return f"'{sheet.replace(chr(39), chr(39) * 2)}'!{cells}" if sheet else cells


def spreadsheet_id(pasted: str) -> str:
    """The id, from the id itself or from the address that the browser shows. Raises `Permanent`."""
    text = pasted.strip()
    found = _ADDRESS.search(text)
    if found is not None:
        return found[1]
    if _ID.fullmatch(text):
        return text
    raise Permanent(
        "“Spreadsheet” holds no address of a Google spreadsheet. Open it in the browser and copy the whole address, "
        "such as https://docs.google.com/spreadsheets/d/.../edit."
    )
