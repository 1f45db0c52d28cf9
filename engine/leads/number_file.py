"""Files of phone numbers, in whatever form they come: one a line, `area,number`, or a column of a table. Pure.

    415-555-2671        4155552671         415,5552671        "Reyes, Dana",(415) 555-2671,ZIP 94107

Read bit by bit, so that a file of hundreds of millions of lines needs no more memory than one of ten.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

LONGEST_LINE: Final = 10_000
"""Characters; what goes on for longer is no line of numbers."""

_NOISE: Final = str.maketrans("", "", " .-()/\u00a0\u2010\u2011\u2013'")
_AMERICAN: Final = re.compile(r"(?:\+?1)?([2-9]\d{2}[2-9]\d{6})")
_AREA: Final = re.compile(r"[2-9]\d{2}")
_LOCAL: Final = re.compile(r"[2-9]\d{6}")
_SPLIT: Final = re.compile(r"[,;\t|]")
_COLUMN: Final = re.compile(r"phone|number|mobile|cell|tel\b|telephone|msisdn|tel[eé]fono|m[oó]vil", re.IGNORECASE)


@dataclass
class Lines:
    """Lines of a file that comes in pieces. UTF-8 and UTF-16, as spreadsheets write them; what is neither is read as
    Latin-1, in which every byte means something."""

    _decoder: codecs.IncrementalDecoder | None = None
    _rest: str = ""

    def feed(self, piece: bytes, *, last: bool = False) -> list[str]:
        """Whole lines; the beginning of the next one is kept. `last`: nothing follows."""
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder(_encoding(piece))("strict")
        try:
            text = self._decoder.decode(piece, last)
        except UnicodeDecodeError:
            self._decoder = codecs.getincrementaldecoder("latin-1")()
            text = self._decoder.decode(piece, last)
        lines = (self._rest + text).splitlines(keepends=True)
        whole = last or not lines or lines[-1].endswith(("\n", "\r"))
        self._rest = "" if whole else lines.pop()
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = ""
        return [line.rstrip("\r\n") for line in lines]


def _encoding(beginning: bytes) -> str:
    return "utf-16" if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


@dataclass
class NumberReader:
    """Reads lines. `region`: ISO code of the country of numbers that have no country code. `unreadable`: the numbers of
    the first lines that hold no number, from 1; `bad`: how many there are. Empty lines count for nothing."""

    region: str = "US"
    keep: int = 200
    lines: int = 0
    bad: int = 0
    unreadable: list[int] = field(default_factory=list)
    _column: int | None = None
    _begun: bool = False

    def read(self, lines: Sequence[str]) -> list[str]:
        """The numbers in these lines, E.164, in their order."""
        found: list[str] = []
        for line in lines:
            self.lines += 1
            if not line.strip():
                continue
            begun, self._begun = self._begun, True
            number = self._number(line)
            if number is not None:
                found.append(number)
            elif not begun and not any(sign.isdigit() for sign in line):
                self._column = _phone_column(_cells(line))  # the first line names the columns
            else:
                self.bad += 1
                if len(self.unreadable) < self.keep:
                    self.unreadable.append(self.lines)
        return found

    def _number(self, line: str) -> str | None:
        if (number := american(line)) is not None:
            return number
        if len(line) > LONGEST_LINE:
            return None
        cells = _cells(line)
        if self._column is not None:
            return self._one(cells[self._column]) if self._column < len(cells) else None
        # The national registry writes area code and number as two columns.
        if len(cells) >= 2 and _AREA.fullmatch(cells[0]) and _LOCAL.fullmatch(cells[1].translate(_NOISE)):
            return f"+1{cells[0]}{cells[1].translate(_NOISE)}"
        return next((number for cell in cells if (number := self._one(cell)) is not None), None)

    def _one(self, cell: str) -> str | None:
        return american(cell) if self.region == "US" and american(cell) else any_number(cell, self.region)


def american(text: str) -> str | None:
    """E.164 of ten digits as the North American plan has them, however they are grouped; by far the quickest way."""
    match = _AMERICAN.fullmatch(text.translate(_NOISE).strip())
    return f"+1{match[1]}" if match else None


def any_number(text: str, region: str) -> str | None:
    """E.164 of a number of any country; None for what cannot be one. It need not be one that is in use: whoever does
    not want to be called there is believed."""
    if sum(sign.isdigit() for sign in text) < 7 or any(sign.isalpha() for sign in text):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return american(e164) if number.country_code == 1 else e164


def _cells(line: str) -> list[str]:
    if '"' in line:
        try:
            line = line.strip()
            separator = next((sign for sign in ",;\t|" if sign in line), ",")
            return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
        except csv.Error:
            return [line]
    return [cell.strip() for cell in _SPLIT.split(line)]


def _phone_column(names: Sequence[str]) -> int | None:
    """None for `area code` beside `phone number`: both belong to the number."""
    if any("area" in name.lower() for name in names):
        return None
    return next((place for place, name in enumerate(names) if _COLUMN.search(name)), None)
