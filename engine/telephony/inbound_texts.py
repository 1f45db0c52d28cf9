"""A text message that came in by Vonage's SMS API: is it genuine, who wrote it, and do they want no more? Pure.

The SMS API signs its webhooks in its own way, not with a token as the Voice API does: a hash over the parameters, with
the account's signature secret, by the method that is set in the dashboard.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

SignatureMethod = Literal["sha256", "sha512", "sha1", "md5", "md5hash"]
METHODS: Final[tuple[SignatureMethod, ...]] = get_args(SignatureMethod)

PAST: Final = timedelta(hours=25)  # a webhook that was not answered is sent again for a day
FUTURE: Final = timedelta(minutes=5)

_NUMBER: Final = re.compile(r"[1-9]\d{6,14}")
_ALONE: Final = frozenset({
    "end", "quit", "cancel", "revoke", "alto", "parar", "pare", "baja", "cancelar", "detener", "basta",
    "no más", "no mas",
})  # fmt: skip
_FIRST: Final = re.compile(
    r"(stop|stopall|unsubscribe|opt ?-?out|remove me|take me off|do not text|don'?t text|no more texts)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class InboundText:
    """`phone`: E.164, of whoever wrote. `id`: Vonage's."""

    phone: str = field(repr=False)
    words: str = field(repr=False)
    id: str


class NotBelieved(ValueError):
    """Answer 401 and do nothing. The message quotes nothing of the request."""


def read_text(given: Mapping[str, str], secret: str, method: SignatureMethod, now: datetime) -> InboundText | None:
    """A genuine webhook; None if it is no message of a person (a delivery receipt, a test). Raises `NotBelieved`."""
    signature = given.get("sig", "")
    if not signature:
        raise NotBelieved("It is not signed. Switch on signed webhooks in Vonage's dashboard.")
    rest = {name: value for name, value in given.items() if name != "sig"}
    if not hmac.compare_digest(_bytes(signature.lower()), sign(rest, secret, method).encode()):
        raise NotBelieved("Its signature is wrong. Check the signature secret and the method of the connection.")
    try:
        sent = datetime.fromtimestamp(int(given.get("timestamp", "")), UTC)
    except (ValueError, OverflowError, OSError):
        raise NotBelieved("It does not say when it was sent.") from None
    if not now - PAST <= sent <= now + FUTURE:
        raise NotBelieved("It is too old, or a clock is wrong.")
    phone, words = given.get("msisdn", ""), given.get("text", "")
    if not _NUMBER.fullmatch(phone) or not words:
        return None
    return InboundText(f"+{phone}", words, given.get("messageId", ""))


def sign(given: Mapping[str, str], secret: str, method: SignatureMethod) -> str:
    """The signature of parameters, small letters."""
    text = "".join(f"&{name}={value.translate(_PLAIN)}" for name, value in sorted(given.items()))
    if method == "md5hash":
        return hashlib.md5(_bytes(text + secret), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), _bytes(text), method).hexdigest()


def _bytes(text: str) -> bytes:
    """Also of half a character that was sent alone, as JSON can: it fits no signature."""
    return text.encode("utf-8", "surrogatepass")


def wants_no_more(words: str) -> bool:
    """Whether a text takes its writer off the list. A few words do so only where they stand alone: 'cancel' alone is a
    no to texts, 'cancel my appointment' is not."""
    text = " ".join(words.replace("’", "'").split()).strip(" .!,;:'\"")
    return text.lower() in _ALONE or _FIRST.match(text) is not None


_PLAIN: Final = str.maketrans({"&": "_", "=": "_"})
