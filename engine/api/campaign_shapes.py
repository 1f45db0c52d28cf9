"""Shapes of requests and answers about campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.api.problems import ProblemOut
from engine.campaigns.changes import Change
from engine.campaigns.issues import Issue
from engine.sdk import Json
from engine.store.campaign_figures import CampaignFigures

Span = tuple[str, str]
"""Begin and end, 'HH:MM'."""


class CampaignIssueOut(BaseModel):
    """`code`: permanent. `level`: error (keeps the campaign from being switched on) or warning. `path`: the field."""

    code: str
    level: Literal["error", "warning"]
    path: str
    sentence: str
    fix: str

    @classmethod
    def of(cls, issue: Issue) -> CampaignIssueOut:
        return cls(
            code=issue.code, level=issue.level, path=issue.path, sentence=issue.sentence, fix=issue.fix
        )  # fmt: skip


class FiguresOut(BaseModel):
    """`waiting`: leads that are to be called. `called`, `talked`, `booked`: calls since the moment that was asked for;
    `talked`: a person was on the line."""

    waiting: int = 0
    called: int = 0
    talked: int = 0
    booked: int = 0

    @classmethod
    def of(cls, figures: CampaignFigures) -> FiguresOut:
        return cls(
            waiting=figures.waiting, called=figures.called, talked=figures.talked, booked=figures.booked
        )  # fmt: skip


class SourceLine(BaseModel):
    """A lead source of a campaign."""

    id: str
    kind: str
    name: str
    state: str


class CampaignLine(BaseModel):
    """`state`: on, paused (leads come in and wait) or archived. `flow_name`: empty for a flow that is not there.
    `errors`, `warnings`: what the validator says."""

    id: str
    name: str
    state: str
    revision: int
    flow_id: str
    flow_name: str
    priority: int
    changed_at: datetime
    changed_by: str
    errors: int
    warnings: int
    figures: FiguresOut
    sources: list[SourceLine]


class DayOut(BaseModel):
    """One kind of day in a state. `law`: when it lets people be called, null for not at all. `wanted`: the campaign's
    own hours, null where only the law bounds. `calls`: what is left of them."""

    day: Literal["weekday", "saturday", "sunday"]
    law: Span | None
    wanted: list[Span] | None
    calls: list[Span]


class WordsOut(BaseModel):
    """What the plan of attempts and the hours come to."""

    plan: str
    hours: str


class CheckOut(BaseModel):
    """`ready`: no issue is an error. `words`: null for a document that cannot be read. `week`: in the state that was
    asked for."""

    ready: bool
    issues: list[CampaignIssueOut]
    words: WordsOut | None
    week: list[DayOut]


class CampaignFull(CampaignLine):
    """`document`: send it back with what you change; what this Leadline does not know in it is kept. `read_only`: made
    by a newer Leadline."""

    document: dict[str, Json]
    read_only: bool
    issues: list[CampaignIssueOut]
    words: WordsOut | None


class NewCampaign(BaseModel):
    """A campaign begins paused. Give `flow_id` for one as it is made, or a `document`. `id`: made of the name if it is
    left out."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    id: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")
    flow_id: str = Field("", max_length=64)
    document: dict[str, Json] | None = None
    by: str = Field("", max_length=200)


class CampaignIn(BaseModel):
    """`revision`: the one that was changed. `by`: for whom a program asks."""

    model_config = ConfigDict(extra="forbid")

    revision: int = Field(ge=1)
    name: str = Field(min_length=1, max_length=200)
    document: dict[str, Json]
    by: str = Field("", max_length=200)


class CheckIn(BaseModel):
    """`state`: two letters, for the picture of the week."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, Json]
    state: str = Field("", pattern=r"^([A-Z]{2})?$")


class SwitchIn(BaseModel):
    """`revision`: the one that was looked at; another one is not switched on. Pausing and archiving need none."""

    model_config = ConfigDict(extra="forbid")

    revision: int | None = Field(None, ge=1)
    by: str = Field("", max_length=200)


class CampaignVersionOut(BaseModel):
    """A campaign as it was. `changes`: what differs from the version before, in words."""

    revision: int
    name: str
    state: str
    changed_at: datetime
    changed_by: str
    changes: list[Change]


class CampaignChangesOut(BaseModel):
    """What differs between two versions; none if leads are treated the same way."""

    model_config = ConfigDict(populate_by_name=True)

    from_: int = Field(alias="from")
    to: int
    changes: list[Change]


class StateOut(BaseModel):
    """A state by its two letters. `duties`: ids of what it asks for besides; `words`: of its sources. `verify`: counsel
    should look at it first."""

    code: str
    name: str
    duties: list[str]
    words: str
    verify: bool


class DutyOut(BaseModel):
    """Something that can be signed for: a duty of some states, or a rule that is loosened."""

    id: str
    words: str
    loosens: bool


class ChoicesOut(BaseModel):
    """What the fields of a campaign can be filled with. `numbers`: ours, as far as they are known. `max_calls`: of one
    process. `calls_per_minute`: what the carrier takes."""

    numbers: list[str]
    max_calls: int
    calls_per_minute: int
    states: list[StateOut]
    duties: list[DutyOut]


class CampaignConflict(ProblemOut):
    """Somebody else saved meanwhile: what stands there now, and what was sent."""

    current: CampaignFull
    yours: dict[str, Json]
    changes: list[Change] = Field(description="From what stands there to what was sent.")


class CampaignNotReady(ProblemOut):
    """`issues`: all that the validator says."""

    issues: list[CampaignIssueOut]
