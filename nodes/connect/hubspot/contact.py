"""One person, one contact: found by e-mail or phone, completed, or made where there is none.

Two properties of a contact may stand only once in HubSpot: the e-mail, and our own `leadline_phone`. They keep two
calls of one person, at the same moment, from making two contacts. The search is only for contacts that people have
made: its index lags, so it would not do for our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from engine.sdk import Permanent
from nodes.connect.hubspot.client import DO_NOT_CALL, PHONE, Client, Record
from nodes.connect.hubspot.problems import Refused, Unclear

ROUNDS: Final = 3  # somebody else may be faster once or twice, not for ever
MOST_FOUND: Final = 20
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_OWN: Final = ("email", "firstname", "lastname", "phone", "mobilephone", PHONE, DO_NOT_CALL)


@dataclass(frozen=True, slots=True)
class Person:
    """`email`: lower case, or empty. `phone`: E.164, or empty. `always`: properties written whatever stands there; the
    rest only fills what is empty, for what people have entered in HubSpot is theirs."""

    email: str
    phone: str
    first_name: str
    last_name: str
    always: Mapping[str, str] = field(default_factory=dict)
    do_not_call: bool = False


def known_by(email: str, phone: str) -> tuple[str, str]:
    """E-mail address and number by which a lead can be found: lower case and E.164, or empty. What is no address is
    left out, for it may have been misheard. Raises `Permanent` if nothing is left."""
    try:
        address = validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        address = ""
    number = phone.strip() if _E164.fullmatch(phone.strip()) else ""
    if not address and not number:
        raise Permanent("The lead has neither an e-mail address nor a full phone number to be known by.")
    return address, number


def settle(client: Client, person: Person) -> Record:
    """The person's contact. Raises `Refused` and what the client raises."""
    try:
        return _settle(client, person)
    except Refused as refused:
        if not (refused.wrong_email and person.email and person.phone):
            raise
    # An address that was misheard must not keep the whole call out of the CRM.
    return _settle(client, replace(person, email=""))


def _settle(client: Client, person: Person) -> Record:
    for _ in range(ROUNDS - 1):
        try:
            return _once(client, person)
        except Refused as refused:
            if not refused.taken:
                raise
            # Another call of the same person was faster: this time it is found.
    return _once(client, person)


def _once(client: Client, person: Person) -> Record:
    found, phone_free = look(client, person)
    if found is not None:
        return _completed(client, found, person, phone_free)
    by, value = ("email", person.email) if person.email else (PHONE, person.phone)
    try:
        return client.upsert("contacts", by, value, _new(person, phone_free))
    except Unclear:
        found, phone_free = look(client, person)
        if found is None:
            raise
        return _completed(client, found, person, phone_free)


def look(client: Client, person: Person, more: Sequence[str] = ()) -> tuple[Record | None, bool]:
    """The contact, and whether the number may become its `leadline_phone`: not if it is that of somebody else, such as
    another person of the same household. `more`: properties to read besides those of a person."""
    wanted = (*_OWN, *person.always, *more)
    by_email = client.find("contacts", "email", person.email, wanted) if person.email else None
    if by_email is not None or not person.phone:
        return by_email, bool(person.phone)
    by_phone = client.find("contacts", PHONE, person.phone, wanted)
    if by_phone is not None:
        return (by_phone, True) if _may_be(by_phone, person) else (None, False)
    entered = client.search("contacts", _spellings(person.phone), wanted, MOST_FOUND)
    same = [each for each in entered if _has_number(each, person.phone) and _may_be(each, person)]
    return (same[0] if same else None), True


def _may_be(record: Record, person: Person) -> bool:
    """Two e-mail addresses are two people, as in HubSpot itself."""
    theirs = record.properties.get("email", "").strip().lower()
    return not theirs or not person.email or theirs == person.email


def _spellings(phone: str) -> dict[str, str]:
    """Where a number may stand. HubSpot's own search fields hold it without country code."""
    national = str(phonenumbers.parse(phone).national_number)
    return {
        "phone": phone,
        "mobilephone": phone,
        "hs_searchable_calculated_phone_number": national,
        "hs_searchable_calculated_mobile_number": national,
    }


def _has_number(record: Record, phone: str) -> bool:
    """However it was typed: the same digits without country code may be another country's number."""
    country = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    return any(_e164(record.properties.get(name, ""), country) == phone for name in ("phone", "mobilephone"))


def _e164(typed: str, country: str | None) -> str:
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _new(person: Person, phone_free: bool) -> dict[str, str]:
    given = {
        "email": person.email,
        "firstname": person.first_name,
        "lastname": person.last_name,
        "phone": person.phone,
        PHONE: person.phone if phone_free else "",
        DO_NOT_CALL: "true" if person.do_not_call else "",
    }
    return {name: value for name, value in given.items() if value} | dict(person.always)


def _completed(client: Client, found: Record, person: Person, phone_free: bool) -> Record:
    known = found.properties
    fresh = {name: value for name, value in _new(person, phone_free).items() if not known.get(name)}
    if known.get("mobilephone"):
        fresh.pop("phone", None)
    fresh |= {name: value for name, value in person.always.items() if known.get(name) != value}
    if person.do_not_call and known.get(DO_NOT_CALL) != "true":
        fresh[DO_NOT_CALL] = "true"
    try:
        if fresh:
            client.update("contacts", found.id, fresh)
    except Refused as refused:
        if not refused.taken:
            raise
        # The number or the address is another contact's: people keep two contacts of this person. Theirs to merge.
        rest = {name: value for name, value in fresh.items() if name not in (PHONE, "email")}
        if rest:
            client.update("contacts", found.id, rest)
    return found
