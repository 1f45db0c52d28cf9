"""A campaign's document. What is not understood is kept and written back, as in flows."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.compliance import Terms
from engine.compliance.case import LEAST_MARGIN_MIN

FORMAT_VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class Hours(_Part):
    """When the campaign calls, in the called person's time, within what the law allows. Texts like '09:00-20:00',
    several with commas, 'none' for no calls; empty: only the law bounds."""

    weekday: str = ""
    saturday: str = ""
    sunday: str = ""
    holidays: Literal["as_usual", "none"] = "as_usual"


class Step(_Part):
    """One attempt after the first: so many minutes after the attempt before (`after_min`), or on the n-th day after the
    first attempt (`day`), at `at` ('HH:MM' in the person's time), at another hour than before where that is empty."""

    after_min: int | None = Field(None, ge=1)
    day: int | None = Field(None, ge=1, le=60)
    at: str = ""


DEFAULT_STEPS = (Step(after_min=120), Step(day=1), Step(day=3), Step(day=5), Step(day=8))
"""qualification.md, section 5: six attempts in all, the first of them at once."""


class AttemptPlan(_Part):
    """`ring_s`: how long it rings. `voicemail_from`: with which attempt a message may be left first; which one says the
    flow. `retry_cut_off`: whether somebody who hung up in the middle is called once more."""

    steps: tuple[Step, ...] = DEFAULT_STEPS
    per_24h: int = Field(2, ge=1, le=3)
    lifetime: int = Field(6, ge=1, le=20)
    min_gap_min: int = Field(120, ge=1)
    ring_s: int = Field(30, ge=20, le=120)
    voicemail_from: int = Field(2, ge=1)
    retry_cut_off: bool = True


class Limits(_Part):
    """`at_once`: calls under way together. `per_minute`: calls begun. `per_number_per_day`: calls from one caller
    number. None: only what process and carrier allow."""

    at_once: int | None = Field(None, ge=1)
    per_minute: int | None = Field(None, ge=1)
    per_number_per_day: int | None = Field(None, ge=1)


class Signed(_Part):
    """A rule loosened, or a duty of a state met: who approved it, when (ISO date), on whose advice."""

    duty: str = ""
    by: str = ""
    on: str = ""
    advice: str = ""


class Rules(_Part):
    """What is asked before anybody is called; docs/may-we-call.md has the ids of duties. `abroad`: whether numbers
    outside the United States are called."""

    consent_level: Literal["written", "express"] = "written"
    consent_max_age_days: int = Field(90, ge=1, le=1825)
    require_ai_wording: bool = True
    margin_min: int = Field(5, ge=LEAST_MARGIN_MIN, le=60)
    lists_max_age_days: int = Field(31, ge=1, le=31)
    unverified_states: Literal["warn", "block"] = "warn"
    abroad: bool = False
    signed: tuple[Signed, ...] = ()


class Keep(_Part):
    """For how many days things are kept. 0: deleted as soon as the work after the call is done."""

    audio_days: int = Field(90, ge=0, le=1825)
    transcript_days: int = Field(730, ge=0, le=1825)
    record_days: int = Field(1825, ge=365)


class Campaign(_Part):
    """`caller_numbers`: E.164, used in turn; empty: the installation's own. `priority`: higher is called first.
    `same_person_hours`: another form of somebody with the same number within that time is the same wish."""

    format: Literal["leadline.campaign"] = "leadline.campaign"
    format_version: int = FORMAT_VERSION
    flow_id: str
    caller_numbers: tuple[str, ...] = ()
    priority: int = Field(5, ge=0, le=9)
    hours: Hours = Hours()
    attempts: AttemptPlan = AttemptPlan()
    limits: Limits = Limits()
    rules: Rules = Rules()
    keep: Keep = Keep()
    same_person_hours: int = Field(24, ge=0, le=720)

    def terms(self) -> Terms:
        """What the policy has to ask for this campaign."""
        return Terms(
            consent_level=self.rules.consent_level,
            consent_max_age_days=self.rules.consent_max_age_days,
            require_ai_wording=self.rules.require_ai_wording,
            margin_min=self.rules.margin_min,
            per_24h=self.attempts.per_24h,
            lifetime=self.attempts.lifetime,
            min_gap_min=self.attempts.min_gap_min,
            windows={day: _careful(getattr(self.hours, day)) for day in DAYS if getattr(self.hours, day)} or None,
            holidays=self.hours.holidays,
            unverified_states=self.rules.unverified_states,
            duties_met=frozenset(each.duty for each in self.rules.signed),
            lists_max_age_days=self.rules.lists_max_age_days,
            abroad=self.rules.abroad,
        )


Day = Literal["weekday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = ("weekday", "saturday", "sunday")


def _careful(text: str) -> tuple[tuple[time, time], ...]:
    """At hours that nobody can read nobody is called; a campaign with such hours cannot be switched on anyhow."""
    try:
        return windows(text)
    except ValueError:
        return ()


def windows(text: str) -> tuple[tuple[time, time], ...]:
    """'09:00-12:00, 14:00-20:00' as pairs; 'none' is no pair. Raises ValueError, in words for people."""
    if text.strip().casefold() == "none":
        return ()
    pairs = []
    for part in text.split(","):
        start, dash, end = (each.strip() for each in part.partition("-"))
        try:
            pair = time.fromisoformat(start), time.fromisoformat(end)
        except ValueError:
            pair = None
        if not dash or pair is None or pair[0] >= pair[1]:
            raise ValueError(f"'{part.strip()}' is no time of day. Write it like 09:00-20:00, or 'none'.")
        pairs.append(pair)
    return tuple(pairs)
