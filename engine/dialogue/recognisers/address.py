"""Street lines: "1200 18th Street", "twelve hundred 18th Street apartment 4", "eighteen twenty Oak Street"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.numbers import ORDINALS, TENS, UNITS, cardinal_at, ordinal_at
from engine.dialogue.recognisers.words import Word, words_of

_TYPES = {
    "street": "Street",
    "st": "Street",
    "avenue": "Avenue",
    "ave": "Avenue",
    "av": "Avenue",
    "road": "Road",
    "rd": "Road",
    "boulevard": "Boulevard",
    "blvd": "Boulevard",
    "drive": "Drive",
    "dr": "Drive",
    "lane": "Lane",
    "ln": "Lane",
    "court": "Court",
    "ct": "Court",
    "place": "Place",
    "pl": "Place",
    "terrace": "Terrace",
    "way": "Way",
    "circle": "Circle",
    "parkway": "Parkway",
    "pkwy": "Parkway",
    "highway": "Highway",
    "hwy": "Highway",
    "alley": "Alley",
    "square": "Square",
    "trail": "Trail",
    "plaza": "Plaza",
    "broadway": "Broadway",
    "embarcadero": "Embarcadero",
}
_WHOLE_NAMES = {"broadway", "embarcadero"}
_UNITS_OF_HOUSE = {
    "apartment": "Apt",
    "apt": "Apt",
    "unit": "Unit",
    "suite": "Suite",
    "ste": "Suite",
    "number": "#",
    "floor": "Floor",
}
_NO_STREET_NAME = frozenset(
    [
        "feet",
        "foot",
        "days",
        "weeks",
        "months",
        "years",
        "hours",
        "minutes",
        "dollars",
        "bucks",
        "percent",
        "o'clock",
        "am",
        "pm",
        "and",
        "or",
        "of",
        "the",
        "is",
        "are",
        "a",
        "my",
        "our",
        "on",
        "in",
        "at",
        "by",
        "to",
        "it's",
        "people",
        "miles",
        "floors",
        "stories",
        "square",
        "that",
        "this",
        "any",
        "either",
        "all",
        "half",
    ]
)
_DIRECTIONS = {
    "north": "North",
    "south": "South",
    "east": "East",
    "west": "West",
    "n": "N",
    "s": "S",
    "e": "E",
    "w": "W",
}
_BREAK = re.compile(r"[.!?;|](?=\s|$)")
_MOST_NAME_WORDS = 4


@dataclass(frozen=True, slots=True)
class Address:
    number: str
    street: str
    unit: str | None = None

    @property
    def line(self) -> str:
        """As one writes it: "1200 18th Street, Apt 4"."""
        return f"{self.number} {self.street}" + (f", {self.unit}" if self.unit else "")


def find(utterance: str, *, expected: bool = False) -> list[Found[Address]]:
    """Street lines. A line without "street" or the like ("45 Valencia") counts only where one was `expected`."""
    words = words_of(utterance)
    result: list[Found[Address]] = []
    i = 0
    while i < len(words):
        hit = _line_at(words, i, expected)
        if hit is None:
            i += 1
            continue
        address, j, confidence = hit
        result.append(found(utterance, words[i].start, words[j - 1].end, address, confidence))
        i = j
    return result


def _line_at(words: Sequence[Word], i: int, expected: bool) -> tuple[Address, int, float] | None:
    if not _is_number_word(words[i].text):
        return None
    if i and (words[i - 1].text in ("apartment", "unit", "suite", "zip") or words[i].gap.endswith("$")):
        return None
    for number, j in _numbers_at(words, i):
        street = _street_at(words, j)
        if street:
            name, after, sure = street
            if not sure and not expected:
                continue
            if name in _TYPES.values():  # "1218 Street": recognisers drop the ending of "eighteenth"
                number, ordinal = _numbered_street(words, i, j) or (number, "")
                name = f"{ordinal} {name}".strip()
            unit, after = _unit_at(words, after)
            return Address(number, name, unit), after, 0.9 if sure else 0.55
    return None


def _numbered_street(words: Sequence[Word], i: int, end: int) -> tuple[str, str] | None:
    """ "twelve hundred eighteen" before "street" as house number and street: ("1200", "18th")."""
    for cut in range(end - 1, i, -1):
        house, street = cardinal_at(words[:cut], i), cardinal_at(words[:end], cut)
        if house and street and house[1] == cut and street[1] == end and 0 < street[0] < 200:
            return str(int(house[0])), _with_suffix(int(street[0]))
    return None


def _is_number_word(text: str) -> bool:
    return text.isdecimal() or text in UNITS or text in TENS


def _numbers_at(words: Sequence[Word], i: int) -> list[tuple[str, int]]:
    """House numbers that may start here, the longest first: "eighteen twenty" is 1820, "twelve hundred" 1200."""
    options: list[tuple[str, int]] = []
    digits, j = "", i
    while j < len(words) and j < i + 6 and len(digits) < 6:
        if j > i and words[j].gap.strip(" ,-"):
            break
        if j > i and ordinal_at(words, j):
            break
        number = cardinal_at(words, j) if words[j].text != "a" else None
        if number is None:
            if words[j].text in ("oh", "o") and digits:
                digits, j = digits + "0", j + 1
                continue
            break
        piece = str(int(number[0]))
        if j == i and ordinal_at(words, j):
            return options
        digits, j = digits + piece, number[1]
        options.append((digits, j))
        if j < len(words) and len(words[j].text) == 1 and words[j].gap == "" and words[j].text.isalpha():
            options.append((digits + words[j].text.upper(), j + 1))
    return [o for o in reversed(options) if len(o[0]) <= 6]


def _street_at(words: Sequence[Word], i: int) -> tuple[str, int, bool] | None:
    """`(name, next index, sure)` for the street name that starts at `i`."""
    parts: list[str] = []
    j = i
    while j < len(words) and len(parts) < _MOST_NAME_WORDS:
        word = words[j]
        if j > i and (_BREAK.search(word.gap) or "," in word.gap):
            break
        text = word.text
        ordinal = ordinal_at(words, j)
        if ordinal:
            parts.append(_with_suffix(ordinal[0]))
            j = ordinal[1]
            continue
        if text in _TYPES and (parts or text in _WHOLE_NAMES) and not (text == "st" and j == i):
            type_ = _TYPES[text]
            if parts or text in _WHOLE_NAMES:
                return " ".join([*parts, type_]), j + 1, True
        if text in _NO_STREET_NAME or text in _UNITS_OF_HOUSE or text.isdecimal() or text in UNITS or text in TENS:
            break
        parts.append(_DIRECTIONS.get(text, text[:1].upper() + text[1:]))
        j += 1
    if parts and len(parts) <= 2 and len(parts[0]) > 2 and i < len(words) and words[i].text not in ORDINALS:
        return " ".join(parts), j, False
    return None


def _with_suffix(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _unit_at(words: Sequence[Word], i: int) -> tuple[str | None, int]:
    if i + 1 >= len(words) or words[i].text not in _UNITS_OF_HOUSE or _BREAK.search(words[i].gap):
        return None, i
    kind, j = _UNITS_OF_HOUSE[words[i].text], i + 1
    if words[j].text == "number" and j + 1 < len(words):
        j += 1
    number = cardinal_at(words, j)
    if number:
        label, j = str(int(number[0])), number[1]
    else:
        label, j = words[j].text.upper(), j + 1
        if len(label) > 3:
            return None, i
    if j < len(words) and len(words[j].text) == 1 and words[j].text.isalpha() and not words[j].gap.strip(" -"):
        label, j = label + words[j].text.upper(), j + 1
    return f"{kind} {label}" if kind != "#" else f"#{label}", j
