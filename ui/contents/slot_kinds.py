"""The kinds of thing to find out, in plain words, and what a new one begins with. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ui.contents.reading import Document, ids, new_id, text, texts, thing, things
from ui.forms.binding import Step, insert, write
from ui.records import Json
from ui.texts import t


@dataclass(frozen=True, slots=True)
class Kind:
    """`start`: fields that a new one begins with, besides its wording (`kind.<type>.ask`)."""

    type: str
    icon: str
    start: Mapping[str, Json] = field(default_factory=dict)


KINDS: Final = (
    Kind("choice", ":material/list_alt:"),
    Kind("yes_no", ":material/thumbs_up_down:"),
    Kind("text", ":material/notes:", {"check": {"max_length": 200}}),
    Kind("number", ":material/tag:"),
    Kind("money", ":material/payments:"),
    Kind("duration", ":material/hourglass_empty:"),
    Kind("date", ":material/calendar_today:"),
    Kind("zip", ":material/location_on:", {"read_back": "always"}),
    Kind("address", ":material/home_pin:", {"read_back": "always", "privacy": "personal"}),
    Kind("phone", ":material/call:", {"read_back": "always", "privacy": "personal"}),
    Kind("email", ":material/mail:", {"read_back": "always", "privacy": "personal"}),
    Kind("name", ":material/person:", {"privacy": "personal"}),
)
BY_BOOKING: Final = "appointment"
"""Written by a booking only: never offered, but shown where a flow has it."""


def icon_of(type_: str) -> str:
    return next((each.icon for each in KINDS if each.type == type_), ":material/event:")


def type_words(type_: str) -> str:
    """A kind in plain words: a ZIP code."""
    return t(f"kind.{type_}", otherwise=type_)


def new_slot(document: Document, type_: str, label: str, ask: str = "", answers: Sequence[str] = ()) -> dict[str, Json]:
    """`ask`: the first question, in the person's words. `answers`: of a choice."""
    kind = next(each for each in KINDS if each.type == type_)
    usual = [each for each in t(f"kind.{type_}.ask", otherwise="").split("|") if each]
    wording = [ask.strip()] if ask.strip() else usual or [t("find.new.ask", label=label.strip().lower())]
    slot: dict[str, Json] = {
        "id": new_id(label, ids(document, "slots"), "answer"),
        "label": label.strip(),
        "type": type_,
        "need": "must",
        "ask": [*wording],
        **kind.start,
    }
    if type_ == "choice":
        values: list[str] = []
        options: list[Json] = []
        for answer in dict.fromkeys(each.strip() for each in answers if each.strip()):
            values.append(new_id(answer, values, "answer"))
            options.append({"value": values[-1], "label": answer, "synonyms": []})
        slot["choices"] = options
    return slot


def stages(document: Document) -> list[dict[str, Json]]:
    """The cards that ask for things."""
    return [card for card in things(document, "nodes") if card.get("type") == "stage" or _wants(card) is not None]


def stages_with(document: Document, slot: str) -> list[dict[str, Json]]:
    return [card for card in stages(document) if slot in (_wants(card) or [])]


def steps_to_add(document: Document, slot: Mapping[str, Json], stage: str = "", behind: str = "") -> tuple[Step, ...]:
    """A new thing to find out, asked for in a stage. `behind`: the one that it follows, in the list and in stages."""
    order = ids(document, "slots")
    after = order[order.index(behind) + 1 :] if behind in order else []
    steps = [insert(("slots",), dict(slot), after[0] if after else None)]
    asking = [stage] if stage else [text(card, "id") for card in stages_with(document, behind)] if behind else []
    for card_id in asking:
        card = thing(document, "nodes", card_id)
        if card is None:
            continue
        wanted = _wants(card) or []
        place = wanted.index(behind) + 1 if behind in wanted else len(wanted)
        new: list[Json] = [*wanted[:place], text(slot, "id"), *wanted[place:]]
        steps.append(write(document, ("nodes", card_id, "settings", "slots"), new))
    return tuple(steps)


def copy_of(document: Document, slot: Mapping[str, Json]) -> dict[str, Json]:
    label = t("find.copy", label=text(slot, "label"))
    return {**slot, "id": new_id(label, ids(document, "slots"), "answer"), "label": label}


def _wants(card: Mapping[str, Json]) -> list[str] | None:
    settings = card.get("settings")
    if not isinstance(settings, dict) or not isinstance(settings.get("slots"), list):
        return None
    return texts(settings, "slots")
