"""How a file is written, as far as it tells: encoding, separator, whether the first row names the columns."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from pathlib import Path
from typing import Final

from engine.leads.csv_files.reader import Written, rows
from engine.leads.person import read_email

SEPARATORS: Final = (",", ";", "\t", "|")
LOOKED_AT: Final = 64 * 1024
ROWS_LOOKED_AT: Final = 50
_PIECE: Final = 256 * 1024
_MAGIC: Final = {
    b"PK\x03\x04": "This is an Excel workbook or another packed file.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook.",
    b"%PDF": "This is a PDF.",
    b"\x1f\x8b": "This is a packed file.",
    b"\x89PNG": "This is a picture.",
    b"\xff\xd8\xff": "This is a picture.",
}


class NotATable(ValueError):
    """The file is no CSV at all. The message says what it is and what to do."""


def sniff(file: Path) -> Written:
    """Raises `NotATable`."""
    with file.open("rb") as content:
        start = content.read(LOOKED_AT)
    if not start.strip():
        raise NotATable("The file is empty. Export it again, with its rows.")
    for magic, what in _MAGIC.items():
        if start.startswith(magic):
            raise NotATable(f"{what} Save it as CSV (comma separated values) and upload that file.")
    encoding = _encoding(file, start)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(start)
    odd = sum(each < " " and each not in "\t\r\n\f" for each in text)
    if odd > len(text) // 100 or "\x00" in text:
        raise NotATable("This is no text file. Save the table as CSV and upload that file.")
    separator = _separator(text)
    return Written(encoding, separator, _has_header(file, Written(encoding, separator)))


def _encoding(file: Path, start: bytes) -> str:
    """A mark at the start says it; else the whole file is tried as UTF-8, which hardly anything else passes as."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without the mark: every other byte of Western text is zero.
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2 or 1
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        with file.open("rb") as content:
            while piece := content.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"  # what Excel writes in Western Europe and America; it holds Latin-1
    return "utf-8-sig"


def _separator(text: str) -> str:
    """The one by which most rows have the same number of columns, more than one."""
    lines = text.splitlines()[:ROWS_LOOKED_AT]
    if len(text) >= LOOKED_AT // 2 and len(lines) > 1:
        lines = lines[:-1]  # may be cut off

    def fits(separator: str) -> tuple[int, int]:
        counts = Counter(len(cells) for cells in csv.reader(lines, delimiter=separator) if cells)
        width, often = max(counts.items(), key=lambda each: (each[0] > 1, each[1], each[0]), default=(1, 0))
        return (often, width) if width > 1 else (0, 0)

    return max(SEPARATORS, key=fits)


_NUMBER: Final = re.compile(r"[+(]?\d[\d\s().+-]{4,}")


def _has_header(file: Path, written: Written) -> bool:
    """Names of columns are words: no phone number, no address, none twice."""
    for row in rows(file, written):
        if row.empty:
            continue
        cells = [cell for cell in row.cells if cell]
        folded = [cell.casefold() for cell in cells]
        return bool(cells) and len(set(folded)) == len(folded) and not any(_a_value(cell) for cell in cells)
    return False


def _a_value(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell.removeprefix("p:"))) or ("@" in cell and read_email(cell) is not None)
