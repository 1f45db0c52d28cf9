"""The words that a flow makes likely, for recognisers that can favour some. Pure.

What a caller is likely to say, and a recogniser is likely to miss, comes first: names, then the answers to the
questions of the flow, then what its knowledge is about. A boost is a wager: too high, and the word is heard where it
was not said; so common words get none, and nothing gets the highest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from engine.flow.model import Flow, Knowledge, Slot
from engine.sdk import Lead
from engine.speech.ports import Hints, Phrase

MOST_PHRASES: Final = 1200
LONGEST: Final = 100
"""Google's limits for phrases that come with a request."""

OWN_NAME: Final = 16.0  # the business, the assistant: odd spellings, said early
LEAD_NAME: Final = 15.0
OFFERED: Final = 14.0
PLACE: Final = 12.0
CHOICE: Final = 10.0
SYNONYM: Final = 8.0
SLOT_WORD: Final = 6.0
KNOWLEDGE: Final = 4.0

_PLACE_FIELDS: Final = ("zip", "postcode", "postal", "city", "town", "address", "street")
_BOOKS: Final = "book"
_TIMES: Final = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    *("tomorrow morning", "tomorrow afternoon", "in the morning", "in the afternoon"),
)

_WORD: Final = re.compile(r"[^\W\d_][\w'-]*")
_LETTERS: Final = 5  # shorter words are common ones, and cannot be mistaken for much
_COMMON: Final = """
about after again another anything because before being could costs doing every everything first getting going
great guess happen having hello house kinds little looking makes maybe might minute money months needs never
nothing number offer often other people phone place please price question quick really right should since
something still thanks their there these thing things think those through today tomorrow until usually using
wants weeks where which while whole within without would years yours depending exact between already always
around under during later least until
"""
_PLAIN: Final = frozenset(_COMMON.split())


def hints_for_call(flow: Flow, lead: Lead) -> Hints:
    """`hints_for` with what is known of the lead and, if the flow books, the words that times are offered in."""
    places = [text for key, text in lead.form.items() if any(part in key.casefold() for part in _PLACE_FIELDS)]
    offered = _TIMES if any(card.type == _BOOKS for card in flow.nodes) else ()
    return hints_for(flow, (lead.first_name, lead.last_name), places, offered)


def hints_for(flow: Flow, names: Sequence[str] = (), places: Sequence[str] = (), offered: Sequence[str] = ()) -> Hints:
    """What a call of `flow` is likely to be about, the most important words first.

    `names`: the lead's own. `places`: city and ZIP of the lead. `offered`: words of what will be offered, such as
    "Tuesday".
    """
    ranked = [
        *_phrases((flow.seller.say_as, flow.assistant.name, flow.seller.legal_name), OWN_NAME),
        *_phrases(names, LEAD_NAME),
        *_phrases(offered, OFFERED),
        *_phrases(places, PLACE),
        *(phrase for slot in flow.slots for phrase in _answers(slot)),
        *_phrases(_list_words(flow), PLACE),
        *_phrases((word for slot in flow.slots for word in _telling(slot.label, slot.spoken)), SLOT_WORD),
        *_phrases((word for entry in flow.knowledge for word in _topic(entry)), KNOWLEDGE),
    ]
    best: dict[str, Phrase] = {}
    for phrase in ranked:
        key = phrase.text.casefold()
        if key not in best or best[key].boost < phrase.boost:
            best[key] = phrase
    by_weight = sorted(best.values(), key=lambda phrase: -phrase.boost)  # stable: what came first stays first
    return Hints(flow.language, tuple(by_weight[:MOST_PHRASES]))


def _answers(slot: Slot) -> Iterator[Phrase]:
    for choice in slot.choices:
        yield from _phrases((choice.label,), CHOICE)
        yield from _phrases(choice.synonyms, SYNONYM)


def _list_words(flow: Flow) -> Iterator[str]:
    """Members of the flow's lists, such as the ZIP codes that are served."""
    for members in flow.lists.values():
        for member in members:
            if not isinstance(member, bool):
                yield str(member)


def _topic(entry: Knowledge) -> Iterator[str]:
    yield from _telling(entry.topic, entry.question, *entry.aliases)


def _telling(*texts: str) -> Iterator[str]:
    """The words of `texts` that tell something."""
    for text in texts:
        for word in _WORD.findall(text):
            if len(word) >= _LETTERS and word.casefold() not in _PLAIN:
                yield word


def _phrases(texts: Iterable[str], boost: float) -> Iterator[Phrase]:
    for text in texts:
        plain = " ".join(text.split())
        if 1 < len(plain) <= LONGEST:
            yield Phrase(plain, boost)
