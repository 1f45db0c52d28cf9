"""What may be repeated to the caller: the talk so far as it was heard, and the texts whose times and numbers stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.call.outcome import Outcome, Spoken
from engine.dialogue.brief import Ask
from engine.dialogue.model import Heard
from engine.dialogue.spoken_time import spoken_time
from engine.dialogue.template import national
from engine.flow.model import Flow
from engine.sdk import Lead


def talk_so_far(transcript: Sequence[Spoken]) -> tuple[Heard, ...]:
    """The talk, oldest first; of the agent only what really reached the caller (field-lessons R4)."""
    turns: list[Heard] = []
    for turn in transcript:
        text = turn.text if turn.who == "caller" else turn.heard or ""
        if text:
            turns.append((turn.who, text))
    return tuple(turns)


def repeatable(flow: Flow, lead: Lead, outcome: Outcome, open_ask: Ask | None, now: datetime) -> Iterator[str]:
    """Texts whose days, times, numbers and addresses a model may speak: the flow's knowledge, the business's own
    numbers, what is offered or agreed, and what the caller said. `now`: aware, in the seller's zone."""
    yield flow.seller.say_as
    yield from (national(phone) for phone in (flow.seller.phone, flow.seller.opt_out_phone or "") if phone)
    yield from (entry.say for entry in flow.knowledge)
    yield from (lead.first_name, lead.last_name)
    if open_ask is not None:
        yield open_ask.wording
    yield from (turn.text for turn in outcome.transcript if turn.who == "caller")
    moments = [(outcome.callback.at, now)] if outcome.callback is not None else []
    if outcome.standing is not None:
        told = now.astimezone(ZoneInfo(outcome.told_zone)) if outcome.told_zone else now
        moments.append((outcome.standing.opening.start, told))
    for moment, here in moments:
        local = moment.astimezone(here.tzinfo)
        yield from (spoken_time(local, here), spoken_time(local, here, full=True), f"{local:%A}")
