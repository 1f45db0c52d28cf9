"""A campaign's document, read and written."""

from __future__ import annotations

from datetime import time

import pytest

from engine.campaigns import Campaign, CampaignRefused, read, write
from engine.campaigns.model import FORMAT_VERSION, Hours


def test_what_this_leadline_does_not_know_survives_reading_and_writing() -> None:
    document = write(Campaign(flow_id="home_services_v1"))
    assert isinstance(document, dict)
    document["colour"] = "green"
    document["hours"] = {**document["hours"], "evening": "none"}  # type: ignore[dict-item]
    document["attempts"] = {**document["attempts"], "steps": [{"after_min": 120, "day": None, "at": "", "by": "text"}]}  # type: ignore[dict-item]
    assert write(read(document)) == document


def test_a_campaign_of_a_newer_leadline_is_not_called_by_and_says_so() -> None:
    with pytest.raises(CampaignRefused, match="newer Leadline") as refused:
        read({"flow_id": "home_services_v1", "format_version": FORMAT_VERSION + 1, "attempts": "every full moon"})
    assert refused.value.newer


@pytest.mark.parametrize(
    "document", [None, [], "x", {}, {"flow_id": "x", "priority": 17}, {"flow_id": "x", "format_version": "new"}]
)
def test_a_damaged_campaign_is_refused_in_words(document: object) -> None:
    with pytest.raises(CampaignRefused) as refused:
        read(document)  # type: ignore[arg-type]
    assert not refused.value.newer
    assert str(refused.value).endswith((".", ")."))


def test_at_hours_that_cannot_be_read_nobody_is_called() -> None:
    terms = Campaign(flow_id="x", hours=Hours(weekday="9 to 5", saturday="09:00-12:00")).terms()
    assert terms.windows == {"weekday": (), "saturday": ((time(9), time(12)),)}
