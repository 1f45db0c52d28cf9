"""Reads the value of one slot out of an utterance, by the slot's type. Serves the offline model, the lead form's
prefill, and as the check of what a hosted model claims to have heard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from engine.dialogue.recognisers import (
    address,
    choice,
    correction,
    email,
    free_text,
    money,
    name,
    numbers,
    phone,
    refusal,
    timeline,
    when,
    yes_no,
    zip_code,
)
from engine.dialogue.recognisers.found import Found
from engine.flow.model import Slot
from engine.sdk import Scalar, SlotType


@dataclass(frozen=True, slots=True)
class Reading:
    """A value with the words that gave it; `denied`: values put aside in the same breath. `value` None: only denied,
    or, with `refused`, the caller has none or does not want to give it ("No email, a text is fine")."""

    value: Scalar | None
    words: str
    confidence: float
    denied: tuple[Scalar, ...] = ()
    refused: bool = False


ONLY_WHEN_ASKED = frozenset(
    {SlotType.YES_NO, SlotType.NUMBER, SlotType.MONEY, SlotType.DATE, SlotType.NAME, SlotType.TEXT, SlotType.ADDRESS}
)
"""Types whose words occur in any talk: they are read only from the answer to their own question."""

_BARE = frozenset(
    {
        "i do",
        "we do",
        "i have",
        "we have",
        "it is",
        "no",
        "yes",
        "nope",
        "yeah",
        "yep",
        "none",
        "not",
        "nothing",
        "either",
        "whenever",
        "me",
        "myself",
    }
)

SURE_UNASKED = 0.6
"""Confidence that an answer nobody asked for must have."""

SURE_TIME = 0.8
"""The same for a duration: people name days for many reasons ("blocked since Saturday", half heard)."""


@lru_cache(maxsize=256)
def options(slot_choices: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]) -> tuple[choice.Option, ...]:
    return tuple(choice.Option(*each) for each in slot_choices)


def options_of(slot: Slot) -> tuple[choice.Option, ...]:
    return options(tuple((each.value, each.label, each.synonyms, each.not_synonyms) for each in slot.choices))


def read(slot: Slot, utterance: str, now: datetime, asked: bool, own_phone: str = "") -> Reading | None:
    """What `utterance` says about `slot`, or None. `asked`: it answers this slot's question. `own_phone`: the number
    that was called, for "this number is fine"."""
    if slot.type is SlotType.APPOINTMENT or (slot.type in ONLY_WHEN_ASKED and not asked):
        return None
    reading = _read(slot, utterance, now, asked, own_phone)
    sure = SURE_TIME if slot.type is SlotType.DURATION else SURE_UNASKED
    if reading is not None and not asked and reading.confidence < sure:
        return None
    return reading


def _read(slot: Slot, utterance: str, now: datetime, asked: bool, own_phone: str) -> Reading | None:
    match slot.type:
        case SlotType.CHOICE:
            meant = choice.find(utterance, options_of(slot))
            if not asked:
                # "No" answers whatever was asked; it is no word of a choice that nobody asked for.
                meant = [each for each in meant if each.words.lower().strip(" .,!") not in _BARE]
            return _resolved(meant, utterance)
        case SlotType.ZIP:
            return _resolved(zip_code.find(utterance), utterance)
        case SlotType.DURATION:
            return _resolved(timeline.find(utterance, now.date()), utterance)
        case SlotType.YES_NO:
            answer = yes_no.answer(utterance)
            if answer is None or answer.value is yes_no.Answer.UNSURE:
                return None
            return Reading(answer.value is yes_no.Answer.YES, answer.words, answer.confidence)
        case SlotType.NUMBER:
            return _resolved(numbers.find(utterance), utterance)
        case SlotType.MONEY:
            return _money(utterance)
        case SlotType.DATE:
            return _date(utterance, now)
        case SlotType.PHONE:
            return _resolved(list(_phones(utterance, own_phone if asked else "")), utterance)
        case SlotType.EMAIL:
            return _email(utterance, asked)
        case SlotType.NAME:
            people = name.find(utterance)
            return Reading(people[-1].value.full, people[-1].words, people[-1].confidence) if people else None
        case SlotType.ADDRESS:
            lines = address.find(utterance, expected=asked)
            return Reading(lines[-1].value.line, lines[-1].words, lines[-1].confidence) if lines else None
        case _:
            unsaid = refusal.find(utterance)
            if unsaid:
                return Reading(None, unsaid[0].words, unsaid[0].confidence, refused=True)
            limit = slot.check.max_length if slot.check and slot.check.max_length else 200
            texts = free_text.find(utterance, limit)
            return Reading(texts[-1].value, texts[-1].words, texts[-1].confidence) if texts else None


_TENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TY = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_YEAR = re.compile(
    r"\b(?:(?P<digits>(?:19|20)\d\d)|(?P<head>nineteen|two thousand(?: and)?|twenty(?= (?:oh|ten|eleven|\w+teen|twen)))"
    rf"(?P<rest>(?:[ -](?:oh[ -](?:{_ONES})|{_TENS}|(?:{_TY})(?:[ -](?:{_ONES}))?|{_ONES}))?))\b",
    re.IGNORECASE,
)


def _date(utterance: str, now: datetime) -> Reading | None:
    """The day that was named last; with the year if one was said ("March third, 1992")."""
    found = [each for each in when.find(utterance, now) if each.value.day is not None]
    last = found[-1] if found else None
    if last is None or last.value.day is None:
        return None
    day, words = last.value.day, last.words
    said = _YEAR.search(utterance, last.span.start)
    year = _year_of(said) if said else None
    if said is not None and year is not None:
        try:
            day = day.replace(year=year)
        except ValueError:
            return None
        words = utterance[last.span.start : said.end()].strip()
    return Reading(day.isoformat(), words, last.confidence)


def _year_of(said: re.Match[str]) -> int | None:
    if said["digits"]:
        return int(said["digits"])
    century = 2000 if said["head"].lower().startswith("tw") else 1900
    parts = [numbers.small(word) or 0 for word in said["rest"].lower().replace("-", " ").split() if word != "oh"]
    return century + sum(parts) if parts or said["head"].lower().startswith("two") else None


V = TypeVar("V", str, int, float)


def _resolved(found: Sequence[Found[V]], utterance: str) -> Reading | None:
    if not found:
        return None
    resolved = correction.resolve(found, utterance)
    if resolved.value is None:
        return Reading(None, utterance, 0.9, resolved.denied) if resolved.denied else None
    best = resolved.value
    denied = tuple(each for each in resolved.denied if each != best.value)
    return Reading(best.value, best.words, best.confidence, denied)


def _phones(utterance: str, own_phone: str) -> Iterator[Found[str]]:
    for each in phone.find(utterance):
        number = each.value.e164 or own_phone
        if number:
            yield Found(number, each.words, each.span, each.confidence, each.denied)


def _email(utterance: str, asked: bool) -> Reading | None:
    found = email.find(utterance)
    if not found:
        return None
    last = found[-1]
    if last.value.address is None:
        return Reading(None, last.words, last.confidence, refused=True) if asked else None
    return Reading(last.value.address, last.words, last.confidence)


def _money(utterance: str) -> Reading | None:
    """One amount for a range: its middle; for an open end ("over a hundred") the end that was named."""
    found = money.find(utterance, expected=True)
    if not found:
        return None
    low, high = found[-1].value.low, found[-1].value.high
    amount = low if high is None else high if low is None else (low + high) / 2
    return None if amount is None else Reading(round(amount, 2), found[-1].words, found[-1].confidence)
