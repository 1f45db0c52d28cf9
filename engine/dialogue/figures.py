"""Figures in a sentence: amounts of money however they are put, price talk, numbers, ways to reach somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.dialogue.recognisers import money, numbers
from engine.dialogue.recognisers.words import plain

_DOLLARS: Final = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s?(?:dollars|bucks)", re.IGNORECASE)
_VAGUE: Final = re.compile(
    r"\b(?:a couple(?: of)?|a few|several|a handful of|couple|few|some|many) (?:hundred|thousand|grand|bucks"
    r"|dollars|k)\b"
    r"|\b(?:hundreds|thousands|tens) of (?:dollars|bucks)\b|[€£¥]|\b(?:euros?|pounds?|cents?|pesos?|quid)\b",
    re.IGNORECASE,
)
_DEALS: Final = re.compile(
    r"%|\bpercent\b|\bdiscount\w*|\bhalf[- ](?:price|off)\b|\b(?:for|it'?s|that'?s|is|are|totally|completely) free\b"
    r"|\bfree (?:of charge|estimate|visit|quote|inspection|consultation|repair|\w+)\b|\bno (?:extra "
    r"|additional )?(?:charge|cost|fee)s?\b"
    r"|\bon the house\b|\bcomplimentary\b|\bcoupons?\b|\brebates?\b|\bwaiv\w+|\bspecial (?:offer|price|deal)\b"
    r"|\bdeal\b"
    r"|\bcash ?back\b|\bcheap\w*\b|\blowest price\b|\b(?:price|rate)s? (?:is|are|of|starts?)\b"
    r"|\bprice[- ]match\w*|\bcredit of\b"
    r"|\bbargain\b|\bpromo\w*|\bdollar\w*|\bbucks?\b|\bgrand\b",
    re.IGNORECASE,
)
_PRICE_TALK: Final = re.compile(
    r"\b(?:costs?|pric\w+|charg\w+|pay\w*|fees?|quot\w+|estimate|runs?|only|just|around|about|roughly|ballpark"
    r"|total|rate|for)\b",
    re.IGNORECASE,
)
_REACH: Final = re.compile(
    r"\S+@\S+|https?://\S+|\bwww\b\S*|\b[\w-]+\.(?:com|net|org|io|us|co|biz|info|ai|gov|edu)\b"
    r"|\b(?:dot|period) (?:com|net|org|io|us|co|biz|info)\b|\b\w+ at \w+ dot \w+",
    re.IGNORECASE,
)
LONG_NUMBER: Final = 3


def amounts_in(text: str) -> list[float]:
    """The amounts of dollars that are written in `text` with figures, in order."""
    return [float((first or second).replace(",", "")) for first, second in _DOLLARS.findall(text)]


def amounts_named(text: str) -> Iterator[float]:
    """Every amount of money in `text`, in figures or in words, and round numbers that can hardly be anything else."""
    yield from amounts_in(text)
    for each in money.find(text):
        yield from (value for value in (each.value.low, each.value.high) if value is not None)
    for number in numbers.find(text):
        if re.search(r"\b(?:hundred|thousand|grand)\b", number.words, re.IGNORECASE):
            yield number.value
    if _PRICE_TALK.search(text) and (re.search(r"\bcosts?\b|\bpric|\bcharg|\bpay\b|\bfee", text, re.IGNORECASE)):
        yield from (number.value for number in numbers.find(text) if number.value != 1)


def invented_deal(text: str, told: str) -> str:
    """A discount, a gift or a vague price in `text` that does not stand in `told`; empty if there is none."""
    known = plain(told)
    for pattern in (_VAGUE, _DEALS):
        for match in pattern.finditer(plain(text)):
            if match.group() not in known:
                return match.group()
    return ""


def long_numbers(text: str) -> frozenset[str]:
    """Numbers of three digits and more, as digits, however they are said."""
    return frozenset(run.digits for run in numbers.runs_of(text) if len(run.digits) >= LONG_NUMBER)


def ways_to_reach(text: str) -> frozenset[str]:
    """E-mail addresses and links in `text`, also spelled ones."""
    return frozenset(match.group().lower().rstrip(".,!?") for match in _REACH.finditer(text))
