"""Phone numbers as people type them, in the one form that can be dialled (E.164). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

_PREFIX: Final = re.compile(r"^\s*(p|tel|phone)\s*:\s*", re.IGNORECASE)

# 555-0100 to 555-0199 of every area code of North America. The library takes them for ordinary numbers; those of other
# countries it does not.
_FICTION: Final = re.compile(r"^\d{3}55501\d{2}$")

# Kinds that cost their caller or the called money, or at which no person answers.
_NOT_A_PERSON: Final = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.UAN: "a company number",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.VOICEMAIL: "a voicemail number",
    PhoneNumberType.TOLL_FREE: "a toll-free number",
}


@dataclass(frozen=True, slots=True)
class BadNumber:
    """Why no number could be made of what was typed, in words for the person who typed it."""

    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class GoodNumber:
    """`e164`: with the plus sign. `zone`: IANA zone, where the number alone tells it."""

    e164: str
    zone: str | None


def read_number(typed: str, region: str | None, *, allow_fiction: bool = False) -> GoodNumber | BadNumber:
    """`region`: ISO code of the country in which a number without country code is read; None: it needs one.
    `allow_fiction`: take numbers that no one can have (films, the simulated network)."""
    text = _PREFIX.sub("", typed)
    if not text.strip():
        return BadNumber("The phone number is missing.", "Enter a phone number, with area code.")
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and region is None:
            return BadNumber(
                "The phone number has no country code.", "Write it with the country code, such as +1 415 555 0123."
            )
        return BadNumber("This is not a phone number.", "Enter a phone number, such as +1 415 555 0123.")
    if number.extension:
        return BadNumber(
            "A number with an extension cannot be called.", "Enter a direct number, without the extension."
        )
    if not allow_fiction and number.country_code == 1 and _FICTION.search(str(number.national_number)):
        return BadNumber("This phone number belongs to nobody: it is kept for films.", "Enter your own phone number.")
    if not _possible(number, allow_fiction):
        return BadNumber(
            "This phone number does not exist.",
            "Check the digits: is one missing or too many? Is the area code there?",
        )
    kind = _NOT_A_PERSON.get(phonenumbers.number_type(number))
    if kind is not None:
        return BadNumber(f"This is {kind}, which we do not call.", "Enter a mobile or home number.")
    zones = time_zones_for_number(number)
    zone = zones[0] if len(zones) == 1 and "/" in zones[0] and not zones[0].startswith("Etc/") else None
    return GoodNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), zone)


def zones_of(e164: str) -> tuple[str, ...]:
    """IANA zones in which the owner of a number may be, by its area code; empty where it does not tell."""
    try:
        zones = time_zones_for_number(phonenumbers.parse(e164, None))
    except NumberParseException:
        return ()
    return tuple(zone for zone in zones if "/" in zone and not zone.startswith("Etc/"))


def region_of(e164: str) -> str | None:
    """The country of a number, such as 'US': the default for those who fill in that business's form."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164, None))
    except NumberParseException:
        return None


def known_region(code: str) -> bool:
    return code in phonenumbers.SUPPORTED_REGIONS


def _possible(number: PhoneNumber, allow_fiction: bool) -> bool:
    if phonenumbers.is_valid_number(number):
        return True
    return allow_fiction and phonenumbers.is_possible_number(number) and len(str(number.national_number)) >= 9
