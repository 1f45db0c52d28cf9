"""Telephone numbers, spoken or written, as E.164; and "this number is fine"."""

import re
from dataclasses import dataclass

import phonenumbers

from engine.dialogue.recognisers.found import Found, found, without_overlaps
from engine.dialogue.recognisers.numbers import runs_of
from engine.dialogue.recognisers.words import plain

_SAME = re.compile(
    r"\b(?:this|the same|same|that|the) (?:phone )?(?:number|one|phone)(?: (?:i'?m (?:on|calling "
    r"(?:from|on))|you(?:'re| are)? "
    r"(?:called|calling|dialed|reached|have|got|just called|called me on)(?: me)?(?: (?:on|at))?))?"
    r"(?: (?:now|here))?,? (?:is|works|will|would|'s)\b(?: (?:be )?(?:fine|good|okay|ok|great"
    r"|perfect|best|it|do|work))?"
    r"|\b(?:use |call |on |at )?(?:this|the same|same) (?:phone )?number\b|\bthe (?:number|one) "
    r"(?:i'?m (?:on|calling (?:from|on))|you(?:'ve| have)? "
    r"(?:just )?(?:called|dialed|reached|have|got)|that you called)\b|\bthis (?:one|number"
    r"|phone)(?: is|'s)? (?:fine|good|okay|ok|works|best)\b"
    r"|^\W*(?:yes,? |yeah,? |um,? )?(?:this|the same) (?:one|number|phone)\W*$|\bsame as (?:before|this|now)\b"
)
_NOT_SAME = re.compile(
    r"\b(?:wrong|not|different|another|isn'?t|don'?t|stop|new)\b|\bis (?:this|that|the) |\bwhat "
    r"(?:number|is)\b|\b(?:on|to) (?:the )?do not call\b"
)
_PLUS = re.compile(r"\+\s*$|\bplus\s+$")


@dataclass(frozen=True, slots=True)
class Phone:
    """`e164` as "+14155550172"; None with `same` True where the caller means the number we are talking on."""

    e164: str | None
    same: bool = False


def find(utterance: str, region: str = "US") -> list[Found[Phone]]:
    """Numbers of a length possible in `region` (an ISO code) or written with a country code, in order of appearance."""
    text = plain(utterance)
    result: list[Found[Phone]] = []
    for run in runs_of(utterance, homophones=True):
        if not 7 < len(run.digits) < 16:
            continue
        start, end = run.groups[0].start, run.groups[-1].end
        plus = _PLUS.search(text[:start])
        e164 = _parsed(("+" if plus else "") + run.digits, region)
        if e164 is None:
            continue
        if plus:
            start = plus.start()
        elif text[start - 1 : start] == "(":
            start -= 1
        exact = all(g.exact for g in run.groups)
        result.append(found(utterance, start, end, Phone(e164), 0.9 if exact else 0.6))
    if not result and "(" in text:
        result = _bracketed(utterance, text, region)
    if not result and not _NOT_SAME.search(text):
        same = [found(utterance, m.start(), m.end(), Phone(None, same=True), 0.85) for m in _SAME.finditer(text)]
        result.extend(without_overlaps(same))
    return result


_BRACKETED = re.compile(r"\((\d{3})\)\s*(\d{3})[-.\s]*(\d{4})\b")


def _bracketed(utterance: str, text: str, region: str) -> list[Found[Phone]]:
    hits = ((m, _parsed("".join(m.groups()), region)) for m in _BRACKETED.finditer(text))
    return [found(utterance, m.start(), m.end(), Phone(e164), 0.95) for m, e164 in hits if e164]


def _parsed(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    # "Possible", not "valid": numbers reserved for fiction (555 01xx) must pass, and new ranges appear every year.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def partial(utterance: str) -> str | None:
    """The digits of a ten-digit number that is not finished ("four one five, five five" is "41555"), else None."""
    if find(utterance):
        return None
    runs = runs_of(utterance)
    digits = runs[-1].digits if runs else ""
    return digits if 3 <= len(digits) < 10 and utterance[runs[-1].groups[-1].end :].strip(" .,|…") == "" else None
