"""Campaigns: how a set of leads is treated. Which flow calls them, from which numbers, when, how often, how many at
once. Pure: the document, and what is wrong with it."""

from engine.campaigns.document import CampaignRefused, read, write
from engine.campaigns.model import AttemptPlan, Campaign

__all__ = ["AttemptPlan", "Campaign", "CampaignRefused", "read", "write"]
