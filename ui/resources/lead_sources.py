"""Lead sources: the doors that leads come in by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json
from ui.resources.campaigns import Problem


@dataclass(frozen=True, slots=True)
class Kind:
    """`summary`: what it is, as the end of a sentence. `settings`: JSON Schema. `by_address`: leads are sent to it."""

    kind: str
    title: str
    summary: str = ""
    by_address: bool = True
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OldAddress:
    address: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    sentence: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """`unusable`: kept, though nobody can be called for them. `refused`: not kept at all."""

    received: int = 0
    unusable: int = 0
    test: int = 0
    refused: int = 0
    last_at: datetime | None = None
    last_problem: str = ""
    last_problem_at: datetime | None = None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """`address`: where leads are sent; empty for a kind without one."""

    id: str
    kind: str
    name: str
    campaign_id: str
    state: str
    revision: int
    changed_at: datetime
    document: dict[str, Json] = field(default_factory=dict)
    address: str = ""
    old_addresses: tuple[OldAddress, ...] = ()
    changed_by: str = ""
    figures: Figures = field(default_factory=Figures)
    issues: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else saved meanwhile; `current` stands there now."""

    current: Source
    detail: str = ""


_KINDS: Final = TypeAdapter(tuple[Kind, ...])
_SOURCES: Final = TypeAdapter(tuple[Source, ...])
_SOURCE: Final = TypeAdapter(Source)
_ISSUES: Final = TypeAdapter(tuple[Problem, ...])
_OVERTAKEN: Final = TypeAdapter(Overtaken)


def kinds(engine: Engine) -> tuple[Kind, ...]:
    """Raises `EngineTrouble`, as all of these."""
    return engine.get(_KINDS, "/lead-sources/kinds")


def of_campaign(engine: Engine, campaign_id: str) -> tuple[Source, ...]:
    return engine.get(_SOURCES, "/lead-sources", {"campaign_id": campaign_id})


def create(engine: Engine, kind: str, name: str, campaign_id: str, by: str) -> Source:
    body: dict[str, Json] = {"kind": kind, "name": name, "campaign_id": campaign_id, "by": by}
    return read(_SOURCE, engine.send("POST", "/lead-sources", json=body))


def check(engine: Engine, kind: str, document: Mapping[str, Json]) -> tuple[Problem, ...]:
    """Nothing is saved."""
    body: dict[str, Json] = {"kind": kind, "document": dict(document)}
    return read(_ISSUES, engine.send("POST", "/lead-sources/check", json=body))


def save(
    engine: Engine, source: Source, *, name: str, state: str, document: Mapping[str, Json], by: str
) -> Source | Overtaken:
    """`source`: as it was before."""
    body: dict[str, Json] = {
        "revision": source.revision, "name": name, "campaign_id": source.campaign_id, "state": state,
        "document": dict(document), "by": by,
    }  # fmt: skip
    answer = engine.send("PUT", f"/lead-sources/{part(source.id)}", json=body, fine=(200, HTTPStatus.CONFLICT))
    return read(_OVERTAKEN, answer) if answer.status_code == HTTPStatus.CONFLICT else read(_SOURCE, answer)


def move(engine: Engine, source_id: str, *, at_once: bool, by: str) -> Source:
    """A new address."""
    body: dict[str, Json] = {"at_once": at_once, "by": by}
    return read(_SOURCE, engine.send("POST", f"/lead-sources/{part(source_id)}/address", json=body))


def remove(engine: Engine, source_id: str) -> None:
    engine.send("DELETE", f"/lead-sources/{part(source_id)}", fine=(204,))


@dataclass(frozen=True, slots=True)
class Suggested:
    """A mapping to begin with. `unsure`: what to look at."""

    mapping: dict[str, Json] = field(default_factory=dict)
    answers: dict[str, Json] = field(default_factory=dict)
    leads_at: str = ""
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldFound:
    """`paths`: where it stood; none: the mapping itself says it."""

    text: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TriedLead:
    """What a mapping reads from an example. `unusable`: why nobody would be called."""

    fields: dict[str, FieldFound] = field(default_factory=dict)
    answers: dict[str, FieldFound] = field(default_factory=dict)
    first_name: str = ""
    last_name: str = ""
    phone: str | None = None
    email: str | None = None
    consent: str = ""
    test: bool = False
    unusable: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """`problem`: what is wrong with all of it."""

    leads: tuple[TriedLead, ...] = ()
    problem: str = ""


_SUGGESTED: Final = TypeAdapter(Suggested)
_TRIED: Final = TypeAdapter(Tried)


def suggest(engine: Engine, sample: str, country: str) -> Suggested:
    """From an example of what a service sends; nothing of it is kept."""
    body: dict[str, Json] = {"sample": sample, "country": country}
    return read(_SUGGESTED, engine.send("POST", "/lead-sources/mapping/suggest", json=body))


def try_mapping(engine: Engine, sample: str, settings: Mapping[str, Json]) -> Tried:
    """Nobody is called."""
    body: dict[str, Json] = {"sample": sample, "settings": dict(settings)}
    return read(_TRIED, engine.send("POST", "/lead-sources/mapping/try", json=body))
