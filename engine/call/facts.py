"""The facts of a running call, as rules and texts see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from engine.call.outcome import Outcome
from engine.dialogue.openings import Names
from engine.dialogue.slots import SlotBook, SlotRecord
from engine.dialogue.spoken_time import ordinal
from engine.dialogue.template import national
from engine.flow.model import Flow, Slot
from engine.flow.rules import FlowFacts
from engine.sdk import Lead, Scalar, SlotType


def rule_facts(flow: Flow, book: SlotBook, lead: Lead, outcome: Outcome, now: datetime) -> FlowFacts:
    """The call as rules see it. `now`: aware, in the seller's zone."""
    return FlowFacts(
        flow,
        book.values(),
        attempt=lead.attempt,
        hour=now.hour,
        flags=tuple(outcome.flags),
        disposition=outcome.disposition or None,
    )


def spoken_value(slot: Slot, value: Scalar) -> str:
    """A value as it is spoken: a choice by its label, a duration in days by words, yes and no."""
    if slot.type is SlotType.CHOICE:
        label = next((choice.label for choice in slot.choices if choice.value == value), None)
        return (label or str(value).removeprefix("other:")).lower()
    if slot.type is SlotType.YES_NO:
        return "yes" if value else "no"
    if slot.type is SlotType.MONEY:
        return f"${value:,.0f}" if not isinstance(value, str) else value
    if slot.type is SlotType.DATE and isinstance(value, str):
        return _spoken_date(value)
    if slot.type is SlotType.DURATION and isinstance(value, int):
        return "today" if value == 0 else "tomorrow" if value == 1 else f"within {value} days"
    return str(value)


def _spoken_date(value: str) -> str:
    """'March 3rd, 1992' for '1992-03-03'; anything else as it stands."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day:%B} {ordinal(day.day)}, {day.year}"


def topic(book: SlotBook, lead: Lead) -> str:
    """What the lead asked about, in a word or two: the prefilled choice as the form or the caller gave it."""
    for record in book:
        if record.slot.prefill and record.slot.type is SlotType.CHOICE:
            if record.effective is not None:
                return spoken_value(record.slot, record.effective)
            if lead.form.get(record.slot.prefill):
                return lead.form[record.slot.prefill].lower()
    return "your request"


def flow_facts(flow: Flow) -> dict[str, str]:
    """Those of the {placeholders} that stand for the same in every call of a flow."""
    seller = flow.seller
    return {
        "seller": seller.say_as,
        "seller_phone": national(seller.phone),
        "opt_out_phone": national(seller.opt_out_phone or seller.phone),
        "assistant": flow.assistant.name,
    }


def opening_names(flow: Flow) -> Names:
    """Who calls, as the opening says it."""
    seller = flow.seller
    return Names(flow.assistant.name, seller.say_as, national(seller.phone), seller.legal_name)


def text_facts(flow: Flow, book: SlotBook, lead: Lead) -> Mapping[str, str]:
    """What the {placeholders} of a flow's texts stand for at this moment."""
    facts = flow_facts(flow) | {
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "topic": topic(book, lead),
        "source": lead.source,
        "date": f"{lead.received_at:%B} {lead.received_at.day}" if lead.received_at else "today",
    }
    for record in book:
        value = record.effective
        if value is not None:
            facts[f"slot:{record.slot.id}"] = _in_text(record, value)
    return facts


def _in_text(record: SlotRecord, value: Scalar) -> str:
    return spoken_value(record.slot, value)
