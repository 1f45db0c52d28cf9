"""Mappings of what other services send: one to begin with from an example, and what a mapping would read from it.
Nothing of the example is kept."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_VIEWER
from engine.api.leads import FieldProblemOut, told
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.leads import FormUnreadable
from engine.leads.phone import known_region
from engine.leads.reading import Arrival
from engine.leads.sources.any_json import JsonSettings, open_body
from engine.leads.sources.mapping import Found, Rule
from engine.leads.sources.paths import read_json
from engine.leads.sources.settings import settings_of
from engine.leads.sources.suggesting import suggest
from engine.leads.sources.trying import Tried, try_mapping
from engine.sdk import Json
from engine.store.consents import ConsentLevel

router = APIRouter(prefix="/lead-sources/mapping", tags=["campaigns"], dependencies=[NEEDS_VIEWER])

_UNREADABLE: Final[dict[int | str, dict[str, Any]]] = {422: {"model": ProblemOut}}
Sample = Annotated[
    Json,
    Field(
        description="What the service sends: the JSON itself, or a text with it (or with a form) as it was copied.",
        examples=[{"data": {"fields": [{"label": "Phone", "value": "+14155552671"}]}}],
    ),
]


class RuleOut(BaseModel):
    """`paths`: where it stands; the first that finds something counts, or all of them put together with `join`."""

    paths: list[str] = Field(serialization_alias="from")
    join: str | None = None
    constant: str = ""
    yes: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, rule: Rule) -> RuleOut:
        return cls(paths=list(rule.paths), join=rule.join, constant=rule.constant, yes=list(rule.yes))


class SuggestIn(BaseModel):
    """`country`: two letters, where phone numbers without country code are from."""

    sample: Sample
    country: str = Field("US", max_length=2)


class SuggestedMapping(BaseModel):
    """`mapping`, `answers`, `leads_at`: for the settings of a source of the kind json. `unsure`: what to look at."""

    mapping: dict[str, RuleOut]
    answers: dict[str, RuleOut]
    leads_at: str
    unsure: list[str]


class TryIn(BaseModel):
    """`settings`: those of a source of the kind json."""

    sample: Sample
    settings: dict[str, Json]


class FoundOut(BaseModel):
    """What was found, and at which paths; none: the mapping itself says it."""

    text: str
    paths: list[str]

    @classmethod
    def of(cls, found: Found) -> FoundOut:
        return cls(text=found.text, paths=list(found.paths))


class TriedLead(BaseModel):
    """`phone`: as it would be dialled. `unusable`: why nobody would be called; empty if the person would be."""

    fields: dict[str, FoundOut]
    answers: dict[str, FoundOut]
    first_name: str
    last_name: str
    phone: str | None
    email: str | None
    consent: ConsentLevel
    consent_text: str
    test: bool
    unusable: str
    problems: list[FieldProblemOut]

    @classmethod
    def of(cls, tried: Tried) -> TriedLead:
        return cls(
            fields={name: FoundOut.of(each) for name, each in tried.found.items()},
            answers={name: FoundOut.of(each) for name, each in tried.answers.items()},
            first_name=tried.first_name,
            last_name=tried.last_name,
            phone=tried.phone,
            email=tried.email,
            consent=tried.consent,
            consent_text=tried.consent_text,
            test=tried.test,
            unusable=tried.unusable,
            problems=[told(each) for each in tried.problems],
        )


class TriedMapping(BaseModel):
    """`problem`: what is wrong with all of it, empty if nothing is."""

    leads: list[TriedLead]
    problem: str


@router.post("/suggest", response_model_by_alias=True, responses=_UNREADABLE)
async def suggest_mapping(given: SuggestIn) -> SuggestedMapping:
    """A mapping to begin with, from an example of what the service sends."""
    region = given.country.upper() if known_region(given.country.upper()) else None
    found = suggest(_opened(given.sample), region)
    return SuggestedMapping(
        mapping={name: RuleOut.of(rule) for name, rule in found.mapping.items()},
        answers={name: RuleOut.of(rule) for name, rule in found.answers.items()},
        leads_at=found.leads_at,
        unsure=list(found.unsure),
    )


@router.post("/try", responses=_UNREADABLE, operation_id="try_mapping")
async def tried_mapping(given: TryIn, use: Use) -> TriedMapping:
    """What these settings would read from an example, and what would be wrong with it. Nobody is called."""
    settings = settings_of(JsonSettings, given.settings)
    if isinstance(settings, tuple):
        raise Problem(422, " ".join(f"{each.sentence} {each.fix}" for each in settings))
    leads, problem = try_mapping(_opened(given.sample), settings, _arrival(use))
    return TriedMapping(leads=[TriedLead.of(each) for each in leads], problem=problem)


def _opened(sample: Json) -> Json:
    """An example that was pasted as text, read as it would be on arrival."""
    if not isinstance(sample, str):
        # Once more as text, so that numbers are read as they are on arrival.
        return read_json(json.dumps(sample))
    text = sample.strip()
    try:
        if "=" in text and text[:1] not in ("{", "[", '"'):
            return open_body("application/x-www-form-urlencoded", text.encode())
        return open_body("application/json", text.encode("utf-8", "surrogatepass"))
    except FormUnreadable as unreadable:
        raise Problem(422, f"The example cannot be read. {unreadable}") from None


def _arrival(use: Services) -> Arrival:
    return Arrival("", "", "US", allow_fiction=use.settings.phone == "simulated", at=use.clock.now())
