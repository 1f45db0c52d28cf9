"""Whether a sentence about a call rests on what is known of it. Pure.

A model writes well and now and then writes what nobody said. So a sentence counts only if each number and each name in
it stands in the call, if the answers that it names are the answers that were kept, and if it claims no outcome that the
call did not have. That is stricter than a reader would be: a true sentence may go, an invented one should not stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from engine.sdk import CallResult, Json, Scalar

_NUMBER: Final = re.compile(r"\d+(?:[.,:]\d+)*")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90
}  # fmt: skip
_DIGITS: Final = {**{name: str(value) for value, name in enumerate(_UNITS[:10])}, "oh": "0", "o": "0"}
_DAYS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
_COUNTED_UNITS: Final = (
    "day", "week", "month", "year", "hour", "minute", "dollar", "room", "floor", "mile", "window", "car", "percent",
    "person", "people",
)  # fmt: skip
_COUNTED: Final = re.compile(rf"\b(\w+)[ -]({'|'.join(_COUNTED_UNITS)})s?\b")
"""A number with what it counts: "two weeks". "One of them" counts nothing."""
_CALENDAR: Final = frozenset(
    {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
     "april", "may", "june", "july", "august", "september", "october", "november", "december"}
)  # fmt: skip
_ANYBODYS: Final = frozenset({"i", "ai", "zip", "crm", "sms", "usa", "us", "am", "pm", "english", "spanish"})
_NOT: Final = re.compile(
    r"\b(?:no|not|never|without|nobody|none|neither|nor|unable|failed|refused|declined|didn['’]t|wasn['’]t|isn['’]t|"
    r"won['’]t|couldn['’]t|cannot|can['’]t)\b"
)

_CLAIMS: Final = {
    "an appointment": re.compile(r"\b(?:booked|appointments?|scheduled (?:a|an|the) (?:visit|meeting|estimate))\b"),
    "a call back": re.compile(r"\bcall(?:ed)?[ -]?(?:\w+ )?back\b|\bcallbacks?\b"),
    "a transfer": re.compile(r"\b(?:transferred|put through|handed over)\b"),
    "an opt-out": re.compile(r"\b(?:opted out|opt-out|do[ -]not[ -]call|unsubscribed?)\b"),
}


def unproven(sentence: str, named: Mapping[str, Json], result: CallResult) -> str:
    """Why the sentence does not count, as the end of a sentence that quotes nobody; empty if it does. `named`: answers
    that it says it rests on, by slot."""
    answers = {answer.slot: answer.value for answer in result.answers}
    for slot, value in named.items():
        if slot not in answers:
            return f"it rests on “{slot}”, which nobody answered"
        if not _same(value, answers[slot]):
            return f"it gives another answer for “{slot}” than the one that was kept"
    return _denied(sentence, result) or _outcome(sentence, result) or _strange(sentence, result)


def _same(told: Json, kept: Scalar) -> bool:
    if isinstance(kept, bool) or isinstance(told, bool):
        words = {True: ("true", "yes"), False: ("false", "no")}
        return isinstance(kept, bool) and (told is kept or _plain(told) in words[kept])
    return _plain(told) == _plain(kept)


def _plain(value: Json) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return " ".join(text.replace("_", " ").casefold().split())


def _denied(sentence: str, result: CallResult) -> str:
    """What the caller took back must not be told as if it stood."""
    said = _plain(sentence)
    for answer in result.answers:
        before = answer.corrected_from
        if before is None or isinstance(before, bool) or _plain(before) == _plain(answer.value):
            continue
        if _stands_in(_plain(before), said) and not _stands_in(_plain(answer.value), said):
            return f"it tells the answer for “{answer.slot}” that was taken back"
    return ""


def _outcome(sentence: str, result: CallResult) -> str:
    said = sentence.casefold()
    denied = bool(_NOT.search(said))
    happened = {
        "an appointment": result.appointment is not None,
        "a call back": result.callback is not None,
        "a transfer": result.transfer is not None and result.transfer.result == "answered",
        "an opt-out": result.opted_out,
    }
    for what, claim in _CLAIMS.items():
        if claim.search(said) and not denied and not happened[what]:
            return f"it tells of {what}, and there was none"
    qualified = re.search(r"\b(un|dis)?qualif(?:ied|ies)\b", said)
    if qualified and result.outcome.qualified is not None:
        claimed = not (qualified[1] or denied)
        if claimed is not result.outcome.qualified:
            return "it says the opposite of the qualification"
    return ""


def _strange(sentence: str, result: CallResult) -> str:
    texts = [*_texts(result), *_moments(result)]
    numbers = {number for text in texts for number in _numbers(text)}
    if any(number not in numbers for number in _claimed_numbers(sentence)):
        return "it holds a number that nobody said"
    if not _counts(sentence) <= {*_amounts(result), *(each for text in texts for each in _counts(text))}:
        return "it holds a number that nobody said"
    words = {_bare(word).casefold() for text in texts for word in _WORD.findall(text)}
    known = words | _CALENDAR | _ANYBODYS
    for at, found in enumerate(_WORD.finditer(sentence)):
        word = _bare(found[0])
        if at and word[0].isupper() and word.casefold() not in known:
            return "it holds a name that nobody mentioned"
    return ""


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s")


def _texts(result: CallResult) -> Iterator[str]:
    """All that the call and the lead's form hold."""
    lead = result.lead
    yield from (lead.first_name, lead.last_name, lead.phone, lead.source, result.flow_name, *lead.form.values())
    yield lead.email or ""
    yield result.summary
    for answer in result.answers:
        yield from (answer.label, answer.said, _plain(answer.value), _plain(answer.corrected_from or ""))
    for turn in result.transcript:
        yield turn.text
    if result.appointment is not None:
        yield result.appointment.address or ""
    if result.transfer is not None:
        yield result.transfer.to
    yield f"{result.call.attempt} {result.call.duration_s:.0f} {result.call.duration_s / 60:.0f}"


def _moments(result: CallResult) -> Iterator[str]:
    """Agreed times in all the numbers by which people name them."""
    agreed = [result.callback.at] if result.callback is not None else []
    if result.appointment is not None:
        zone = ZoneInfo(result.appointment.time_zone)
        agreed += [at.astimezone(zone) for at in (result.appointment.start, result.appointment.end)]
    for at in agreed:
        hour = at.hour % 12 or 12
        yield f"{at.day} {at.month} {at.year} {at.hour} {hour} {at.minute} {at:%H:%M} {hour}:{at:%M}"


def _numbers(text: str) -> Iterator[str]:
    """Numbers of a text, written or spoken: '94107', 'nine four one oh seven' and 'three hundred'."""
    for found in _NUMBER.findall(text):
        yield from _written(found)
    yield from _spoken(word.casefold() for word in _WORD.findall(text.replace("-", " ")))


def _written(number: str) -> Iterator[str]:
    """A number and its parts: '1,200' is 1200, '2:30' is also 2 and 30."""
    yield number.replace(",", "").removesuffix(".0")
    yield from (part.lstrip("0") or "0" for part in re.split(r"[.,:]", number))


def _spoken(words: Iterable[str]) -> Iterator[str]:
    digits, total, part = "", 0, 0
    counting = False
    for word in [*words, ""]:
        if word in _DIGITS:
            digits += _DIGITS[word]
            yield digits
        else:
            digits = ""
        if word in _UNITS or word in _TENS:
            part += _UNITS.index(word) if word in _UNITS else _TENS[word]
            counting = True
        elif word == "hundred" and counting:
            part *= 100
        elif word == "thousand" and counting:
            total, part = total + part * 1000, 0
        elif word != "and" or not counting:
            total, part, counting = 0, 0, False
        if counting:
            yield str(total + part)


def _claimed_numbers(sentence: str) -> Iterator[str]:
    for found in _NUMBER.findall(sentence):
        yield found if ":" in found else found.replace(",", "").lstrip("0") or "0"


def _counts(text: str) -> set[tuple[str, str]]:
    """What is counted in a text, and how many: {('2', 'week')}."""
    found = set()
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text.casefold())
    for number, unit in _COUNTED.findall(plain):
        how_many = _TENS.get(number, _UNITS.index(number) if number in _UNITS else None)
        if how_many is not None or number.isdigit():
            found.add((str(how_many if how_many is not None else int(number)), unit))
    return found


def _amounts(result: CallResult) -> Iterator[tuple[str, str]]:
    """Whole numbers among the answers, with whatever they may count; days are also weeks, months and years."""
    for answer in result.answers:
        if isinstance(answer.value, int) and not isinstance(answer.value, bool):
            for unit in _COUNTED_UNITS:
                days = _DAYS.get(unit, 1)
                if answer.value % days == 0:
                    yield str(answer.value // days), unit


def _stands_in(words: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
