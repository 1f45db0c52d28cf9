"""How a hosted model writes its answer: commands, one JSON object a line; a line that announces the speech; the speech.

    {"heard":"zip","value":"94110","words":"nine four one one oh"}
    {"asked":"visit","words":"what does it cost"}
    {"say":"timeline","tells":["visit"]}
    Got it. The visit is free. How soon do you need it done?

`WireReader` takes the text in pieces of any size and gives the same result however it was cut. What cannot be read is
dropped with a note and never spoken: a line of JSON in the speech, a fence, prose before the speech is announced.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from engine.dialogue.commands import (
    Agreed,
    Answered,
    Asked,
    Behaved,
    Command,
    Intended,
    SlotDenied,
    SlotHeard,
    SlotRefused,
)
from engine.dialogue.model import Offer
from engine.sdk import Json, Scalar

SURE: Final = 0.9
"""How sure a command is that does not say so."""

MAX_LINE: Final = 4000
"""Characters within which a line of commands must make sense; a longer one is dropped."""

MAX_COMMANDS: Final = 40
MAX_SPEECH: Final = 1500
"""Characters of speech in one turn. A model that runs on is cut here; the guards keep it far below."""

_DECODER: Final = json.JSONDecoder()
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")


class Unreadable(ValueError):
    """An object that is no command. The message says why, for the journal."""


def encode(command: Command) -> str:
    """The line that says `command`, without its line end."""
    match command:
        case SlotHeard(slot, value, words, confidence, denied):
            fields: dict[str, Json] = {"heard": slot, "value": value, "words": words, "sure": confidence}
            if denied:
                fields["not"] = list(denied)
        case SlotDenied(slot, value, words):
            fields = {"denied": slot, "value": value, "words": words}
        case SlotRefused(slot, words):
            fields = {"refused": slot, "words": words}
        case Agreed(slot, words):
            fields = {"agreed": slot, "words": words}
        case Asked(words, knowledge, score):
            fields = {"asked": knowledge, "words": words, "sure": score}
        case Behaved(trigger, words, confidence):
            fields = {"behaved": trigger, "words": words, "sure": confidence}
        case Answered(answer, words, confidence):
            fields = {"answered": answer, "words": words, "sure": confidence}
        case Intended(edge, words, confidence):
            fields = {"intended": edge, "words": words, "sure": confidence}
    if fields.get("sure") == SURE:
        del fields["sure"]
    return _line(fields)


def announce(offer: Offer) -> str:
    """The line that announces the speech."""
    return _line({"say": offer.ask, "tells": list(offer.answers)})


def _line(fields: Mapping[str, Json]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def decode(data: Mapping[str, Json]) -> Command | Offer:
    """The command, or the announcement, that an object says. Raises `Unreadable`."""
    kind = next((key for key in data if key in _READ), None)
    if kind is None:
        raise Unreadable(f"no known command ({', '.join(list(data)[:3]) or 'empty'})")
    return _READ[kind](data)


def _heard(data: Mapping[str, Json]) -> Command:
    put_aside = data.get("not")
    denied = tuple(map(_scalar, put_aside if isinstance(put_aside, list) else [] if put_aside is None else [put_aside]))
    return SlotHeard(_name(data, "heard"), _scalar(data.get("value")), _words(data), _sure(data), denied)


def _asked(data: Mapping[str, Json]) -> Command:
    entry = data["asked"]
    return Asked(_words(data), _name(data, "asked") if entry else None, _sure(data) if entry else 0.0)


def _answered(data: Mapping[str, Json]) -> Command:
    answer = data["answered"]
    if answer in (True, "yes"):
        return Answered("yes", _words(data), _sure(data))
    if answer in (False, "no"):
        return Answered("no", _words(data), _sure(data))
    raise Unreadable("an answer that is neither yes nor no")


def _announced(data: Mapping[str, Json]) -> Offer:
    tells = data.get("tells")
    entries = tells if isinstance(tells, list) else [tells]
    asks = data["say"]
    return Offer(
        asks.strip() if isinstance(asks, str) and asks.strip() else None,
        tuple(each for each in entries if isinstance(each, str)),
    )


_READ: Final[Mapping[str, Callable[[Mapping[str, Json]], Command | Offer]]] = {
    "heard": _heard,
    "denied": lambda data: SlotDenied(_name(data, "denied"), _scalar(data.get("value")), _words(data)),
    "refused": lambda data: SlotRefused(_name(data, "refused"), _words(data)),
    "agreed": lambda data: Agreed(_name(data, "agreed"), _words(data)),
    "asked": _asked,
    "behaved": lambda data: Behaved(_name(data, "behaved"), _words(data), _sure(data)),
    "answered": _answered,
    "intended": lambda data: Intended(_name(data, "intended"), _words(data), _sure(data)),
    "say": _announced,
}


def _name(data: Mapping[str, Json], key: str) -> str:
    name = data[key]
    if not isinstance(name, str) or not name.strip():
        raise Unreadable(f"'{key}' names nothing")
    return _CONTROL.sub("", name).strip()


def _words(data: Mapping[str, Json]) -> str:
    words = data.get("words")
    if not isinstance(words, str):
        raise Unreadable("no words of the caller stand behind it")
    return _CONTROL.sub("", words)


def _scalar(value: Json) -> Scalar:
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise Unreadable("no single value")


def _sure(data: Mapping[str, Json]) -> float:
    sure = data.get("sure", SURE)
    if isinstance(sure, bool) or not isinstance(sure, int | float) or not math.isfinite(sure):
        return SURE
    return min(1.0, max(0.0, float(sure)))


class WireReader:
    """Reads one answer. `notes`: what was dropped, and why. `commands`: how many came. `spoke`: speech has begun.

    The `Offer` is given with the first piece of its speech; an announcement without speech is worth nothing.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.commands = 0
        self._text = _WholeCharacters()
        self._line = ""
        self._skipping = False
        self._offer: Offer | None = None
        self._speech = PlainSpeech(self.notes)

    @property
    def spoke(self) -> bool:
        return self._speech.length > 0

    @property
    def empty(self) -> bool:
        """Neither a command nor an announcement could be read: the answer is of no use."""
        return not self.commands and self._offer is None

    def feed(self, text: str) -> list[Command | Offer | str]:
        """What `text` completes."""
        return list(self._read(self._text.feed(text)))

    def end(self) -> list[Command | Offer | str]:
        """What stands at the end without a line end."""
        return list(self._read("\n")) if self._offer is None else []

    def _read(self, text: str) -> Iterator[Command | Offer | str]:
        if self._offer is None:
            self._line += text
            yield from self._commands()
            text, self._line = self._line, "" if self._offer is not None else self._line
        if self._offer is not None:
            silent = not self.spoke
            speech = self._speech.feed(text)
            if speech:
                if silent:
                    yield self._offer
                yield speech

    def _commands(self) -> Iterator[Command | Offer]:
        """Take what is complete off the line; stops at the announcement, with the speech left on the line."""
        while True:
            line, newline, rest = self._line.partition("\n")
            start = "" if self._skipping else line[: 2 * MAX_LINE].lstrip(" \t\r,[]")
            endless = len(start) >= MAX_LINE or len(line) >= 2 * MAX_LINE
            data, end = _object(start[:MAX_LINE])
            if data is not None:
                self._line = start[end:] + line[2 * MAX_LINE :] + newline + rest
                item = self._decoded(data)
                if isinstance(item, Offer):
                    self._offer = item
                    return
                if item is not None:
                    self.commands += 1
                    yield item
                continue
            if not newline:
                self._skipping = self._skipping or endless
                if self._skipping:
                    self._line = ""
                return
            if self._skipping or endless:
                self._drop("a line without end")
            elif start.strip() and not start.startswith("```"):
                self._drop("a line that is no command")
            self._skipping, self._line = False, rest

    def _decoded(self, data: Mapping[str, Json]) -> Command | Offer | None:
        try:
            item = decode(data)
        except Unreadable as why:
            self._drop(str(why))
            return None
        if not isinstance(item, Offer) and self.commands >= MAX_COMMANDS:
            self._drop("too many commands")
            return None
        return item

    def _drop(self, why: str) -> None:
        self.notes.append(f"dropped: {why}")


def _object(text: str) -> tuple[Mapping[str, Json] | None, int]:
    """The JSON object that `text` begins with and where it ends, if it is complete."""
    if not text.startswith("{") or "}" not in text:
        return None, 0
    try:
        data, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0
    return (data, end) if isinstance(data, dict) else (None, 0)


class _WholeCharacters:
    """Joins the halves of a character that two pieces share, and leaves out halves without a partner."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        if text.isascii():
            return text
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


class PlainSpeech:
    """Speech as plain text: no markdown, no fences, no JSON, no [stage directions]; line ends as spaces.

    `length`: characters given so far. `notes`: gets what was left out, each kind once.
    """

    def __init__(self, notes: list[str]) -> None:
        self.length = 0
        self._notes = notes
        self._marks: str | None = ""  # what the line began with so far; None once a word has come
        self._gap = False
        self._left_out = ""  # until where text is left out: "]" or the end of the line

    def feed(self, text: str) -> str:
        """What of `text` may be spoken."""
        out: list[str] = []
        for char in text:
            if char == "\n":
                self._marks, self._left_out, self._gap = "", "", True
            elif self._left_out:
                self._left_out = "" if char == self._left_out else self._left_out
            elif self.length >= MAX_SPEECH:
                self._leave_out("speech without end")
            elif char in "{}":
                self._leave_out("JSON in the speech")
            elif char == "[":
                self._leave_out("brackets in the speech", until="]")
            elif self._marks is not None and char in " \t#>*-•`~":
                self._marks += char
                if "```" in self._marks:
                    self._left_out = "\n"
            elif char in "*`":
                continue
            elif char.isspace():
                self._gap = True
            elif not _CONTROL.match(char):
                char = f" {char}" if self._gap and self.length else char
                self._marks, self._gap = None, False
                out.append(char)
                self.length += len(char)
        return "".join(out)

    def _leave_out(self, what: str, until: str = "\n") -> None:
        self._left_out = until
        if f"left out: {what}" not in self._notes:
            self._notes.append(f"left out: {what}")
