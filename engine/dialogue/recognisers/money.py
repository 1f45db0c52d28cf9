"""Amounts of money: "$150", "about a hundred and fifty bucks", "1.5k", "between 100 and 200"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.numbers import TENS, UNITS, cardinal_at
from engine.dialogue.recognisers.words import Word, plain, words_of

_UNIT = re.compile(r"\s*(?:dollars?|bucks|usd|us dollars)\b")
_K = re.compile(r"\s?(?:k|grand)\b")
_SIGN = re.compile(r"\$\s*$")
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|maybe|like|some|say|almost|nearly|close to|i guess|probably)\s+\$?\s*$"
)
_AT_LEAST = re.compile(r"\b(?:over|more than|at least|above|upwards of|north of|from)\s+(?:about\s+)?\$?\s*$")
_AT_MOST = re.compile(
    r"\b(?:under|less than|at most|below|up to|no more than|max(?:imum)?(?: of)?|not over)\s+(?:about\s+)?\$?\s*$"
)
_JOINS = re.compile(r"^\s*(?:to|and|or|-|–|—|up to)\s*\$?\s*$")
_PER = re.compile(
    r"\s*(?:a|per|each|every)\s+(?P<per>month|year|week|quarter)\b|\s*(?P<adverb>monthly|yearly|annually)\b"
)
_NOT_MONEY = re.compile(
    r"\s*(?:%|percent|days?\b|weeks?\b|months?\b|years?\b|hours?\b|minutes?\b|o'?clock|a\.?m\b"
    r"|p\.?m\b|st\b|nd\b|rd\b|th\b|"
    r"people|rooms?|square|feet|miles?|windows?|panels?|units?|kilowatts?|kw|street|avenue|[:/]\d|-\d{3})"
)
_SCALES: Final[Mapping[str, float]] = {"hundred": 100.0, "thousand": 1000.0, "grand": 1000.0, "k": 1000.0}
_NO_AMOUNT_BEFORE = re.compile(r"(?:[#:/]|\b(?:at|zip|code|number|option|apartment|apt|since|than that)\s)$")


@dataclass(frozen=True, slots=True)
class Money:
    """US dollars from `low` to `high` (equal if one amount; None where open). `per`: "month", "year" ..."""

    low: float | None
    high: float | None
    approximate: bool = False
    per: str | None = None


@dataclass(slots=True)
class _Amount:
    """`scale`: 100 or 1000 if the number ended with such a word, which a range's lower end then shares; else 1."""

    start: int
    end: int
    value: float
    marked: bool
    scale: float


def find(utterance: str, *, expected: bool = False) -> list[Found[Money]]:
    """Amounts in order of appearance. Bare numbers count only if money was `expected` (we had just asked for it)."""
    text = plain(utterance)
    words = words_of(utterance)
    amounts = _amounts(text, words, expected)
    result: list[Found[Money]] = []
    i = 0
    while i < len(amounts):
        one = amounts[i]
        other = amounts[i + 1] if i + 1 < len(amounts) else None
        before = text[: one.start]
        approximate = _ABOUT.search(before) is not None
        if other and _JOINS.match(text[one.end : other.start]) and (one.marked or other.marked or expected):
            high = other.value
            low = _low(one, other)
            if low < high and (other.marked or one.marked or expected):
                end, per = _per(text, other.end)
                marked = one.marked or other.marked
                result.append(found(utterance, one.start, end, Money(low, high, True, per), 0.9 if marked else 0.65))
                i += 2
                continue
        i += 1
        if not (one.marked or expected):
            continue
        end, per = _per(text, one.end)
        money = Money(one.value, one.value, approximate, per)
        if _AT_LEAST.search(before):
            money = Money(one.value, None, True, per)
        elif _AT_MOST.search(before):
            money = Money(None, one.value, True, per)
        result.append(found(utterance, one.start, end, money, 0.95 if one.marked else 0.65))
    return result


def _low(one: _Amount, other: _Amount) -> float:
    """The lower end of a range: "five to ten thousand" and "5 to 10,000" both begin with 5,000."""
    if one.scale < other.scale and one.value * other.scale < other.value:
        return one.value * other.scale
    return one.value * 1000 if one.value < 100 <= other.value and other.value >= 1000 * one.value else one.value


def _per(text: str, end: int) -> tuple[int, str | None]:
    match = _PER.match(text, end)
    if match is None:
        return end, None
    adverb = match["adverb"]
    return match.end(), match["per"] or ("month" if adverb == "monthly" else "year")


def _amounts(text: str, words: Sequence[Word], expected: bool) -> list[_Amount]:
    amounts: list[_Amount] = []
    i = 0
    while i < len(words):
        number = cardinal_at(words, i)
        if number is None:
            i += 1
            continue
        value, j = _first_of_two(words, i) or number
        if words[i].text in ("a", "couple") and value < 100:
            i = j  # "a couple" is no amount
            continue
        value, j = _colloquial(words, i, value, j)
        last = j - 1
        start, end = words[i].start, words[j - 1].end
        thousands = _K.match(text, end)
        if thousands and words[j - 1].text not in ("k", "grand", "thousand"):
            value, end = value * 1000, thousands.end()
        marked = words[j - 1].text in ("k", "grand") or thousands is not None
        sign = _SIGN.search(text[:start])
        if sign:
            start, marked = sign.start(), True
        unit = _UNIT.match(text, end)
        if unit:
            end, marked = unit.end(), True
        while j < len(words) and words[j].start < end:
            j += 1
        other_thing = _NOT_MONEY.match(text, end) or _NO_AMOUNT_BEFORE.search(text[:start])
        # "between one and two hundred"
        begins = i > 0 and words[i - 1].text == "between" and j < len(words) and words[j].text == "and"
        i = j
        if marked or (not other_thing and (value != 1 or (expected and len(words) == 1) or begins)):
            scale = 1000.0 if thousands else _SCALES.get(words[last].text, 1.0)
            amounts.append(_Amount(start, end, value, marked, scale))
    return amounts


def _first_of_two(words: Sequence[Word], i: int) -> tuple[float, int] | None:
    """The lower number after "between" where its "and" could be read as part of one number ("between one hundred and
    two thousand"); None where there is no such doubt ("between one hundred and fifty and two hundred")."""
    if "between" not in [each.text for each in words[max(0, i - 2) : i]]:
        return None
    whole = cardinal_at(words, i)
    if whole is None or (whole[1] < len(words) and words[whole[1]].text in ("and", "to")):
        return None
    joints = [at for at in range(i, whole[1]) if words[at].text == "and" and cardinal_at(words, at + 1)]
    if not joints:
        return None
    first, second = cardinal_at(words[: joints[-1]], i), cardinal_at(words, joints[-1] + 1)
    if first is None or second is None or first[1] != joints[-1] or first[0] >= second[0]:
        return None
    return first


def _colloquial(words: Sequence[Word], i: int, value: float, j: int) -> tuple[float, int]:
    """ "one fifty" is 150 and "two twenty five" 225; "twelve fifty" is 1,250."""
    if j == i + 1 and j < len(words) and words[i].text in UNITS and 1 <= value <= 19 and words[j].gap == " ":
        rest = cardinal_at(words, j)
        if rest and 10 <= rest[0] < 100 and words[j].text in (TENS.keys() | UNITS.keys()):
            return value * 100 + rest[0], rest[1]
    return value, j
