"""What the SMS API takes and what it says: statuses, alphabets, parts. Written from the vendor's description, apart
from what Leadline counts, so that the two can be compared."""

from __future__ import annotations

import re
from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "1": "Throughput Rate Exceeded - please wait [ 250 ] and retry",
    "2": "Missing to param",
    "3": "Invalid to param",
    "4": "Bad Credentials",
    "5": "Internal Error",
    "6": "Un-routable message - rejected",
    "7": "Number barred",
    "8": "Partner account barred",
    "9": "Quota Exceeded - rejected",
    "12": "Message too long",
    "15": "Illegal Sender Address - rejected",
    "22": "Invalid Network Code",
    "29": "Non White-listed Destination - rejected",
    "33": "Number De-activated",
}

PRICE = 0.0333
_GSM = re.compile(r"[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\\[~\]|€]*")
_WIDE = re.compile(r"[\f^{}\\\[~\]|€]")
_NUMBER = re.compile(r"[1-9]\d{6,14}")


def delivered(text: str, kind: str) -> str:
    """What the telephone shows: the vendor turns what a GSM message cannot hold into question marks."""
    return text if kind == "unicode" else "".join(each if _GSM.fullmatch(each) else "?" for each in text)


def parts(text: str, kind: str) -> int:
    if kind == "unicode":
        units = len(text.encode("utf-16-le")) // 2
        return 1 if units <= 70 else -(-units // 67)
    septets = len(text) + len(_WIDE.findall(text))
    return 1 if septets <= 160 else -(-septets // 153)


def refusal(given: Mapping[str, str], senders: frozenset[str], barred: frozenset[str]) -> str:
    """The status of what is wrong with a message; empty if it is in order."""
    for name in ("from", "to", "text"):
        if not given.get(name):
            return "2"
    to, sender = given["to"], given["from"]
    if not _NUMBER.fullmatch(to) or len(given.get("client-ref", "")) > 100:
        return "3"
    if given.get("type", "text") not in ("text", "unicode"):
        return "3"
    if to in barred:
        return "7"
    if to.startswith("1") and not sender.isdigit():
        return "15"
    if sender.isdigit() and sender not in senders:
        return "15"
    if parts(given["text"], given.get("type", "text")) > 10:
        return "12"
    return ""
