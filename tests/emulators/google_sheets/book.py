"""Spreadsheets as Google keeps them: ranges in A1 notation, tables that rows are appended to, formulas that run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

CELL_LIMIT = 50_000
_RANGE = re.compile(r"(?:(?P<sheet>'(?:[^']|'')+'|[A-Za-z_][\w.]*)!)?(?P<cells>\$?[A-Z]*\d*(?::[A-Z]*\d*)?)")
_CELL = re.compile(r"([A-Z]*)(\d*)")
_RUNS = re.compile(r"[=+].+|-[A-Za-z(].*", re.DOTALL)


class NoRange(Exception):
    """Google cannot read the range, or there is no such sheet."""


class TooLong(Exception):
    """A cell would hold more than Google keeps in one."""


@dataclass(frozen=True)
class Formula:
    """A cell that Google calculates."""

    text: str


Cell = str | Formula


@dataclass(frozen=True)
class Area:
    """`first`, `last`: rows, `left`, `right`: columns, from 0, both ends included; None is open."""

    sheet: str
    first: int
    last: int | None
    left: int
    right: int | None


@dataclass
class Book:
    """`editors`, `viewers`: e-mail addresses that it is shared with. `sheets`: rows of cells by name, in order."""

    title: str
    sheets: dict[str, list[list[Cell]]] = field(default_factory=lambda: {"Sheet1": []})
    editors: set[str] = field(default_factory=set)
    viewers: set[str] = field(default_factory=set)

    def area(self, range: str) -> Area:
        """Raises `NoRange`."""
        found = _RANGE.fullmatch(range)
        if found is None:
            raise NoRange(range)
        named = found["sheet"]
        sheet = (
            next(iter(self.sheets)) if named is None else named.removeprefix("'").removesuffix("'").replace("''", "'")
        )
        if sheet not in self.sheets or not found["cells"]:
            raise NoRange(range)
        start, _, end = found["cells"].partition(":")
        (left, first), (right, last) = _corner(start), _corner(end or start)
        return Area(sheet, first or 0, last, left or 0, right)

    def read(self, area: Area) -> list[list[str]]:
        """Rows, without empty cells and rows at their ends."""
        rows = self.sheets[area.sheet][area.first : None if area.last is None else area.last + 1]
        stop = None if area.right is None else area.right + 1
        return _trimmed([[_shown(cell) for cell in row[area.left : stop]] for row in rows])

    def write(self, area: Area, values: list[list[str]], entered: bool) -> Area:
        """`entered`: as if typed by a person, so that formulas are formulas. Gives what was written."""
        cells = [[_kept(each, entered) for each in row] for row in values]
        rows = self.sheets[area.sheet]
        width = max((len(row) for row in cells), default=0)
        for number, given in enumerate(cells):
            at = area.first + number
            rows += [[] for _ in range(at + 1 - len(rows))]
            rows[at] += [""] * (area.left + len(given) - len(rows[at]))
            rows[at][area.left : area.left + len(given)] = given
        return Area(area.sheet, area.first, area.first + len(cells) - 1, area.left, area.left + max(width, 1) - 1)

    def append(self, area: Area, values: list[list[str]], entered: bool, insert: bool) -> tuple[Area | None, Area]:
        """Below the table that the range touches; in its first column, wherever the range begins. Gives the table, if
        there is one, and what was written."""
        table = self._table(area)
        at = Area(area.sheet, table.last + 1, None, table.left, None) if table and table.last is not None else area
        if insert and table is not None:
            for _ in values:
                self.sheets[area.sheet].insert(at.first, [])
        return table, self.write(at, values, entered)

    def _table(self, area: Area) -> Area | None:
        rows = self.sheets[area.sheet]
        stop = len(rows) if area.last is None else min(area.last + 1, len(rows))
        for number in range(area.first, stop):
            filled = [at for at, cell in enumerate(rows[number]) if cell != "" and at >= area.left]
            if area.right is not None:
                filled = [at for at in filled if at <= area.right]
            if filled:
                left = right = filled[0]
                while left > 0 and rows[number][left - 1] != "":
                    left -= 1
                while right + 1 < len(rows[number]) and rows[number][right + 1] != "":
                    right += 1
                last = number
                while last + 1 < len(rows) and any(cell != "" for cell in rows[last + 1][left : right + 1]):
                    last += 1
                return Area(area.sheet, number, last, left, right)
        return None


def _corner(text: str) -> tuple[int | None, int | None]:
    """Column and row, from 0."""
    found = _CELL.fullmatch(text)
    if found is None or not text:
        raise NoRange(text)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return (column - 1 if found[1] else None), (int(found[2]) - 1 if found[2] else None)


def name_of(area: Area) -> str:
    """As Google names what it has written: quoted only where it must be."""
    sheet = area.sheet if re.fullmatch(r"[A-Za-z_]\w*", area.sheet) else "'" + area.sheet.replace("'", "''") + "'"
    first = f"{_letters(area.left)}{area.first + 1}"
    last = f"{_letters(area.right or 0)}{(area.last or 0) + 1}"
    return f"{sheet}!{first}" if first == last else f"{sheet}!{first}:{last}"


def _letters(column: int) -> str:
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def _kept(text: str, entered: bool) -> Cell:
    if len(text) > CELL_LIMIT:
        raise TooLong
    return Formula(text) if entered and _RUNS.fullmatch(text) else text


def _shown(cell: Cell) -> str:
    return "#CALCULATED" if isinstance(cell, Formula) else cell


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    cut = [list(row) for row in rows]
    for row in cut:
        while row and row[-1] == "":
            row.pop()
    while cut and not cut[-1]:
        cut.pop()
    return cut
