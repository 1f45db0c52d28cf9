"""Campaigns: how a set of leads is treated. Which flow calls them, from which numbers, when, how often, how many at
once. Pure: the document, and what is wrong with it."""

from engine.campaigns.around import Around, StateHours
from engine.campaigns.check import check, check_document
from engine.campaigns.document import CampaignRefused, read, write
from engine.campaigns.issues import Issue, errors
from engine.campaigns.model import AttemptPlan, Campaign

__all__ = [
    "Around", "AttemptPlan", "Campaign", "CampaignRefused", "Issue", "StateHours", "check", "check_document", "errors",
    "read", "write",
]  # fmt: skip
