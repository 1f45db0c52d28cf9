"""The rows of a CSV file, one after the other, whatever is wrong with some of them. Only a row is in memory at a time.

A row is a record, which may have several lines if a field holds line breaks in quotes. It is numbered as a spreadsheet
numbers it: the first one of the file is 1, empty ones count.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

LINES_OF_A_ROW: Final = 60
"""A quote that is open for longer was never meant to be one."""
LONGEST_LINE: Final = 128 * 1024
LONGEST_ROW: Final = 256 * 1024
COLUMNS_AT_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Written:
    """How a file is written. `encoding`: a codec of Python's. `separator`: one character. `header`: the first row holds
    the names of the columns."""

    encoding: str = "utf-8-sig"
    separator: str = ","
    header: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """`cells`: without the spaces around them. `problem`, `fix`: why it could not be read, empty if it could."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""
    fix: str = ""

    @property
    def empty(self) -> bool:
        return not self.problem and not any(self.cells)


def rows(file: Path, written: Written) -> Iterator[Row]:
    """All rows, the one with the names included. Bytes that the encoding does not know become �."""
    with file.open(encoding=written.encoding, errors="replace", newline="") as text:
        yield from _Rows(text, written.separator)


class _Rows:
    def __init__(self, text: TextIO, separator: str) -> None:
        self._text = text
        self._separator = separator
        self._ahead: deque[str] = deque()
        """Lines that were read as part of a row and turned out not to be."""

    def __iter__(self) -> Iterator[Row]:
        number = 0
        while line := self._line():
            number += 1
            yield self._row(number, line)

    def _line(self) -> str:
        return self._ahead.popleft() if self._ahead else self._text.readline(LONGEST_LINE)

    def _row(self, number: int, first: str) -> Row:
        if len(first) >= LONGEST_LINE and not first.endswith(("\n", "\r")):
            self._skip_line()
            return Row(number, (), "The row is longer than any row of leads.", "Look at it in a text editor.")
        if '"' not in first:
            return self._cells(number, [first])
        lines, size = [first], len(first)
        while True:
            try:
                return self._cells(number, lines, strict=True)
            except _Open:
                more = self._line() if len(lines) < LINES_OF_A_ROW and size < LONGEST_ROW else ""
                if not more:
                    # What comes after is read as rows of its own, so that one quote takes no other row with it.
                    self._ahead.extendleft(reversed(lines[1:]))
                    return Row(
                        number, (), 'A quotation mark (") is opened in this row and never closed.',
                        "Delete the mark, or write it twice if it belongs to the text.",
                    )  # fmt: skip
                lines.append(more)
                size += len(more)
            except csv.Error:
                return self._cells(number, lines)

    def _cells(self, number: int, lines: list[str], *, strict: bool = False) -> Row:
        reader = csv.reader(lines, delimiter=self._separator, skipinitialspace=True, strict=strict)
        try:
            cells = next(reader, [])
        except csv.Error as problem:
            if strict and "unexpected end of data" in str(problem):
                raise _Open from None
            if strict:
                raise
            return Row(number, (), "The row cannot be read.", "Look at its quotation marks in a text editor.")
        if len(cells) > COLUMNS_AT_MOST:
            return Row(number, (), f"The row has more than {COLUMNS_AT_MOST} columns.", "Delete those without leads.")
        return Row(number, tuple(cell.replace("\x00", "").strip() for cell in cells))

    def _skip_line(self) -> None:
        while (part := self._text.readline(LONGEST_LINE)) and not part.endswith(("\n", "\r")):
            pass


class _Open(csv.Error):
    """The row goes on in the next line."""
