"""What a shipped flow promises to whoever begins from it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from engine.flow.model import Flow
from engine.sdk import SlotType


@dataclass(frozen=True, slots=True)
class Promise:
    """`finds_out`: labels of what is asked for. `endings`: dispositions that a call can come to, as the cards stand in
    the flow. `after_call`: names of the cards that begin when the call is over."""

    finds_out: tuple[str, ...]
    endings: tuple[str, ...]
    after_call: tuple[str, ...]
    cards: int


def promise(flow: Flow) -> Promise:
    asked = [slot for slot in flow.slots if slot.need != "if_offered" and slot.type is not SlotType.APPOINTMENT]
    names = {card.id: card.name for card in flow.nodes}
    ends = [str(card.settings.get("disposition", "")) for card in flow.nodes if card.type == "end"]
    return Promise(
        finds_out=tuple(slot.label for slot in asked),
        endings=tuple(dict.fromkeys(filter(None, ends))),
        after_call=tuple(names[id] for id in flow.after_call if id in names),
        cards=len(flow.nodes),
    )
