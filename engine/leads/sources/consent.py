"""The words of consent that a source keeps, so that a form need not send them, and what they prove. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.compliance.consent_rules import names_an_artificial_voice
from engine.leads.reading import Said
from engine.leads.sources.settings import SourceIssue, SourceSettings
from engine.sdk import marks
from engine.store.consents import ConsentLevel

ConsentBy = Literal["checkbox", "sending"]
"""`checkbox`: a box was ticked. `sending`: the words say that who sends the form agrees, and stand right above the
button."""


class SignedOff(BaseModel):
    """Who vouches for a consent that no lead proves by itself, and since when (ISO date)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    by: str = Field(min_length=1, max_length=120)
    on: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")


class ConsentSettings(SourceSettings):
    consent_text: str = Field(
        "",
        max_length=5000,
        title="Words of consent",
        description="What people agree to, exactly as they see it in the form. Kept with each lead as it stands when "
        "the lead comes in; words that the sender sends itself count before it.",
        json_schema_extra=marks(format="long_text"),
    )
    consent_version: str = Field(
        "",
        max_length=80,
        title="Version of these words",
        description="Anything by which you tell them apart, such as 3.",
    )
    consent_by: ConsentBy = Field(
        "checkbox",
        title="How people agree",
        json_schema_extra=marks(
            labels={
                "checkbox": "They tick a box",
                "sending": "They send the form: the words stand right above its button",
            }
        ),
    )


def with_words(said: Said, settings: ConsentSettings) -> Said:
    """With the source's words where the sender gave none. Words that were sent are those that were shown."""
    agreed_by_sending = settings.consent_by == "sending" and said.agreed is None
    ours = settings.consent_text
    if said.consent_text:
        other = ours and _plain(said.consent_text) != _plain(ours)
        note = "words as sent, which are not those of the source" if other else "words as sent"
        said = replace(said, verified_by=_and(said.verified_by, note))
    elif ours:
        said = replace(
            said,
            consent_text=ours,
            consent_version=said.consent_version or settings.consent_version,
            verified_by=_and(said.verified_by, "words of the source"),
        )
    if agreed_by_sending and said.level is None:
        level: ConsentLevel = "written" if said.consent_text else "express"
        said = replace(said, level=level, verified_by=_and(said.verified_by, "agreed by sending the form"))
    return said


def consent_issues(settings: ConsentSettings, *, sent_along: bool) -> Sequence[SourceIssue]:
    """`sent_along`: whether the sender may give the words itself."""
    text = settings.consent_text.strip()
    if text:
        return voice_issues(text)
    if settings.consent_by == "sending":
        return (
            SourceIssue(
                "error",
                "consent_text",
                "Whoever sends the form is to agree by that, but to what is not said.",
                "Enter the words above the form's button, exactly as people see them.",
            ),
        )
    fix = "Enter the words beside the tick box, exactly as people see them"
    return (
        SourceIssue(
            "warning",
            "consent_text",
            "There are no words of consent: leads that do not bring their own have no written consent.",
            f"{fix}, or have the sender send them." if sent_along else f"{fix}.",
        ),
    )


def voice_issues(text: str) -> Sequence[SourceIssue]:
    """Whether words of consent name the artificial voice, which campaigns ask for."""
    if names_an_artificial_voice(text):
        return ()
    return (
        SourceIssue(
            "warning",
            "consent_text",
            "The words of consent do not say that an artificial voice may call.",
            "Name it, as in: “... may call me, also with an artificial voice”. Campaigns ask for it.",
        ),
    )


def _and(one: str, other: str) -> str:
    return f"{one}; {other}" if one else other


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
