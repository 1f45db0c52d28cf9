"""How long a text message is, in the parts that networks carry and bill; what makes it needlessly long. Pure.

A part holds 160 characters of the GSM alphabet (GSM 03.38), or 70 of any other kind (UCS-2). A message of several
parts gives up seven characters of each, or three, for the numbering. One letter outside the GSM alphabet makes the
whole message UCS-2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED: Final = frozenset("\f^{}\\[~]|€")  # each takes the room of two

_PLAINER: Final = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‑": "-", "…": "...",
        "•": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip
_STOP: Final = re.compile(r"\bSTOP\b")

Alphabet = Literal["GSM-7", "UCS-2"]


@dataclass(frozen=True, slots=True)
class Size:
    """`units`: septets of GSM-7, or 16-bit units of UCS-2."""

    alphabet: Alphabet
    units: int
    parts: int


def plainer(text: str) -> str:
    """Typographic characters in the form that every telephone has: a curly apostrophe would cost half the room. What
    else the text holds stays."""
    lines = (" ".join(line.split()) for line in text.translate(_PLAINER).splitlines())
    return "\n".join(lines).strip()


def size(text: str) -> Size:
    gsm = all(each in BASIC or each in EXTENDED for each in text)
    if gsm:
        widths = [2 if each in EXTENDED else 1 for each in text]
        return Size("GSM-7", sum(widths), _parts(widths, 160, 153))
    widths = [2 if ord(each) > 0xFFFF else 1 for each in text]
    return Size("UCS-2", sum(widths), _parts(widths, 70, 67))


def with_opt_out(text: str, wording: str) -> str:
    """The text with the words that tell how to get no more of them; once, also where its author has written them."""
    if not wording or _STOP.search(text):
        return text
    return f"{text} {wording}" if text else wording


def _parts(widths: list[int], alone: int, each: int) -> int:
    """No character is cut in two, so a part may stay one short of full."""
    if sum(widths) <= alone:
        return 1
    parts, room = 1, each
    for width in widths:
        if width > room:
            parts, room = parts + 1, each
        room -= width
    return parts
