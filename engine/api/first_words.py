"""How long people waited for our first word, by campaign, over the days that the law counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from engine.api.auth import NEEDS_TOKEN
from engine.api.services import Use
from engine.call.first_word import LEGAL_SHARE, OVER_DAYS, Punctuality, punctuality
from engine.store import campaigns, first_words

router = APIRouter(tags=["calls"], dependencies=[NEEDS_TOKEN])


class PunctualityOut(BaseModel):
    """Of one campaign; `campaign_id` is null for calls without one. `answered`: calls of ours that a person answered.
    `slow`: the first word came later than 1.5 s after the hello; `late`: later than two, or never, which counts as an
    abandoned call. `share`: of late ones. `verdict`: `alarm` from two in a hundred on, `broken` above three."""

    campaign_id: str | None
    name: str
    answered: int
    slow: int
    late: int
    share: float
    verdict: Literal["fine", "alarm", "broken"]

    @classmethod
    def of(cls, campaign_id: str | None, name: str, counted: Punctuality) -> PunctualityOut:
        return cls(
            campaign_id=campaign_id,
            name=name,
            answered=counted.answered,
            slow=counted.slow,
            late=counted.late,
            share=round(counted.share, 4),
            verdict=counted.verdict,
        )


class FirstWordsOut(BaseModel):
    """Over the last `days`; at most `allowed` of a campaign's calls may have a late first word."""

    since: datetime
    days: int
    allowed: float
    campaigns: list[PunctualityOut]


@router.get("/figures/first-words", operation_id="read_figures_of_first_words")
async def figures(use: Use) -> FirstWordsOut:
    """How many people waited too long for our first word: the law counts their calls as abandoned."""
    since = use.clock.now() - timedelta(days=OVER_DAYS)
    async with use.database.read() as tx:
        found = await first_words.delays(tx, since)
        names = {each.id: each.name for each in await campaigns.all_of_them(tx)}
    counted = [
        PunctualityOut.of(id, names.get(id, "") if id else "", punctuality(delays)) for id, delays in found.items()
    ]
    counted.sort(key=lambda each: (-each.share, each.name))
    return FirstWordsOut(since=since, days=OVER_DAYS, allowed=LEGAL_SHARE, campaigns=counted)
