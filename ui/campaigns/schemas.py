"""The forms of a campaign's sections, as JSON Schemas for `ui.forms`. Pure. Words: `field.campaign_<name>`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ui.contents.schemas import Schema, field, form, one_of
from ui.records import Json
from ui.resources.campaigns import Choices
from ui.texts import t

_TEXT: Final[Mapping[str, Json]] = {"type": "string"}
_YES_NO: Final[Mapping[str, Json]] = {"type": "boolean"}
_LIMIT: Final[Mapping[str, Json]] = {"type": ["integer", "null"], "minimum": 1}


def _whole(low: int, high: int | None = None) -> Schema:
    made: Schema = {"type": "integer", "minimum": low}
    return made if high is None else {**made, "maximum": high}


def calling(flows: Mapping[str, str]) -> Schema:
    """`flows`: names by id."""
    chosen: Schema = {"type": "string", "enum": list[Json](list(flows)), "labels": dict[str, Json](flows)}
    numbers: Schema = {"type": "array", "items": {"type": "string", "format": "phone"}}
    return form(
        "flow_id",
        flow_id=field("campaign_flow", chosen),
        caller_numbers=field("campaign_numbers", numbers),
        priority=field("campaign_priority", _whole(0, 9), default=5),
        same_person_hours=field("campaign_same_person", _whole(0, 720), default=24),
    )


def holidays() -> Schema:
    return form(
        holidays=field("campaign_holidays", one_of(("as_usual", "none"), "holidays"), default="as_usual")
    )  # fmt: skip


def caps() -> Schema:
    return form(
        per_24h=field("campaign_per_day", _whole(1, 3), default=2),
        lifetime=field("campaign_lifetime", _whole(1, 20), default=6),
        min_gap_min=field("campaign_gap", _whole(1), default=120),
    )


def ringing() -> Schema:
    return form(
        ring_s=field("campaign_ring", _whole(20, 120), default=30),
        voicemail_from=field("campaign_voicemail", _whole(1), default=2),
        retry_cut_off=field("campaign_cut_off", _YES_NO, default=True),
    )


def limits() -> Schema:
    return form(
        at_once=field("campaign_at_once", _LIMIT),
        per_minute=field("campaign_per_minute", _LIMIT),
        per_number_per_day=field("campaign_per_number", _LIMIT),
    )


def consent() -> Schema:
    return form(
        consent_level=field("campaign_consent", one_of(("written", "express"), "consent"), default="written"),
        require_ai_wording=field("campaign_ai_wording", _YES_NO, default=True),
        consent_max_age_days=field("campaign_consent_age", _whole(1, 1825), default=90),
    )


def law() -> Schema:
    return form(
        margin_min=field("campaign_margin", _whole(2, 60), default=5),
        lists_max_age_days=field("campaign_lists_age", _whole(1, 31), default=31),
        abroad=field("campaign_abroad", _YES_NO, default=False),
        unverified_states=field("campaign_unverified", one_of(("warn", "block"), "unverified"), default="warn"),
    )


def signed(choices: Choices) -> Schema:
    labels: dict[str, Json] = {
        each.id: t("campaign.signed.loosened", words=each.words) if each.loosens else _capital(each.words)
        for each in choices.duties
    }
    duty: Schema = {"type": "string", "enum": list[Json](list(labels)), "labels": labels}
    row = form(
        duty=field("campaign_duty", duty),
        by=field("campaign_signed_by", _TEXT),
        on=field("campaign_signed_on", _TEXT),
        advice=field("campaign_advice", _TEXT),
    )
    return form(signed=field("campaign_signed", {"type": "array", "items": row}))


def keeping() -> Schema:
    return form(
        audio_days=field("campaign_audio_days", _whole(0, 1825), default=90),
        transcript_days=field("campaign_transcript_days", _whole(0, 1825), default=730),
        record_days=field("campaign_record_days", _whole(365), default=1825),
    )


def names(*schemas: Schema) -> Iterable[str]:
    """Fields that stand in any of the forms."""
    for schema in schemas:
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
