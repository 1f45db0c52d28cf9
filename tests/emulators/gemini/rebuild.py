"""The view of a turn, rebuilt from nothing but the request: what the prompt leaves out, no model can know."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.dialogue.brief import Acknowledge, Answer, Ask, Brief
from engine.dialogue.model import TurnView
from engine.dialogue.slots import SlotBook
from engine.flow.model import Flow
from engine.sdk import Evidence, Lead, Line, SlotState

_FLOW = re.compile(r"FLOW (\S+) (\d+)\n")


@dataclass(frozen=True)
class Wanted:
    """`words`: what the caller said, for a turn; `brief`: what to say, for a speech. `date`: of the lead form."""

    view: TurnView
    words: str = ""
    brief: Brief | None = None
    date: str = "today"


def flow_named(system: str) -> tuple[str, int] | None:
    """Id and version of the flow whose instruction this is."""
    found = _FLOW.match(system)
    return (found.group(1), int(found.group(2))) if found else None


def rebuild(flow: Flow, message: str) -> Wanted:
    data: dict[str, Any] = json.loads(message)
    lead = data.get("lead", {})
    book = _book(flow, data)
    view = TurnView(
        flow=flow,
        book=book,
        lead=Lead(
            "lead", lead.get("first_name", ""), lead.get("last_name", ""), lead.get("phone", ""),
            source=lead.get("source", ""),
        ),
        now=datetime.fromisoformat(data["now"]).astimezone(ZoneInfo(flow.seller.zone)),
        ask=_ask(book, data["open"]) if "open" in data else None,
        open_edges=tuple(edge for edge in flow.edges if edge.id in {each["id"] for each in data.get("edges", [])}),
        last_said=data.get("last_said", ""),
        agenda=tuple(_ask(book, each) for each in data.get("agenda", [])),
        history=tuple((who, text) for who, text in data.get("history", [])),
    )  # fmt: skip
    brief = _brief(book, data["brief"]) if data["do"] == "speak" else None
    return Wanted(view, data.get("caller_said", ""), brief, lead.get("date", "today"))


def _book(flow: Flow, data: dict[str, Any]) -> SlotBook:
    book = SlotBook(flow.slots)
    for slot, (value, turn) in data.get("known", {}).items():
        book.write(slot, value, Evidence("call", "told before", turn), 0.9)
    for slot, value in data.get("form", {}).items():
        book.suggest(slot, value, "form")
    for slot in data.get("refused", []):
        book[slot].state = SlotState.REFUSED
    for slot, asks in data.get("asked", {}).items():
        book[slot].asks = asks
    return book


def _ask(book: SlotBook, told: dict[str, Any]) -> Ask:
    slot = told["id"] if told["id"] in book else None
    return Ask(told["text"], told["id"], slot, told.get("expecting", "speech"))


def _brief(book: SlotBook, told: dict[str, Any]) -> Brief:
    return Brief(
        reaction=tuple(Line(text) for text in told.get("reaction", [])),
        acknowledge=tuple(
            Acknowledge("", "", each["text"], each.get("read_back", "")) for each in told.get("acknowledge", [])
        ),
        answers=tuple(Answer(each["id"], each["text"]) for each in told.get("answers", [])),
        lines=tuple(Line(text) for text in told.get("lines", [])),
        ask=_ask(book, told["ask"]) if "ask" in told else None,
    )
