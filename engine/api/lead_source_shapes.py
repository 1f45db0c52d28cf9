"""Shapes of requests and answers about lead sources."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.api.problems import ProblemOut
from engine.leads.sources.settings import SourceIssue
from engine.sdk import Json
from engine.store.lead_sources import SourceKind, SourceState


class SourceKindOut(BaseModel):
    """`summary`: what it is, as the end of a sentence. `settings`: JSON Schema. `by_address`: leads are sent to it; the
    others are brought in here."""

    kind: str
    title: str
    summary: str
    by_address: bool
    settings: dict[str, Json]


class SourceIssueOut(BaseModel):
    """`level`: error (keeps the source from being switched on) or warning. `path`: the setting, with dots."""

    level: Literal["error", "warning"]
    path: str
    sentence: str
    fix: str

    @classmethod
    def of(cls, issue: SourceIssue) -> SourceIssueOut:
        return cls(level=issue.level, path=issue.field, sentence=issue.sentence, fix=issue.fix)


class OldAddressOut(BaseModel):
    """An address that a source had before: it works until then."""

    address: str
    until: datetime


class RefusalOut(BaseModel):
    """What was refused and not kept. `why`: a code; `sentence`: the same in words."""

    why: str
    sentence: str
    times: int
    last_at: datetime


class SourceFiguresOut(BaseModel):
    """`received`: leads that came in, test leads and unusable ones included. `unusable`: kept, though nobody can be
    called for them; `last_problem`: why, of the latest. `refused`: not kept at all."""

    received: int = 0
    unusable: int = 0
    test: int = 0
    refused: int = 0
    last_at: datetime | None = None
    last_problem: str = ""
    last_problem_at: datetime | None = None
    refusals: list[RefusalOut] = Field(default_factory=list)


class SourceOut(BaseModel):
    """`address`: where leads are sent, whole, to be pasted; empty for a kind without one. Whoever knows it may send
    leads. `document`: the settings; what is not known in them is kept."""

    id: str
    kind: str
    name: str
    campaign_id: str
    campaign_name: str
    campaign_state: str
    state: str
    revision: int
    document: dict[str, Json]
    address: str
    old_addresses: list[OldAddressOut]
    changed_at: datetime
    changed_by: str
    figures: SourceFiguresOut
    issues: list[SourceIssueOut]


class NewSource(BaseModel):
    """`state`: if it is left out, the source is switched on if whoever asks may do that and nothing is wrong with
    it."""

    model_config = ConfigDict(extra="forbid")

    kind: SourceKind
    name: str = Field(min_length=1, max_length=200)
    campaign_id: str = Field(max_length=64)
    document: dict[str, Json] = Field(default_factory=dict)
    state: SourceState | None = None
    by: str = Field("", max_length=200)


class SourceIn(BaseModel):
    """`revision`: the one that was changed."""

    model_config = ConfigDict(extra="forbid")

    revision: int = Field(ge=1)
    name: str = Field(min_length=1, max_length=200)
    campaign_id: str = Field(max_length=64)
    state: SourceState
    document: dict[str, Json]
    by: str = Field("", max_length=200)


class SourceCheckIn(BaseModel):
    """Settings that are not saved yet."""

    model_config = ConfigDict(extra="forbid")

    kind: SourceKind
    document: dict[str, Json]


class NewAddressIn(BaseModel):
    """`at_once`: the addresses it had stop working now, as for one that became known; else they work for a week
    more."""

    model_config = ConfigDict(extra="forbid")

    at_once: bool = False
    by: str = Field("", max_length=200)


class SourceConflict(ProblemOut):
    """Somebody else saved meanwhile: what stands there now."""

    current: SourceOut


class SourceNotReady(ProblemOut):
    """`issues`: all that is wrong with the settings."""

    issues: list[SourceIssueOut]
