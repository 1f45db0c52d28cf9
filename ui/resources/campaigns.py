"""Campaigns: how the leads of a source are treated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final, Literal

from pydantic import TypeAdapter

from ui.client import Engine, part, read
from ui.records import Json

Switch = Literal["pause", "resume", "archive", "unarchive"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What the validator says. `path`: the field, with dots. `level`: error (keeps it from being switched on) or
    warning."""

    sentence: str
    level: str = "error"
    path: str = ""
    fix: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """`waiting`: leads that are to be called; the others count calls since a moment."""

    waiting: int = 0
    called: int = 0
    talked: int = 0
    booked: int = 0


@dataclass(frozen=True, slots=True)
class SourceLine:
    id: str
    kind: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """`state`: on, paused or archived."""

    id: str
    name: str
    state: str
    revision: int
    flow_id: str
    changed_at: datetime
    flow_name: str = ""
    priority: int = 5
    changed_by: str = ""
    errors: int = 0
    warnings: int = 0
    figures: Figures = field(default_factory=Figures)
    sources: tuple[SourceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What the plan of attempts and the hours come to."""

    plan: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Campaign(CampaignLine):
    """`read_only`: made by a newer Leadline."""

    document: dict[str, Json] = field(default_factory=dict)
    read_only: bool = False
    issues: tuple[Problem, ...] = ()
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One kind of day in a state: when the law lets people be called, and what is left of the campaign's hours."""

    day: str
    law: tuple[str, str] | None = None
    wanted: tuple[tuple[str, str], ...] | None = None
    calls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """`words`: None for a document that cannot be read. `week`: in the state that was asked for."""

    ready: bool
    issues: tuple[Problem, ...] = ()
    words: Words | None = None
    week: tuple[Day, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    code: str
    name: str
    duties: tuple[str, ...] = ()
    words: str = ""
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """What can be signed for. `loosens`: it is a rule that is loosened, not a duty of some states."""

    id: str
    words: str
    loosens: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What the fields of a campaign can be filled with."""

    numbers: tuple[str, ...] = ()
    max_calls: int = 0
    calls_per_minute: int = 0
    states: tuple[State, ...] = ()
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    path: str
    title: str
    sentence: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    revision: int
    name: str
    state: str
    changed_at: datetime
    changed_by: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else saved meanwhile. `current`: what stands there. `changes`: from that to what was sent."""

    current: Campaign
    detail: str = ""
    changes: tuple[Change, ...] = ()


_LINES: Final = TypeAdapter(tuple[CampaignLine, ...])
_CAMPAIGN: Final = TypeAdapter(Campaign)
_CHECKED: Final = TypeAdapter(Checked)
_CHOICES: Final = TypeAdapter(Choices)
_VERSIONS: Final = TypeAdapter(tuple[Version, ...])
_OVERTAKEN: Final = TypeAdapter(Overtaken)


def everything(engine: Engine, since: datetime) -> tuple[CampaignLine, ...]:
    """By name, also those that were put away. `since`: from when on calls are counted. Raises `EngineTrouble`, as all
    of these."""
    return engine.get(_LINES, "/campaigns", {"archived": "true", "since": since.isoformat()})


def one(engine: Engine, campaign_id: str, since: datetime) -> Campaign:
    return engine.get(_CAMPAIGN, f"/campaigns/{part(campaign_id)}", {"since": since.isoformat()})


def choices(engine: Engine) -> Choices:
    return engine.get(_CHOICES, "/campaigns/choices")


def check(engine: Engine, document: Mapping[str, Json], state: str) -> Checked:
    """Nothing is saved."""
    body: dict[str, Json] = {"document": dict(document), "state": state}
    return read(_CHECKED, engine.send("POST", "/campaigns/check", json=body))


def create(engine: Engine, name: str, flow_id: str, by: str) -> Campaign:
    body: dict[str, Json] = {"name": name, "flow_id": flow_id, "by": by}
    return read(_CAMPAIGN, engine.send("POST", "/campaigns", json=body))


def save(
    engine: Engine, campaign_id: str, *, name: str, document: Mapping[str, Json], revision: int, by: str
) -> Campaign | Overtaken:
    """`revision`: the one that was changed."""
    body: dict[str, Json] = {"revision": revision, "name": name, "document": dict(document), "by": by}
    answer = engine.send("PUT", f"/campaigns/{part(campaign_id)}", json=body, fine=(200, HTTPStatus.CONFLICT))
    return read(_OVERTAKEN, answer) if answer.status_code == HTTPStatus.CONFLICT else read(_CAMPAIGN, answer)


def switch(engine: Engine, campaign_id: str, way: Switch, by: str, revision: int | None = None) -> Campaign:
    """`revision`: the one that was looked at, for switching on."""
    body: dict[str, Json] = {"by": by, "revision": revision}
    return read(_CAMPAIGN, engine.send("POST", f"/campaigns/{part(campaign_id)}/{way}", json=body))


def versions(engine: Engine, campaign_id: str) -> tuple[Version, ...]:
    """The newest first."""
    return engine.get(_VERSIONS, f"/campaigns/{part(campaign_id)}/versions")
