"""US ZIP codes in any spoken or transcribed form; never prices, times, house numbers or telephone numbers."""

import re
from collections.abc import Iterator
from functools import lru_cache

from engine.dialogue.recognisers.found import Found, found
from engine.dialogue.recognisers.numbers import DigitGroup, DigitRun, runs_of
from engine.dialogue.recognisers.words import plain

_MEASURE_AFTER = re.compile(
    r"\s*(?:%|dollars?|bucks|usd|percent|grand|k\b|euros?|a (?:month|year)|per |square|sq\b|feet|foot|miles?|people|"
    r"o'?clock|a\.?m\b|p\.?m\b|:\d|(?:minutes?|hours?|days?|weeks?|months?|years?)\b)"
)
_STREET_AFTER = re.compile(
    r"\s+(?:[\w']+\s+){0,3}?(?:street|st\b(?!\.?\s+louis)|avenue|ave\b|road|rd\b|boulevard|blvd"
    r"|drive|lane|court|terrace|circle)\b"
)
_MONEY_BEFORE = re.compile(r"[$€£]\s*$")
_AMOUNT_BEFORE = re.compile(
    r"\b(?:about|around|roughly|over|under|between|budget|costs?|pays?|paid|paying|spend|spent"
    r"|almost|nearly|up to|is like)"
    r"(?:\s+(?:is|of|was|me|us|like|about|around))*\s+$"
)
_ZIP_WORD = re.compile(r"\b(?:zip|postal|post)\s*codes?\b|\bzip\b")
_ONLY_AROUND = re.compile(
    r"\b(?:it'?s|its|that'?s|is|the|my|our|a|zip|postal|code|uh|um|er|hm+|so|sure|yeah|yes|yep"
    r"|okay|ok|well|let|me|see|"
    r"property'?s?|of|property|for|house|dash|then|and|it|starts|with|oh|no|wait|sorry|i|mean)\b"
)
_LETTERS = re.compile(r"[^\W\d_]")


def find(utterance: str) -> list[Found[str]]:
    """All five-digit ZIPs; of a ZIP+4 the first five digits. Existence is another question: see `exists`."""
    text = plain(utterance)
    named = _ZIP_WORD.search(text) is not None
    result: list[Found[str]] = []
    for run in runs_of(utterance, homophones=True):
        for code, first, last in _codes(run):
            if _is_something_else(text, run, first.start, last.end, named):
                continue
            exact = all(g.exact for g in run.groups)
            confidence = 0.95 if first is last and first.written else 0.9
            if run.thousands:
                confidence = 0.85
            if not exact:
                confidence = 0.6
            result.append(found(utterance, first.start, last.end, code, confidence))
    return result


def _codes(run: DigitRun) -> Iterator[tuple[str, DigitGroup, DigitGroup]]:
    groups = run.groups
    digits = run.digits
    if len(digits) == 6 and groups[0].digits == "0" and not groups[0].written and len(groups) > 1:
        groups, digits = groups[1:], digits[1:]  # "Oh nine four one one zero": a sigh, no digit
    if len(digits) == 5:
        yield digits, groups[0], groups[-1]
        return
    if len(digits) == 9 and (_lengths(groups)[0] == 5 or 5 in _sums(groups)):
        yield digits[:5], groups[0], groups[-1]
        return
    parts = _between_pauses(groups)
    whole = [part for part in parts if sum(len(g.digits) for g in part) == 5]
    said = {"".join(g.digits for g in part) for part in whole}
    # Ten digits in two fives are a telephone number, unless it is one ZIP said twice or written as two words of five.
    if whole and (len(digits) != 10 or len(said) == 1 or all(g.written and len(g.digits) == 5 for g in groups)):
        for part in whole:
            yield "".join(g.digits for g in part), part[0], part[-1]
        return
    if not whole and len(digits) == 10 and digits[:5] == digits[5:] and 5 in _sums(groups):
        yield digits[5:], groups[0], groups[-1]
        return
    for group in groups:
        if len(group.digits) == 5 and group.written and len(digits) < 10:
            yield group.digits, group, group


def _lengths(groups: tuple[DigitGroup, ...]) -> list[int]:
    return [len(g.digits) for g in groups]


def _sums(groups: tuple[DigitGroup, ...]) -> set[int]:
    total, sums = 0, set()
    for length in _lengths(groups):
        total += length
        sums.add(total)
    return sums


def _between_pauses(groups: tuple[DigitGroup, ...]) -> list[list[DigitGroup]]:
    parts: list[list[DigitGroup]] = [[]]
    for group in groups:
        if group.comma_before and parts[-1]:
            parts.append([])
        parts[-1].append(group)
    return parts


def _is_something_else(text: str, run: DigitRun, start: int, end: int, named: bool) -> bool:
    before = text[:start]
    if _MONEY_BEFORE.search(before) or _MEASURE_AFTER.match(text, end):
        return True
    if _STREET_AFTER.match(text, end):
        return True
    if run.thousands and not named:
        return _AMOUNT_BEFORE.search(before) is not None or run.digits.endswith("000")
    return False


def partial(utterance: str) -> str | None:
    """The digits of a ZIP that is not finished ("Nine four one" is "941"), else None.

    Only when the caller says little else, or names the ZIP: "at ten thirty" is no unfinished ZIP.
    """
    if find(utterance):
        return None
    text = plain(utterance)
    runs = runs_of(utterance)
    if not runs:
        return None
    run = runs[-1]
    start, end = run.groups[0].start, run.groups[-1].end
    if len(run.digits) > 4 or _MONEY_BEFORE.search(text[:start]) or _MEASURE_AFTER.match(text, end):
        return None
    if _ZIP_WORD.search(text[:start]):
        return run.digits
    around = _ONLY_AROUND.sub(" ", text[:start] + " " + text[end:])
    return None if _LETTERS.search(around) or len(runs) > 1 else run.digits


@lru_cache(maxsize=4096)
def exists(zip_code: str) -> bool:
    """True if the US Postal Service has this five-digit ZIP. The first question loads the list (about 0.4 s)."""
    if not re.fullmatch(r"[0-9]{5}", zip_code):
        return False
    import zipcodes  # loaded when first asked: most processes never ask

    return bool(zipcodes.is_real(zip_code))
