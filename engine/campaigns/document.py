"""A stored campaign's document, read and written. What this Leadline does not know in it is kept."""

from __future__ import annotations

from pydantic import ValidationError

from engine.campaigns.model import FORMAT_VERSION, Campaign
from engine.sdk import Json


class CampaignRefused(Exception):
    """The document cannot be worked with; the message says why and what to do, for people. `newer`: it was written by a
    newer Leadline, and nothing is wrong with it."""

    def __init__(self, why: str, *, newer: bool = False) -> None:
        super().__init__(why)
        self.newer = newer


def read(document: Json) -> Campaign:
    """Raises `CampaignRefused`: nobody is called by what is not understood."""
    if not isinstance(document, dict):
        raise CampaignRefused("This is no campaign: it is not an object with named fields.")
    version = document.get("format_version", FORMAT_VERSION)
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise CampaignRefused(
            f"This campaign was written by a newer Leadline (format {version}; this one knows {FORMAT_VERSION}). It "
            "can be looked at, but neither changed nor called with here. Update Leadline, then open it again.",
            newer=True,
        )
    try:
        return Campaign.model_validate(document)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        raise CampaignRefused(
            f"The campaign cannot be read: '{where}' is not as it should be ({first['msg']})."
        ) from invalid


def write(campaign: Campaign) -> Json:
    """Every field, also those that stand as they do by default: a campaign is treated the same by every Leadline."""
    written: Json = campaign.model_dump(mode="json")
    return written
