"""JSON text that survives editing: parts that were not touched keep every byte, number spellings included.

`parse` reads a document and refuses what cannot be told apart later (double keys, NaN, endless nesting), naming line
and column. `merge` writes an edited document over the text it came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from engine.sdk import Json

MAX_DEPTH: Final = 64
"""Far beyond what a flow needs (about 12), far below what the parser's own recursion stands."""

_INDENT: Final = "  "
_SPACE: Final = " \t\r\n"
_SCAN: Final[Callable[[str, int], tuple[Json, int]]] = json.JSONDecoder().raw_decode
"""Reads the value that begins at a place, and says where it ends."""
_BRACKETS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_TOKEN: Final = re.compile(r'[ \t\r\n]*+("[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^ \t\r\n\[\]{},:"]++)', re.DOTALL)


class NotJson(ValueError):
    """A text that is no usable JSON. Line and column count from 1."""

    def __init__(self, sentence: str, line: int, column: int) -> None:
        super().__init__(f"Line {line}, column {column}: {sentence}")
        self.sentence = sentence
        self.line = line
        self.column = column


def _fail(sentence: str, text: str, at: int) -> NoReturn:
    before = text[:at]
    raise NotJson(sentence, before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)


class _Odd(ValueError):
    """Found by the fast parser, which knows no positions; `parse` then looks for the place."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    whole = dict(pairs)
    if len(whole) != len(pairs):
        raise _Odd
    return whole


def _no_constant(name: str) -> NoReturn:
    raise _Odd(name)


def _whole(digits: str) -> int | float:
    if len(digits) > 300:
        raise _Odd(digits)
    return int(digits)


def parse(text: str) -> Json:
    """The document's values. Raises `NotJson`."""
    _check_depth(text)
    try:
        value: Json = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_whole)
    except json.JSONDecodeError as error:
        _fail(_plain(error.msg), text, error.pos)
    except _Odd:
        spans(text)
        raise AssertionError("the slow parser must find what the fast one found") from None
    return value


def _plain(message: str) -> str:
    """The parser's message in words for people."""
    known = {
        "Expecting value": "a value is missing or not written as JSON wants it",
        "Expecting property name enclosed in double quotes": "a name in double quotes is expected here; "
        "perhaps there is a comma too many before it",
        "Expecting ',' delimiter": "a comma or a closing bracket is missing",
        "Expecting ':' delimiter": "a colon is missing after the name",
        "Extra data": "the document has already ended here; there is something after it",
        "Unterminated string starting at": "a text begins here and never ends: its closing quote is missing",
        "Invalid control character at": "a line break or another control character stands inside a text",
    }
    return known.get(message, f"this cannot be read ({message})")


def _check_depth(text: str) -> None:
    depth = 0
    for token in _BRACKETS.finditer(text):
        mark = token.group()
        if mark in ("{", "["):
            depth += 1
            if depth > MAX_DEPTH:
                _fail(f"brackets are nested more than {MAX_DEPTH} deep", text, token.start())
        elif mark in ("}", "]"):
            depth -= 1


@dataclass(slots=True)
class Span:
    """A value with its place in the text, `text[start:end]`, and the parts of an object or a list."""

    value: Json
    start: int
    end: int
    parts: dict[str, Span] | list[Span] | None = None


def spans(text: str) -> Span:
    """The document with the place of every value; slower than `parse`. Raises `NotJson`."""
    tokens = _Tokens(text)
    whole = _read(tokens)
    if tokens.mark is not None:
        _fail(_plain("Extra data"), text, tokens.at)
    return whole


class _Tokens:
    """The current token (`mark`, None at the end) and its place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._rest: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self.mark: str | None = None
        self.at = self.end = 0
        self.step()

    def step(self) -> None:
        token = next(self._rest, None)
        if token is None:
            self.mark, self.at = None, len(self.text)
        else:
            self.mark, self.at, self.end = token.group(1), token.start(1), token.end(1)

    def want(self, mark: str, sentence: str) -> None:
        if self.mark != mark:
            _fail(sentence, self.text, self.at)
        self.step()


def _read(tokens: _Tokens) -> Span:
    start = tokens.at
    if tokens.mark == "{":
        return _read_object(tokens, start)
    if tokens.mark == "[":
        tokens.step()
        items: list[Span] = []
        while tokens.mark != "]":
            if items:
                tokens.want(",", _plain("Expecting ',' delimiter"))
            items.append(_read(tokens))
        end = tokens.end
        tokens.step()
        return Span([item.value for item in items], start, end, items)
    return _read_scalar(tokens, start)


def _read_object(tokens: _Tokens, start: int) -> Span:
    tokens.step()
    members: dict[str, Span] = {}
    while tokens.mark != "}":
        if members:
            tokens.want(",", _plain("Expecting ',' delimiter"))
        at = tokens.at
        key = _read_scalar(tokens, at).value
        if not isinstance(key, str):
            _fail(_plain("Expecting property name enclosed in double quotes"), tokens.text, at)
        if key in members:
            _fail(f"the name “{key}” stands twice in the same place; one of the two would be lost", tokens.text, at)
        tokens.want(":", _plain("Expecting ':' delimiter"))
        members[key] = _read(tokens)
    end = tokens.end
    tokens.step()
    return Span({key: member.value for key, member in members.items()}, start, end, members)


def _read_scalar(tokens: _Tokens, start: int) -> Span:
    if tokens.mark is None:
        _fail("the document ends too early", tokens.text, len(tokens.text))
    try:
        value: Json = json.loads(tokens.mark, parse_constant=_no_constant, parse_int=_whole)
    except json.JSONDecodeError as error:
        _fail(_plain(error.msg), tokens.text, start + error.pos)
    except _Odd as odd:
        shown = str(odd) if len(str(odd)) < 20 else f"{str(odd)[:12]}…"
        _fail(f"{shown} is no number that a flow can hold", tokens.text, start)
    end = tokens.end
    tokens.step()
    return Span(value, start, end)


def equal(left: Json, right: Json) -> bool:
    """Equal as JSON: 1 is 1.0, true is not 1, and the order of names counts (it is what people see)."""
    if left is right:
        return True
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    return left == right


def canonical(value: Json) -> str:
    """The shipped form: two spaces of indent, real characters instead of escapes, a line break at the end."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def merge(value: Json, text: str, known: Json = None) -> str:
    """`value` as text, with everything that equals its counterpart in `text` copied as it stands there.

    Members of objects are matched by name, things in lists by their `id`, else by place. New and changed parts come
    out in canonical form. `known`: the values of `text`, if they are at hand; what `value` shares with them is not even
    looked at, so that one small change of a large document costs next to nothing.
    """
    before = _Piece(known if known is not None else parse(text), text.strip(_SPACE))
    if equal(before.value, value):
        return text
    return _write(value, before, 0) + "\n"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A value and how it is written."""

    value: Json
    text: str

    def members(self) -> dict[str, _Piece]:
        """Of an object; empty for anything else."""
        if not isinstance(self.value, dict):
            return {}
        found: dict[str, _Piece] = {}
        at = _after_space(self.text, 1)
        while self.text[at] != "}":
            key, at = _SCAN(self.text, at)
            at = _after_space(self.text, _after_space(self.text, at) + 1)
            _, end = _SCAN(self.text, at)
            assert isinstance(key, str)
            found[key] = _Piece(self.value[key], self.text[at:end])
            at = _after_space(self.text, end)
            at = _after_space(self.text, at + 1) if self.text[at] == "," else at
        return found

    def items(self) -> list[_Piece]:
        """Of a list; empty for anything else."""
        if not isinstance(self.value, list):
            return []
        found: list[_Piece] = []
        at = _after_space(self.text, 1)
        while self.text[at] != "]":
            _, end = _SCAN(self.text, at)
            found.append(_Piece(self.value[len(found)], self.text[at:end]))
            at = _after_space(self.text, end)
            at = _after_space(self.text, at + 1) if self.text[at] == "," else at
        return found


def _after_space(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def _write(value: Json, before: _Piece | None, depth: int) -> str:
    if before is not None and (before.value is value or equal(before.value, value)):
        return before.text
    inner, outer = "\n" + _INDENT * (depth + 1), "\n" + _INDENT * depth
    if isinstance(value, dict) and value:
        members = before.members() if before is not None else {}
        lines = [
            f"{json.dumps(key, ensure_ascii=False)}: {_write(part, members.get(key), depth + 1)}"
            for key, part in value.items()
        ]
        return "{" + inner + f",{inner}".join(lines) + outer + "}"
    if isinstance(value, list) and value:
        items = before.items() if before is not None else []
        by_id = {id: item for item in items if (id := _id(item.value)) is not None}
        lines = []
        for place, part in enumerate(value):
            id = _id(part)
            at_place = items[place] if place < len(items) else None
            lines.append(_write(part, by_id.get(id) if id is not None else at_place, depth + 1))
        return "[" + inner + f",{inner}".join(lines) + outer + "]"
    return json.dumps(value, ensure_ascii=False)


def _id(value: Json) -> str | None:
    id = value.get("id") if isinstance(value, dict) else None
    return id if isinstance(id, str) else None
