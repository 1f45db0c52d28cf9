"""Names and e-mail addresses as people type them. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from email_validator import EmailNotValidError, validate_email

NAME_AT_MOST: Final = 80
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "dr", "herr", "frau", "sr", "sra"})
_NO_NAME: Final = re.compile(r"https?://|www\.|@|\d{3}", re.IGNORECASE)


def tidy(name: str) -> str:
    """One line, single spaces, no control characters; ALL CAPITALS and all small are put right."""
    plain = "".join(" " if unicodedata.category(each).startswith("C") else each for each in name)
    plain = " ".join(unicodedata.normalize("NFC", plain).split())[:NAME_AT_MOST]
    if plain.isupper() or plain.islower():
        return re.sub(r"[^\W\d_]+(?:'[^\W\d_]{1,2}\b)?", lambda word: word[0].capitalize(), plain)
    return plain


def split_name(full: str) -> tuple[str, str]:
    """First and last name: 'Dr. Zoë Miller', 'Miller, Zoë'. All but the first word is the last name."""
    text = tidy(full)
    last, comma, first = text.partition(",")
    if comma and first.strip():
        return first.strip(), last.strip()
    words = text.split()
    while len(words) > 1 and words[0].rstrip(".").lower() in _TITLES:
        words = words[1:]
    return (words[0] if words else ""), " ".join(words[1:])


def looks_like_no_name(name: str) -> bool:
    """Addresses, links and numbers in the name field: a robot, or a slip of the browser's autofill."""
    return bool(_NO_NAME.search(name))


def read_email(typed: str) -> str | None:
    """The address in its normal form, None if it is none. Nothing is looked up on the network."""
    try:
        return validate_email(typed.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None
