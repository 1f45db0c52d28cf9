"""The rows of a table that somebody brings: a CSV or TSV file, an Excel workbook, or what was pasted from one. Pure.

A workbook is read without a library: its first sheet is two XML files in a zip. Nothing in it is run; formulas count as
the value that they had when the file was saved.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from ui.texts import t

Rows = tuple[tuple[str, ...], ...]

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_ROWS: Final = 2000
_MOST_UNPACKED: Final = 40 * 1024 * 1024
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class TableRefused(ValueError):
    """The message says what is wrong with the table, and what to do."""


def read_table(data: bytes) -> Rows:
    """The rows that hold anything, all of one length. Raises `TableRefused`."""
    if len(data) > MOST_BYTES:
        raise TableRefused(t("table.too_big"))
    if data[:4] == b"PK\x03\x04":
        rows = _workbook(data)
    elif data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise TableRefused(t("table.old_excel"))
    else:
        rows = _separated(_decoded(data))
    filled = [tuple(cell.strip() for cell in row) for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        raise TableRefused(t("table.empty"))
    if len(filled) > MOST_ROWS:
        raise TableRefused(t("table.too_long", most=MOST_ROWS))
    width = max(len(row) for row in filled)
    return tuple(row + ("",) * (width - len(row)) for row in filled)


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TableRefused(t("table.not_text"))


def _separated(text: str) -> list[list[str]]:
    """Commas, semicolons or tabs: whichever parts the lines most evenly."""
    best: list[list[str]] = []
    score = (0.0, 0)
    for mark in ("\t", ";", ","):
        try:
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if any(row)]
        except csv.Error:
            continue
        if not rows:
            continue
        widths = [len(row) for row in rows]
        usual = max(set(widths), key=widths.count)
        even = widths.count(usual) / len(widths) if usual > 1 else 0.0
        if not best or (even, usual) > score:
            best, score = rows, (even, usual)
    return best


def _workbook(data: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if sum(each.file_size for each in book.infolist()) > _MOST_UNPACKED:
                raise TableRefused(t("table.too_big"))
            names = set(book.namelist())
            if "xl/workbook.xml" not in names:
                raise TableRefused(t("table.not_a_sheet"))
            shared = list(_shared(_xml(book, "xl/sharedStrings.xml"))) if "xl/sharedStrings.xml" in names else []
            return list(_rows(_xml(book, _first_sheet(book, names)), shared))
    except (zipfile.BadZipFile, zlib.error, KeyError, IndexError, ValueError, NotImplementedError) as error:
        if isinstance(error, TableRefused):
            raise
        raise TableRefused(t("table.damaged")) from None


def _xml(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    content = book.read(name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise TableRefused(t("table.damaged"))  # no program that writes workbooks puts these in
    try:
        return ElementTree.fromstring(content)  # noqa: S314 - declarations of entities were refused above
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error


def _first_sheet(book: zipfile.ZipFile, names: set[str]) -> str:
    sheet = _xml(book, "xl/workbook.xml").find(f"{_MAIN}sheets/{_MAIN}sheet")
    link = sheet.get(_LINK) if sheet is not None else None
    for each in _xml(book, "xl/_rels/workbook.xml.rels"):
        if each.get("Id") == link:
            target = (each.get("Target") or "").lstrip("/")
            found = target if target.startswith("xl/") else f"xl/{target}"
            if found in names:
                return found
    raise ValueError("no sheet")


def _shared(root: ElementTree.Element) -> Iterator[str]:
    for item in root.iter(f"{_MAIN}si"):
        yield _text(item)


def _text(item: ElementTree.Element) -> str:
    """Without the readings that are shown above Japanese words."""
    spoken = {id(each) for reading in item.iter(f"{_MAIN}rPh") for each in reading.iter()}
    return "".join(each.text or "" for each in item.iter(f"{_MAIN}t") if id(each) not in spoken)


def _rows(sheet: ElementTree.Element, shared: list[str]) -> Iterator[list[str]]:
    for row in sheet.iter(f"{_MAIN}row"):
        cells: list[str] = []
        for cell in row.iter(f"{_MAIN}c"):
            place = _column(cell.get("r") or "", len(cells))
            cells += [""] * (place - len(cells))
            cells.append(_value(cell, shared))
        yield cells


def _column(reference: str, otherwise: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return otherwise
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return shared[int(value)]
    if kind == "b":
        return t("yes") if value == "1" else t("no")
    if kind == "e":
        return ""
    if kind in (None, "n") and re.fullmatch(r"-?\d+\.\d+(?:[eE][-+]?\d+)?|-?\d+[eE][-+]?\d+", value):
        return f"{float(value):.12g}"
    return value
