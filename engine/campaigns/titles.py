"""What people call the fields of a campaign."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

TITLES: Final[Mapping[str, str]] = {
    "flow_id": "Flow",
    "caller_numbers": "Caller numbers",
    "priority": "Priority",
    "same_person_hours": "Same person within hours",
    "hours": "Hours",
    "hours.weekday": "Hours on Mondays to Fridays",
    "hours.saturday": "Hours on Saturdays",
    "hours.sunday": "Hours on Sundays",
    "hours.holidays": "Holidays",
    "attempts": "Attempts",
    "attempts.steps": "Attempts after the first",
    "attempts.steps.after_min": "Minutes after the attempt before",
    "attempts.steps.day": "Day after the first attempt",
    "attempts.steps.at": "Time of day",
    "attempts.per_24h": "Attempts within 24 hours",
    "attempts.lifetime": "Attempts in all",
    "attempts.min_gap_min": "Minutes between two attempts",
    "attempts.ring_s": "Seconds to let it ring",
    "attempts.voicemail_from": "First attempt with a message",
    "attempts.retry_cut_off": "Call again who hung up in the middle",
    "limits": "Limits",
    "limits.at_once": "Calls at once",
    "limits.per_minute": "Calls a minute",
    "limits.per_number_per_day": "Calls a day from one number",
    "rules": "Rules",
    "rules.consent_level": "Consent needed",
    "rules.consent_max_age_days": "Consent at most so many days old",
    "rules.require_ai_wording": "Consent must mention an artificial voice",
    "rules.margin_min": "Minutes before the law's hours end",
    "rules.lists_max_age_days": "Do-not-call lists at most so many days old",
    "rules.unverified_states": "States that counsel has not looked at",
    "rules.abroad": "Numbers outside the United States are called",
    "rules.signed": "Signatures",
    "rules.signed.duty": "What is signed for",
    "rules.signed.by": "Who approved",
    "rules.signed.on": "Approved on",
    "rules.signed.advice": "On whose advice",
    "keep": "Keeping",
    "keep.audio_days": "Days that recordings are kept",
    "keep.transcript_days": "Days that transcripts are kept",
    "keep.record_days": "Days that records are kept",
}


def title(path: str) -> str:
    """'attempts.steps.2.at' is 'Time of day'; a field without a title is called by its path."""
    return TITLES.get(re.sub(r"\.\d+", "", path), path)
