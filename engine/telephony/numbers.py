"""Phone numbers at the border to the carrier.

The house writes numbers in E.164 with the plus sign; Vonage writes digits only and refuses the plus
(vonage-voice.md, section 1.1). Only this module knows both spellings.
"""

from __future__ import annotations

import re

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_DIGITS = re.compile(r"[1-9]\d{6,14}")


def carrier_digits(e164: str) -> str:
    """`+447700900001` as the carrier wants it: `447700900001`.

    Raises `ValueError` when `e164` is not an E.164 number (plus sign, then 7 to 15 digits).
    The number itself stays out of the message, because it is personal data.
    """
    if not _E164.fullmatch(e164):
        raise ValueError(
            "This phone number is not in the international form (a plus sign, then 7 to 15 digits, "
            "such as +447700900001). Correct the number and try again."
        )
    return e164[1:]


def e164_from_carrier(text: str) -> str:
    """A number from the carrier in the house's spelling; text that is no number (such as a `ws:` address) as it is."""
    return f"+{text}" if _DIGITS.fullmatch(text) else text
