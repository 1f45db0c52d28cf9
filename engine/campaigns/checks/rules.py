"""What must be allowed: a rule is loosened by a signature only; and how long things are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.campaigns.around import Around
from engine.campaigns.issues import Issue, issue
from engine.campaigns.model import Campaign, Signed

FIVE_YEARS: Final = 1825


@dataclass(frozen=True, slots=True)
class Loosening:
    """A rule that may be loosened. Its id, as signatures name it, is the last part of `path`."""

    path: str
    is_loosened: Callable[[Campaign], bool]
    said: str

    @property
    def id(self) -> str:
        return self.path.rpartition(".")[2]


LOOSENINGS: Final = (
    Loosening("rules.consent_level", lambda of: of.rules.consent_level != "written",
              "People are called who have not consented in writing."),
    Loosening("rules.require_ai_wording", lambda of: not of.rules.require_ai_wording,
              "People are called whose consent did not mention an artificial voice."),
    Loosening("rules.consent_max_age_days", lambda of: of.rules.consent_max_age_days > 90,
              "People are called whose consent is older than 90 days."),
    Loosening("rules.abroad", lambda of: of.rules.abroad,
              "People outside the United States are called, whose law the table does not know."),
    Loosening("rules.margin_min", lambda of: of.rules.margin_min < 5,
              "People are called less than 5 minutes before the law says no."),
    Loosening("attempts.per_24h", lambda of: of.attempts.per_24h > 2,
              "People are called more than twice within 24 hours."),
    Loosening("attempts.lifetime", lambda of: of.attempts.lifetime > 6,
              "People are called more than 6 times in all."),
    Loosening("attempts.min_gap_min", lambda of: of.attempts.min_gap_min < 120,
              "People are called again sooner than after two hours."),
)  # fmt: skip
"""compliance.md: a rule is loosened only with a record of who approved it, when, and on whose advice."""


def check_loosened(campaign: Campaign, around: Around) -> Iterator[Issue]:
    signed = {each.duty for each in campaign.rules.signed}
    for each in LOOSENINGS:
        if each.is_loosened(campaign) and each.id not in signed:
            yield issue(
                "loosened_unsigned", each.path, f"{each.said} Nobody has signed for that.",
                "Go back to the careful value, or enter who approved it, when, and on whose advice.",
            )  # fmt: skip


def check_signatures(campaign: Campaign, around: Around) -> Iterator[Issue]:
    known = around.duties | {each.id for each in LOOSENINGS}
    for place, signed in enumerate(campaign.rules.signed):
        path = f"rules.signed.{place}"
        if lacking := _lacking(signed, around.today):
            field, what = lacking
            yield issue(
                "signature_incomplete", f"{path}.{field}", f"A signature cannot count: {what}.",
                "A signature says who approved, on which day, and on whose advice.",
            )  # fmt: skip
        if signed.duty and signed.duty not in known:
            yield issue(
                "unknown_duty", f"{path}.duty", f"Nothing is called “{signed.duty}” that could be signed for.",
                "Choose one of the duties and settings in the list.",
            )  # fmt: skip


def check_keeping(campaign: Campaign, around: Around) -> Iterator[Issue]:
    days = campaign.keep.record_days
    if days < FIVE_YEARS:
        yield issue(
            "record_kept_too_short", "keep.record_days",
            f"Records of calls and consent are deleted after {days} days. US rules ask for five years, and who cannot "
            "show a consent has none.",
            f"Keep them for {FIVE_YEARS} days.",
        )  # fmt: skip


def _lacking(signed: Signed, today: date) -> tuple[str, str] | None:
    """The field that is wrong, and how."""
    if not signed.duty:
        return "duty", "it does not say for what"
    if not signed.by.strip():
        return "by", "it does not say who approved"
    try:
        signed_on = date.fromisoformat(signed.on)
    except ValueError:
        return "on", "it has no date" if not signed.on.strip() else f"“{signed.on}” is no date like 2026-11-26"
    if signed_on > today:
        return "on", "its date lies in the future"
    if not signed.advice.strip():
        return "advice", "it does not say on whose advice"
    return None
