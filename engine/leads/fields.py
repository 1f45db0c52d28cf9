"""The fields of a posted form, whichever of three ways the website packs it. Pure.

Nested JSON becomes dotted names (`consent.text`, `answers.budget`), and so do the bracketed names that form builders
send (`consent[text]`): from here on all forms look alike.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from urllib.parse import parse_qsl

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

MAX_FIELDS: Final = 200
MAX_DEPTH: Final = 6
MAX_VALUE: Final = 10_000
"""Characters kept of one value; a form has no use for more."""

_BRACKETS: Final = re.compile(r"\[([^\[\]]*)\]")


class FormUnreadable(ValueError):
    """The body is no form we can read. `advice`: what to send instead."""

    def __init__(self, problem: str, advice: str, *, unsupported: bool = False) -> None:
        super().__init__(f"{problem} {advice}")
        self.problem = problem
        self.advice = advice
        self.unsupported = unsupported


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of a form, and what to do about it. `fatal`: the lead cannot be called with it."""

    field: str
    problem: str
    fix: str
    fatal: bool = False


def read_fields(content_type: str, body: bytes) -> dict[str, str]:
    """Field names to texts, in the order they came; empty values are left out. Raises `FormUnreadable`."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("application/json", "text/json") or kind.endswith("+json"):
        pairs = _json(body)
    elif kind == "application/x-www-form-urlencoded":
        pairs = _urlencoded(body)
    elif kind == "multipart/form-data":
        pairs = _multipart(content_type, body)
    else:
        raise FormUnreadable(
            f"A form cannot be sent as '{kind or 'nothing'}'.",
            "Send application/json, application/x-www-form-urlencoded or multipart/form-data.",
            unsupported=True,
        )
    fields: dict[str, str] = {}
    for name, value in pairs:
        text = clean(value).strip()[:MAX_VALUE]
        name = clean(name)
        if text:
            # A checkbox list sends its name several times.
            fields[name] = f"{fields[name]}, {text}"[:MAX_VALUE] if name in fields else text
        if len(fields) > MAX_FIELDS:
            raise FormUnreadable(f"The form has more than {MAX_FIELDS} fields.", "Send only what the lead filled in.")
    return fields


def clean(text: str) -> str:
    """Without what no database keeps: NUL, and halves of characters (JSON can write them)."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def _json(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        data = json.loads(body, object_pairs_hook=_once)
    except _TwiceProblem as twice:
        raise FormUnreadable(
            f"The field '{clean(str(twice))[:60]}' is there twice, with different values.", "Send each field once."
        ) from None
    except (ValueError, RecursionError):  # other encodings than UTF-8, -16 and -32 too
        raise FormUnreadable("The body is not JSON.", "Check quotes, commas and brackets.") from None
    if not isinstance(data, dict):
        raise FormUnreadable("The body is JSON, but no object.", 'Send fields by name: {"phone": "..."}.')
    yield from _flatten("", data, 0)


class _TwiceProblem(Exception):
    pass


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of two numbers or two answers to the same question nobody could say which one is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        for name, value in pairs:
            if found[name] != value:
                raise _TwiceProblem(name)
    return found


def _flatten(prefix: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH:
        raise FormUnreadable("The JSON is nested too deeply.", f"Send at most {MAX_DEPTH} levels.")
    match value:
        case bool():
            yield prefix, "true" if value else "false"
        case str() | int():
            yield prefix, str(value)
        case float():
            yield prefix, _number(value)
        case Mapping():
            for name, part in value.items():
                yield from _flatten(f"{prefix}.{_dotted(str(name))}" if prefix else _dotted(str(name)), part, depth + 1)
        case list():
            if all(isinstance(part, str | int | float) for part in value):
                yield prefix, ", ".join(_number(part) if isinstance(part, float) else str(part) for part in value)
            else:
                for place, part in enumerate(value):
                    yield from _flatten(f"{prefix}.{place}", part, depth + 1)


def _number(value: float) -> str:
    """As people write it: a telephone number that a program took for a fraction has no '.0'. Nothing for what is none
    (NaN, or more than a float can hold)."""
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)


def _urlencoded(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise FormUnreadable(
            "The form cannot be read.", f"Send at most {MAX_FIELDS} fields, URL-encoded in UTF-8."
        ) from None
    for name, value in pairs:
        yield _dotted(name), value


def _multipart(content_type: str, body: bytes) -> Iterator[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    files: list[str] = []

    def on_field(field: Field) -> None:
        name, value = field.field_name, field.value
        pairs.append(((name or b"").decode(), (value or b"").decode()))

    def on_file(file: File) -> None:
        files.append((file.field_name or b"").decode("utf-8", "replace"))
        file.close()

    headers = {"Content-Type": content_type.encode("latin-1", "replace")}
    try:
        parse_form(headers, BytesIO(body), on_field, on_file)
    except (FormParserError, UnicodeDecodeError, ValueError):
        raise FormUnreadable(
            "The multipart form cannot be read.", "Send text parts in UTF-8 with a boundary."
        ) from None
    if files:
        raise FormUnreadable(f"The field '{files[0]}' holds a file.", "Send the form's texts without files.")
    for name, value in pairs:
        yield _dotted(name), value


def _dotted(name: str) -> str:
    """`answers[budget]` as `answers.budget`; `services[]` as `services`."""
    return _BRACKETS.sub(lambda match: f".{match[1]}" if match[1] else "", name.strip())
