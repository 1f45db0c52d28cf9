"""Whether two wordings mean the same for a call: a late final against the words that were acted on (field-lessons R2),
and one agent turn against the one before (R6).

What bears meaning are numbers, names, choices, negations and any other content word. Case, punctuation, fillers,
articles and ways of writing the same ("94107", "nine four one oh seven"; "it's", "it is") do not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from engine.dialogue.recognisers.numbers import cardinal_at, ordinal_at, small
from engine.dialogue.recognisers.words import Word, listed, words_of

REPEATS_FROM: Final = 0.8
"""Share of words in common above which a turn of the agent is heard as the one before said again (R6)."""

_EMPTY: Final = listed(
    "uh um er erm uhm hm hmm mm mhm ah oh huh well so like just please the a an and is am are be's s m re"
)
_SAME: Final = {
    "yeah": "yes", "yep": "yes", "yup": "yes", "yah": "yes", "nope": "no", "nah": "no", "ok": "okay", "alright": "okay",
    "dollars": "dollar", "bucks": "dollar", "buck": "dollar", "usd": "dollar", "cannot": "can not", "gonna": "going to",
    "wanna": "want to", "gotta": "got to", "st": "street", "ave": "avenue", "rd": "road", "mister": "mr",
}  # fmt: skip
_TAILS: Final = {"n't": "not", "'ve": "have", "'ll": "will", "'d": "would"}
_IRREGULAR: Final = {"won't": "will not", "can't": "can not", "shan't": "shall not", "ain't": "not"}
_ZEROS: Final = frozenset({"oh", "o", "zero", "nought", "naught"})
_REPEATED: Final = {"double": 2, "triple": 3, "treble": 3}
_PLURAL_FROM: Final = 4


def same_meaning(one: str, other: str) -> bool:
    """Whether acting on `one` was acting on `other`.

    >>> same_meaning("It's nine four one oh seven, uh, yes.", "it is 94107 yeah"), same_meaning("I do", "I don't")
    (True, False)
    """
    left, right = tokens(one), tokens(other)
    if left == right or "".join(left) == "".join(right):
        return True
    return len(left) == len(right) and all(_one_word(a, b) for a, b in zip(left, right, strict=True))


def tokens(text: str) -> tuple[str, ...]:
    """What bears meaning in `text`, in order: numbers as digits, words in one spelling."""
    found = list(_tokens(words_of(text.replace("%", " percent "))))
    bearing = [each for each in found if each not in _EMPTY]
    return tuple(bearing or found)


def overlap(one: str, other: str) -> float:
    """The share of words that two texts have in common, of the longer one; 0 if either has none."""
    left, right = Counter(_words(one)), Counter(_words(other))
    longer = max(left.total(), right.total())
    return (left & right).total() / longer if left and right else 0.0


def repeats(one: str, other: str) -> bool:
    """Whether a listener hears `one` as `other` said again."""
    return overlap(one, other) > REPEATS_FROM


def covered(part: str, whole: str) -> float:
    """The share of the words of `part` that stand in `whole`: whether it has been told already."""
    wanted = Counter(tokens(part))
    return (wanted & Counter(tokens(whole))).total() / wanted.total() if wanted else 1.0


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def _one_word(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= _PLURAL_FROM and short.isalpha() and long == f"{short}s"


def _tokens(words: Sequence[Word]) -> Iterator[str]:
    digits = money = ""
    i = 0
    while i < len(words):
        number = _number(words, i, inside=bool(digits))
        if number is not None:
            money = money or ("dollar" if "$" in words[i].gap else "")
            digits += number[0]
            i = number[1]
            continue
        if digits:
            yield digits
            if money:
                yield money
            digits = money = ""
        ordinal = ordinal_at(words, i)
        if ordinal is not None:
            yield f"{ordinal[0]}th"
            i = ordinal[1]
        elif words[i].text in ("a", "p") and i + 1 < len(words) and words[i + 1].text == "m":
            yield f"{words[i].text}.m"
            i += 2
        elif words[i].text in ("am", "pm") and i and (small(words[i - 1].text) or words[i - 1].text.isdecimal()):
            yield f"{words[i].text[0]}.m"
            i += 1
        else:
            if words[i].text not in ("o'clock", "percent"):
                yield from _spelling(words[i].text)
            elif words[i].text == "percent":
                yield "%"
            i += 1
    if digits:
        yield digits
        if money:
            yield money


def _number(words: Sequence[Word], i: int, inside: bool) -> tuple[str, int] | None:
    """Digits that begin at word `i`, and the next index: "twenty five" is 25, "oh" between digits is 0."""
    text = words[i].text
    following = words[i + 1].text if i + 1 < len(words) else ""
    if ordinal_at(words, i) is not None:
        return None
    if text in _ZEROS:
        near = inside or small(following) is not None or following.isdecimal()
        return ("0", i + 1) if near or text == "zero" else None
    if text in _REPEATED and small(following) is not None and (value := small(following)) is not None and value < 10:
        return str(value) * _REPEATED[text], i + 2
    if text in ("a", "an", "half", "couple") and following not in ("hundred", "thousand"):
        return None
    cardinal = cardinal_at(words, i)
    if cardinal is None:
        return None
    value_of, j = cardinal
    written = text if text.isdecimal() and j == i + 1 else f"{value_of:g}" if value_of < 1e6 else str(int(value_of))
    return written, j


def _spelling(word: str) -> Iterator[str]:
    if word in _IRREGULAR:
        yield from _IRREGULAR[word].split()
        return
    for tail, meaning in _TAILS.items():
        if word.endswith(tail) and len(word) > len(tail):
            yield from (*_spelling(word.removesuffix(tail)), meaning)
            return
    for tail in ("'s", "'m", "'re"):
        word = word.removesuffix(tail)
    yield from _SAME.get(word, word).split()
