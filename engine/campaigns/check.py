"""The one validator of campaigns: builder, API and the switching on say the same. Pure."""

from __future__ import annotations

from pydantic import ValidationError

from engine.campaigns.around import Around
from engine.campaigns.checks import attempts, calling, hours, rules
from engine.campaigns.checks.document import check_unknown, unreadable
from engine.campaigns.document import CampaignRefused, read
from engine.campaigns.issues import Issue, issue
from engine.campaigns.model import Campaign
from engine.sdk import Json

_CHECKS = (
    calling.check_flow,
    calling.check_numbers,
    hours.check_hours,
    attempts.check_steps,
    calling.check_limits,
    rules.check_loosened,
    rules.check_signatures,
    rules.check_keeping,
)


def check(campaign: Campaign, around: Around) -> list[Issue]:
    """All issues of a campaign, errors first."""
    found = [*(each for part in _CHECKS for each in part(campaign, around)), *check_unknown(campaign)]
    return sorted(found, key=lambda each: each.level != "error")


def check_document(document: Json, around: Around) -> tuple[Campaign | None, list[Issue]]:
    """As `check`, for a document that may not be readable at all; then there is no campaign. Never raises for what a
    document holds."""
    try:
        campaign = read(document)
    except CampaignRefused as refused:
        if refused.newer:
            return None, [issue("newer_format", "format_version", str(refused), "Update Leadline.")]
        if isinstance(refused.__cause__, ValidationError):
            return None, list(unreadable(refused.__cause__))
        return None, [issue("no_campaign", "", str(refused), "Send the campaign as an object with named fields.")]
    return campaign, check(campaign, around)
