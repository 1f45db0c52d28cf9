"""How what a service sends becomes a lead: for each of our fields, where it stands in the payload. Pure.

{"phone": "data.fields[label=Phone].value",
 "first_name": {"from": ["answers[0].text", "name"]},
 "name": {"from": ["first", "last"], "join": " "},
 "country": {"constant": "US"},
 "consent": {"from": "agree", "yes": ["Sí, llámenme"]}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.leads.fields import MAX_VALUE
from engine.leads.reading import moment, ticked
from engine.leads.sources.paths import PathUnclear, find, parse, text_of
from engine.sdk import Json

OurField = Literal[
    "phone", "name", "first_name", "last_name", "email", "country", "zone", "id", "submitted_at", "page_url", "consent",
    "consent_text", "consent_version", "consent_at", "consent_ip", "user_agent", "certificate", "sub_source", "test",
]  # fmt: skip
PATHS_AT_MOST: Final = 10


def _listed(given: object) -> object:
    return (given,) if isinstance(given, str) else given


class Rule(BaseModel):
    """`from`: paths (see `paths`); the first that finds something counts, or with `join` all of them, put together with
    that between. `constant`: what counts if none finds anything. `yes`: for a tick box, the words that mean yes;
    without them the usual ones do."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    paths: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field((), alias="from", max_length=PATHS_AT_MOST)
    join: str | None = Field(None, max_length=10)
    constant: str = Field("", max_length=MAX_VALUE)
    yes: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()

    def read(self, document: Json) -> Found:
        """What it finds; paths that are unclear find nothing (`problems` tells of them)."""
        texts, paths = [], []
        for path in self.paths:
            if text := _text_at(document, path):
                texts.append(text)
                paths.append(path)
                if self.join is None:
                    break
        if not texts:
            return Found(self.constant.strip(), constant=bool(self.constant.strip()))
        return Found((self.join or "").join(texts)[:MAX_VALUE], tuple(paths))

    def says_yes(self, text: str) -> bool | None:
        """Whether a tick box with this text is ticked; None if it does not say."""
        if not self.yes:
            return ticked(text)
        # A list of boxes comes as one text with commas.
        said = {text.casefold(), *(part.strip().casefold() for part in text.split(","))}
        return bool(said & {each.strip().casefold() for each in self.yes})

    def problems(self) -> Iterator[str]:
        """Why it can never find anything, in sentences."""
        for path in self.paths:
            try:
                parse(path)
            except PathUnclear as unclear:
                yield str(unclear)
        if not self.paths and not self.constant.strip():
            yield "Nothing is said of where it stands. Enter a path, or a constant."


def _ruled(given: object) -> object:
    """A path alone, or several, stand for a rule."""
    return {"from": given} if isinstance(given, str | list | tuple) else given


GivenRule = Annotated[Rule, BeforeValidator(_ruled)]
Rules = Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found, and at which paths; `constant`: it is what the mapping itself says."""

    text: str
    paths: tuple[str, ...] = ()
    constant: bool = False


def read_all(rules: Mapping[str, Rule], document: Json) -> dict[str, Found]:
    """By field, those that found something."""
    return {name: found for name, rule in rules.items() if (found := rule.read(document)).text}


def read_moment(text: str) -> datetime | None:
    """ISO 8601 with a zone, or Unix seconds or milliseconds."""
    if text.isdigit() and len(text) in (10, 13):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    return moment(text)


def leaves(document: Json, at_most: int = 60) -> dict[str, str]:
    """Everything that can be read in a document, by dotted names: for staff, where no mapping fits."""
    found: dict[str, str] = {}
    for name, value in _leaves("", document, 8):
        text = text_of(value)[:500]
        if text and len(found) < at_most:
            found[name[:120] or "value"] = text
    return found


def _leaves(prefix: str, value: Json, depth: int) -> Iterator[tuple[str, Json]]:
    if not depth:
        return
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(f"{prefix}.{name}" if prefix else name, each, depth - 1)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, each in enumerate(value):
            yield from _leaves(f"{prefix}.{place}" if prefix else str(place), each, depth - 1)
    else:
        yield prefix, value


def _text_at(document: Json, path: str) -> str:
    try:
        steps = parse(path)
    except PathUnclear:
        return ""
    return text_of([each for each in find(document, steps) if each not in (None, "")])
