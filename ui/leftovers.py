"""What still stands in a flow from the template it began from, and would be said or sent as it stands. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ui import moments
from ui.forms.binding import at
from ui.records import Json
from ui.texts import t

_FICTION: Final = re.compile(r"\+1\d{3}55501\d{2}")
"""Numbers that are kept for stories; they belong to nobody."""
_EXAMPLE_MAIL: Final = re.compile(r"[\w.+-]+@[\w.-]*\bexample\b(?:\.\w+)*")


@dataclass(frozen=True, slots=True)
class Leftover:
    """`page`: the address of the page on which it is replaced."""

    sentence: str
    page: str


def leftovers(document: Mapping[str, Json]) -> list[Leftover]:
    return [*_phones(document), *_mails(document)]


def _phones(document: Mapping[str, Json]) -> Iterator[Leftover]:
    numbers = [at(document, ("seller", name)) for name in ("phone", "opt_out_phone")]
    for number in dict.fromkeys(each for each in numbers if isinstance(each, str) and _FICTION.fullmatch(each)):
        yield Leftover(t("leftover.phone", phone=moments.phone(number)), "business")


def _mails(document: Mapping[str, Json]) -> Iterator[Leftover]:
    cards = document.get("nodes")
    for card in cards if isinstance(cards, list) else ():
        if not isinstance(card, dict):
            continue
        to = at(card, ("settings", "to"))
        found = _EXAMPLE_MAIL.search(to) if isinstance(to, str) else None
        if found:
            yield Leftover(t("leftover.mail", card=str(card.get("name") or ""), address=found[0]), "flow")
