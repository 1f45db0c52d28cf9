"""Numbers as people say them and as transcripts write them.

`find` reads quantities ("a hundred and twenty", "fifteen hundred", "1.5k"); `digit_runs` reads strings of digits ("nine
four, one one oh", "double five", "415-555-0172"), which is another way of speaking: "twenty twenty" is no quantity.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.words import Word, words_of

UNITS: dict[str, int] = {
    name: value
    for value, name in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS: dict[str, int] = {
    name: (place + 2) * 10
    for place, name in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
} | {"fourty": 40, "ninty": 90}
_SCALES = {"hundred": 100, "thousand": 1_000, "grand": 1_000, "k": 1_000, "million": 1_000_000}
ORDINALS: dict[str, int] = {
    name: value
    for value, name in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        start=1,
    )
} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100}
_SPOKEN_ZERO = {"oh", "o", "nought", "naught"}
# What speech recognition writes for a digit in the middle of other digits.
_SOUNDS_LIKE = {"for": "4", "fore": "4", "to": "2", "too": "2", "won": "1", "ate": "8", "tree": "3", "sex": "6"}
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_BETWEEN_DIGITS = {"dash", "hyphen", "then", "uh", "um", "er", "uhm", "erm", "space"}
_LOOSE_GAP = re.compile(r"^[\s,.\-–—|…]*$")


def small(text: str) -> int | None:
    """0 to 19 and the tens for one word, else None."""
    value = UNITS.get(text)
    return TENS.get(text) if value is None else value


def ordinal_at(words: Sequence[Word], i: int) -> tuple[int, int] | None:
    """`(value, next index)` if an ordinal ("18th", "eighteenth", "twenty first") starts at word `i`."""
    word = words[i]
    following = words[i + 1] if i + 1 < len(words) else None
    if word.text.isdecimal():
        if following and following.gap == "" and following.text in ("st", "nd", "rd", "th") and len(word.text) < 5:
            return int(word.text), i + 2
        return None
    if word.text in ORDINALS:
        return ORDINALS[word.text], i + 1
    if word.text in TENS and following and following.gap in (" ", "-") and ORDINALS.get(following.text, 99) < 10:
        return TENS[word.text] + ORDINALS[following.text], i + 2
    return None


def _joined(word: Word) -> bool:
    return word.gap.strip() in ("", "-")


def cardinal_at(words: Sequence[Word], i: int) -> tuple[float, int] | None:
    """`(value, next index)` if a quantity starts at word `i`: the longest one that is one number as spoken."""
    count = len(words)
    first = words[i].text
    if first in ("a", "an", "half") or (first == "couple"):
        return _article_at(words, i)
    if first.isdecimal():
        value, j = _written_at(words, i)
    else:
        start = _below_hundred(words, i)
        if start is None:
            return None
        value, j = float(start[0]), start[1]
    total, part = 0.0, value
    if j + 2 < count and [w.text for w in words[j : j + 3]] == ["and", "a", "half"]:
        part, j = part + 0.5, j + 3
    while j < count:
        text = words[j].text
        if text in _SCALES and (_joined(words[j])):
            if text == "k" and not first.isdecimal():
                break
            scale = _SCALES[text]
            if scale == 100:
                if part >= 100:
                    break
                part *= 100
            else:
                total, part = total + part * scale, 0.0
            j += 1
            if scale == 100 and j < count and words[j].text in ("thousand", "grand", "million") and _joined(words[j]):
                continue  # "two hundred thousand"
            after = j
            if after < count and words[after].text == "and" and _joined(words[after]):
                after += 1
            if after < count and ordinal_at(words, after):
                break  # "twelve hundred 18th Street"
            rest = _below_hundred(words, after) if after < count and _joined(words[after]) else None
            if rest is None and after < count and words[after].text.isdecimal() and _joined(words[after]):
                rest = (int(words[after].text), after + 1) if int(words[after].text) < scale else None
            # "eight hundred five five five" is a telephone number, not 805.
            if rest is None or (rest[0] < 10 and rest[1] < count and small(words[rest[1]].text) is not None):
                break
            if rest[1] < count and words[rest[1]].text == text:
                break  # "one hundred and two hundred" are two numbers
            part, j = part + rest[0], rest[1]
            continue
        break
    return total + part, j


def _below_hundred(words: Sequence[Word], i: int) -> tuple[int, int] | None:
    text = words[i].text
    if text in UNITS:
        return UNITS[text], i + 1
    if text in TENS:
        if i + 1 < len(words) and _joined(words[i + 1]) and 0 < UNITS.get(words[i + 1].text, 0) < 10:
            return TENS[text] + UNITS[words[i + 1].text], i + 2
        return TENS[text], i + 1
    return None


def _written_at(words: Sequence[Word], i: int) -> tuple[float, int]:
    digits, j = words[i].text, i + 1
    while j < len(words) and words[j].gap == "," and words[j].text.isdecimal() and len(words[j].text) == 3:
        digits, j = digits + words[j].text, j + 1
    if j < len(words) and words[j].gap == "." and words[j].text.isdecimal():
        return float(f"{digits}.{words[j].text}"), j + 1
    return float(digits[:15]), j


def _article_at(words: Sequence[Word], i: int) -> tuple[float, int] | None:
    texts = [w.text for w in words[i : i + 4]]
    if texts[:3] == ["half", "a", "dozen"]:
        return 6.0, i + 3
    if texts[:3] == ["half", "a", "million"]:
        return 500_000.0, i + 3
    if texts[0] == "couple" or texts[:2] == ["a", "couple"]:
        j = i + (1 if texts[0] == "couple" else 2)
        j += 1 if j < len(words) and words[j].text == "of" else 0
        if j < len(words) and words[j].text in ("hundred", "thousand", "grand"):
            return 2.0 * _SCALES[words[j].text], j + 1
        return 2.0, j
    if texts[0] in ("a", "an") and len(texts) > 1:
        if texts[1] == "dozen":
            return 12.0, i + 2
        if texts[1] in ("hundred", "thousand", "grand", "million"):
            one = Word("one", words[i].start, words[i].end, words[i].gap)
            changed = [*words[:i], one, *words[i + 1 :]]
            return cardinal_at(changed, i)
    return None


def find(utterance: str) -> list[Found[float]]:
    """Quantities and ordinals ("the third" is 3.0, with a lower confidence), in order of appearance."""
    words = words_of(utterance)
    result: list[Found[float]] = []
    i = 0
    while i < len(words):
        ordinal = ordinal_at(words, i)
        if ordinal:
            end = words[ordinal[1] - 1].end
            result.append(found(utterance, words[i].start, end, float(ordinal[0]), 0.6))
            i = ordinal[1]
            continue
        number = cardinal_at(words, i)
        if number is None:
            i += 1
            continue
        value, j = number
        # "one" is mostly no number: "that one", "no one", "one of".
        vague = words[i].text == "one" and j == i + 1 and len(words) > 1
        result.append(found(utterance, words[i].start, words[j - 1].end, value, 0.5 if vague else 0.9))
        i = j
    return result


@dataclass(frozen=True, slots=True)
class DigitGroup:
    """Digits said in one breath: "94" of "ninety four one oh seven". `written` means the transcript had figures."""

    digits: str
    start: int
    end: int
    written: bool
    comma_before: bool
    exact: bool = True  # False where a word only sounds like the digit ("for")


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Groups with nothing but pauses between them. `digits` is all of them joined."""

    digits: str
    groups: tuple[DigitGroup, ...]
    thousands: bool = False  # said or written as a quantity: "94,103", "ninety four thousand one hundred three"


def _group_at(words: Sequence[Word], i: int, homophones: bool, inside: bool) -> tuple[str, int, bool, bool] | None:
    """`(digits, next index, as a quantity, exact)` for the digits that start at word `i`."""
    text = words[i].text
    following = words[i + 1] if i + 1 < len(words) else None
    if text.isdecimal():
        comma = following is not None and following.gap == "," and len(following.text) == 3 and len(text) < 4
        if comma and following is not None and following.text.isdecimal():
            return text + following.text, i + 2, True, True
        if following is not None and following.text == "hundred" and len(text) < 3:
            return text + "00", i + 2, False, True
        return text, i + 1, False, True
    if text in _REPEATS and following is not None:
        inner = _group_at(words, i + 1, homophones, True)
        if inner and len(inner[0]) == 1:
            return inner[0] * _REPEATS[text], inner[1], False, True
        return None
    if text in _SPOKEN_ZERO:
        near = following is not None and _LOOSE_GAP.match(following.gap) is not None
        starts = near and following is not None and "," not in following.gap and "." not in following.gap
        if inside or (starts and following is not None and (small(following.text) is not None)):
            return "0", i + 1, False, True
        return None
    below = _below_hundred(words, i)
    if below is not None:
        value, j = below
        if j < len(words) and words[j].text == "thousand":
            number = cardinal_at(words, i)
            if number:
                return str(int(number[0])), number[1], True, True
        if j < len(words) and words[j].text == "hundred" and value < 100:
            number = cardinal_at(words, i)
            if number:
                return str(int(number[0])), number[1], False, True
        return str(value), j, False, True
    if homophones and inside and text in _SOUNDS_LIKE and following is not None:
        return _SOUNDS_LIKE[text], i + 1, False, False
    return None


def runs_of(utterance: str, *, homophones: bool = False) -> list[DigitRun]:
    """Like `digit_runs`, but with the groups the digits were said in."""
    words = words_of(utterance)
    runs: list[DigitRun] = []
    groups: list[DigitGroup] = []
    quantity = False

    def close() -> None:
        nonlocal groups, quantity
        while groups and not groups[-1].exact:
            groups.pop()
        if groups:
            runs.append(DigitRun("".join(g.digits for g in groups), tuple(groups), quantity))
        groups, quantity = [], False

    i = 0
    while i < len(words):
        word = words[i]
        if groups:
            loose = _LOOSE_GAP.match(word.gap) is not None
            # "2.30" is a time; "415.555.0172" is a telephone number.
            if word.gap == "." and not (len(words[i - 1].text) >= 3 and len(word.text) >= 3):
                loose = False
            if not loose:
                close()
            elif word.text in _BETWEEN_DIGITS:
                i += 1
                continue
        group = _group_at(words, i, homophones, bool(groups))
        if group is None:
            close()
            i += 1
            continue
        digits, j, is_quantity, exact = group
        ordinal = j < len(words) and words[j].gap == "" and words[j].text in ("st", "nd", "rd", "th")
        if ordinal:
            close()
            i = j + 1
            continue
        written = word.text.isdecimal()
        pause = bool(groups) and any(c in word.gap for c in ",.|")
        groups.append(DigitGroup(digits, word.start, words[j - 1].end, written, pause, exact))
        quantity = quantity or is_quantity
        i = j
    close()
    return runs


def digit_runs(utterance: str) -> list[Found[str]]:
    """Strings of digits, joined over commas, pauses, "dash" and fillers: "nine four, one one oh" is "94110"."""
    return [
        found(utterance, run.groups[0].start, run.groups[-1].end, run.digits, 0.9 if len(run.digits) > 1 else 0.6)
        for run in runs_of(utterance)
    ]
