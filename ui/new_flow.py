"""The business filled into a flow that was made from a template. Pure."""

from __future__ import annotations

import re
from typing import Final

from ui.records import Json
from ui.resources.drafts import Step

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")


def international(phone: str) -> str | None:
    """'+14155550142' for '(415) 555-0142'. Numbers of other countries must begin with a plus sign; None for what is no
    number."""
    digits = re.sub(r"[\s().\-/]", "", phone)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.isdigit() and len(digits) == 10:
        digits = "+1" + digits
    elif digits.isdigit() and len(digits) == 11 and digits.startswith("1"):
        digits = "+" + digits
    return digits if _E164.fullmatch(digits) else None


def business_steps(business: str, phone: str | None, zone: str) -> tuple[Step, ...]:
    """Steps that make the flow that of `business`. `phone`: in the international form; None leaves the template's."""
    steps: list[Step] = [
        _put("legal_name", business),
        _put("say_as", business),
        _put("zone", zone),
    ]
    if phone is not None:
        steps += [_put("phone", phone), _put("opt_out_phone", phone)]
    return tuple(steps)


def _put(name: str, value: Json) -> Step:
    return {"do": "put", "path": ["seller", name], "value": value}
