"""A flow document: its text as it came, its values in today's format, and the typed flow.

Nothing is edited in place: `edited` and `replaced` answer a new document. `save` gives the text back byte
for byte while nothing was changed; afterwards everything that was not touched still is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError

from engine.flow.edits import Step as EditStep
from engine.flow.edits import apply
from engine.flow.model import FORMAT, FORMAT_VERSION, Flow
from engine.flow.text import NotJson, Span, canonical, merge, parse, spans
from engine.flow.upgrade import STEPS, Step, upgrade
from engine.sdk import Json

MAX_BYTES: Final = 5 * 1024 * 1024
"""Hundred times the largest flow we ship; a file beyond it is some other file."""

HALF_A_CHARACTER: Final = (
    "A text holds half a character (a surrogate without its pair), which can be neither shown nor kept. Type it again."
)

_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""Where half a character may be written; most texts have none, and need no closer look."""

Path = tuple[str | int, ...]
"""Way to a part of a document: names, and for things in lists their id or their place."""


class FlowRefused(ValueError):
    """A text that cannot be opened as a flow. Line and column count from 1; 0 when there is no one place.

    `code`: not_json, too_big, wrong_format, too_deep, duplicate_key, duplicate_id, wrong_shape.
    """

    def __init__(self, code: str, sentence: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"Line {line}, column {column}: {sentence}" if line else sentence)
        self.code = code
        self.sentence = sentence
        self.line = line
        self.column = column


class FlowNewer(FlowRefused):
    """The flow was made by a newer Leadline; it can be looked at, not changed. `format_version`: its format."""

    def __init__(self, format_version: int, made_with: str) -> None:
        by = f" ({made_with})" if made_with else ""
        super().__init__(
            "newer",
            f"This flow was made with a newer Leadline{by}: its format is {format_version}, this one knows formats up "
            f"to {FORMAT_VERSION}. Update Leadline to change it.",
        )
        self.format_version = format_version


@dataclass(frozen=True, slots=True)
class FlowDocument:
    """`original`: the text as it was read. `data`: the values, in today's format. `changes`: what upgrading did, in
    plain sentences. `read_only`: made by a newer Leadline, but still legible."""

    original: str
    data: dict[str, Json]
    flow: Flow
    changes: tuple[str, ...] = ()
    read_only: bool = False
    _text: str = field(default="", repr=False)

    @classmethod
    def load(cls, text: str | bytes, steps: Mapping[int, Step] = STEPS, version: int = FORMAT_VERSION) -> FlowDocument:
        """Parse, upgrade step by step to format `version`, and type. Raises `FlowRefused`; `FlowNewer` if the flow is
        newer and cannot even be read."""
        written = _decoded(text)
        body = written.removeprefix("\ufeff")
        data = _parsed(body)
        made = _format_version(data)
        if made > version:
            try:
                return cls(written, data, _typed(data, body), (), True, written)
            except FlowRefused:
                raise FlowNewer(made, str(data.get("made_with", ""))) from None
        climbed = upgrade(data, made, steps, version)
        flow = _typed(climbed.data, body if climbed.data is data else None)
        _refuse_doubles(climbed.data, body)
        text = written if climbed.data is data else merge(climbed.data, body, data)
        return cls(written, climbed.data, flow, climbed.changes, False, written if text is body else text)

    @classmethod
    def of(cls, data: dict[str, Json]) -> FlowDocument:
        """A document made from values, in canonical form. Raises `FlowRefused`."""
        return cls.load(canonical(data))

    @property
    def changed(self) -> bool:
        """Whether `save` gives anything but the original text."""
        return self.save() != self.original

    def save(self) -> str:
        """The text to keep. The original one, byte for byte, when nothing was changed."""
        return self._text

    def edited(self, *steps: EditStep) -> FlowDocument:
        """The document with these steps taken.

        Raises `EditRefused`, `EditConflict` for steps that cannot be, `FlowRefused` when the result is no flow.
        """
        return self.replaced(apply(self.data, steps).data)

    def replaced(self, data: dict[str, Json]) -> FlowDocument:
        """The document with other values, as they come back from a builder. Parts that equal today's keep their text.

        Raises `FlowRefused`.
        """
        if self.read_only:
            raise FlowNewer(_format_version(self.data), str(self.data.get("made_with", "")))
        flow = _typed(data, None)
        text = merge(data, self._text.removeprefix("\ufeff"), self.data)
        _refuse_doubles(data, text)
        if text == self.original.removeprefix("\ufeff"):
            text = self.original
        return FlowDocument(self.original, data, flow, self.changes, False, text)


def _decoded(text: str | bytes) -> str:
    try:
        size = len(text) if isinstance(text, bytes) else len(text.encode())
    except UnicodeEncodeError:
        raise FlowRefused("not_json", HALF_A_CHARACTER) from None
    if size > MAX_BYTES:
        raise FlowRefused("too_big", f"The file has {size / 1048576:.1f} MB; a flow may have up to 5 MB.")
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        column = error.start - (text[: error.start].rfind(b"\n") + 1) + 1
        raise FlowRefused("not_json", "This is no text in UTF-8.", line, column) from None


def _parsed(body: str) -> dict[str, Json]:
    try:
        data = parse(body)
    except NotJson as problem:
        code = "too_deep" if "nested" in problem.sentence else "not_json"
        if "stands twice" in problem.sentence:
            code = "duplicate_key"
        says = problem.sentence[:1].upper() + problem.sentence[1:] + "."
        raise FlowRefused(code, says, problem.line, problem.column) from None
    if _HALF.search(body) is not None and not whole(data):
        raise FlowRefused("not_json", HALF_A_CHARACTER)
    if not isinstance(data, dict):
        raise FlowRefused("wrong_format", "This is JSON, but no flow: a flow begins with a curly bracket.", 1, 1)
    if data.get("format") != FORMAT:
        raise FlowRefused("wrong_format", f'This is JSON, but no flow: it does not say "format": "{FORMAT}".', 1, 1)
    return data


def whole(value: Json) -> bool:
    """Whether all texts in it consist of whole characters."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _format_version(data: dict[str, Json]) -> int:
    made = data.get("format_version", 1)
    if not isinstance(made, int) or isinstance(made, bool) or made < 1:
        raise FlowRefused("wrong_format", "Its “format_version” must be a whole number from 1 on.", 1, 1)
    return made


def _typed(data: dict[str, Json], body: str | None) -> Flow:
    try:
        return Flow.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = tuple(first["loc"])
        line, column = _where(body if body is not None else canonical(data), path)
        raise FlowRefused("wrong_shape", _shape_sentence(path, first["type"], first["msg"]), line, column) from None


def _shape_sentence(path: Path, kind: str, message: str) -> str:
    place = "/".join(str(step) for step in path)
    if kind == "missing":
        return f"“{path[-1]}” is missing at {place}."
    if kind == "extra_forbidden":
        return f"“{path[-1]}” at {place} is not known here."
    return f"The value at {place} does not fit: {message[:1].lower()}{message[1:]}."


def _where(text: str, path: Path) -> tuple[int, int]:
    """Line and column of the deepest part of `path` that exists."""
    here: Span = spans(text)
    for step in path:
        parts = here.parts
        inner: Span | None = None
        if isinstance(parts, dict) and isinstance(step, str):
            inner = parts.get(step)
        elif isinstance(parts, list) and isinstance(step, int) and step < len(parts):
            inner = parts[step]
        if inner is None:
            break
        here = inner
    before = text[: here.start]
    return before.count("\n") + 1, here.start - (before.rfind("\n") + 1) + 1


def _refuse_doubles(data: dict[str, Json], body: str) -> None:
    """Permanent ids are addresses: two of the same kind would make every reference ambiguous."""
    for kind in ("slots", "knowledge", "criteria", "reflexes", "nodes", "edges"):
        seen: set[str] = set()
        things = data.get(kind)
        for place, thing in enumerate(things if isinstance(things, list) else ()):
            id = thing.get("id") if isinstance(thing, dict) else None
            if not isinstance(id, str):
                continue
            if id in seen:
                line, column = _where(body, (kind, place, "id"))
                raise FlowRefused("duplicate_id", f"The id “{id}” is used twice among the {kind}.", line, column)
            seen.add(id)
