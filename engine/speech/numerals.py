"""How many digits somebody has spoken so far: enough for judging a half-said zip code, not a number parser.

Recognisers write the same zip code as "94103", "9-4-1-0-3", "nine, four, one, oh, three", "ninety-four one oh three"
or "94,103" (embedded-speech.md, rule 4); all count five here. Values are the dialogue's business.
"""

from __future__ import annotations

import re

_ONE_DIGIT = frozenset(["zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
_TEENS = frozenset(
    ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
)
_TENS = frozenset(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
_REPEATS = {"double": 1, "triple": 2}
_GLUE = frozenset({"dash", "hyphen", "and", "hundred", "thousand", "point"})
_WORD = re.compile(r"[a-z']+|\d+", re.IGNORECASE)


def digit_count(text: str) -> int:
    """Digits said in `text`, written as figures or as English words ("ninety four one oh three" is five)."""
    count = 0
    previous = ""
    for word in (match.group().lower() for match in _WORD.finditer(text)):
        if word.isdigit():
            count += len(word)
        elif word in _TEENS or word in _TENS:
            count += 2
        elif word in _ONE_DIGIT:
            # "ninety four" (94) is two digits together; "ninety oh four" (9004) is four.
            count += 0 if previous in _TENS and word not in {"zero", "oh", "o"} else 1
        elif word in _REPEATS:
            count += _REPEATS[word]
        elif word == "hundred":
            count += 2
        elif word == "thousand":
            count += 3
        previous = word
    return count


def only_digits(text: str) -> bool:
    """Whether `text` holds nothing but figures, number words and what stands between them."""
    words = [match.group().lower() for match in _WORD.finditer(text)]
    known = _ONE_DIGIT | _TEENS | _TENS | _GLUE | _REPEATS.keys()
    return bool(words) and all(word.isdigit() or word in known for word in words)
