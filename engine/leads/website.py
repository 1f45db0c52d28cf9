"""A website form as a lead: the envelope of our own, or any flat form with the usual field names. Pure.

{"id": "...", "name": "Zoë Miller", "phone": "(415) 555-2671", "country": "US",
 "consent": {"call": true, "text": "I agree to be called ...", "at": "2026-11-22T14:06:29Z"},
 "answers": {"budget": "5k"}, "page_url": "https://..."}

first_name=Zoë&last_name=Miller&phone=4155552671&service=roof&consent=on&consent_text=I+agree+...
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.leads.arrived import Arrived
from engine.leads.reading import Arrival, Said, moment, read_lead, ticked

SOURCE: Final = "website"

# The field names that websites use, by what they mean; the first that is filled in counts.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "lead_id", "submission_id"),
    "name": ("name", "full_name", "fullname", "your_name"),
    "first_name": ("first_name", "firstname", "fname", "given_name"),
    "last_name": ("last_name", "lastname", "lname", "family_name", "surname"),
    "email": ("email", "e-mail", "e_mail", "email_address", "mail"),
    "phone": ("phone", "phone_number", "telephone", "tel", "mobile", "cell", "contact_number"),
    "country": ("country", "country_code"),
    "zone": ("time_zone", "timezone", "tz"),
    "flow": ("flow", "flow_id"),
    "submitted_at": ("submitted_at",),
    "page_url": ("page_url", "url", "form_url"),
    "consent": ("consent.call", "consent", "consent_call", "agree", "opt_in", "tcpa_consent"),
    "consent_text": ("consent.text", "consent_text", "tcpa_text"),
    "consent_version": ("consent.version", "consent_version"),
    "consent_at": ("consent.at", "consent_at"),
    "consent_ip": ("consent.ip", "consent_ip", "ip", "ip_address"),
    "user_agent": ("consent.user_agent", "user_agent"),
    "certificate": ("consent.certificate", "certificate", "xxtrustedformcerturl", "trustedform_cert_url", "jornaya_id"),
    "sub_source": ("source", "utm.source", "utm_source"),
    "key": ("form_key",),
}


# Where the person is, by the names under which the rest of the house looks for it (see `engine.compliance.places`).
_PLACE: Final[Mapping[str, tuple[str, ...]]] = {
    "zip": ("zip", "zip_code", "zipcode", "postal_code", "postcode", "post_code"),
    "state": ("state", "province", "region"),
    "city": ("city", "town"),
}


def read_submission(fields: Mapping[str, str], arrival: Arrival) -> Arrived:
    """A lead out of `fields` (see `read_fields`). Never raises: what is wrong stands in `problems`."""
    return read_lead(said_in(fields), arrival, SOURCE)


def said_in(fields: Mapping[str, str]) -> Said:
    """What the fields of a form mean, by their names; those that have no meaning of their own are answers."""
    read = _Reader(fields)
    text = read["consent_text"]
    if len(read["consent"]) > 20 and not text:
        text = read["consent"]
    return Said(
        phone=read["phone"],
        name=read["name"],
        first_name=read["first_name"],
        last_name=read["last_name"],
        email=read["email"],
        country=read["country"],
        zone=read["zone"],
        external_id=read["id"],
        submitted_at=moment(read["submitted_at"]),
        page_url=read["page_url"],
        agreed=ticked(read["consent"]),
        consent_text=text,
        consent_version=read["consent_version"],
        consent_at=moment(read["consent_at"]),
        consent_ip=read["consent_ip"],
        user_agent=read["user_agent"],
        certificate=read["certificate"],
        sub_source=read["sub_source"],
        verified_by="as sent by the form",
        answers=read.answers(),
    )


def flow_named(fields: Mapping[str, str]) -> str:
    """Which flow the form asks for; empty if it does not say."""
    return _Reader(fields)["flow"]


def key_given(fields: Mapping[str, str]) -> str:
    """The form key, for forms that send it as a hidden field."""
    return _Reader(fields)["key"]


class _Reader:
    """Fields by meaning, whatever the website calls them; the rest are the lead's answers."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = {name.lower().replace(" ", "_"): (name, value) for name, value in fields.items()}
        self._used = {name for names in _NAMES.values() for name in names}

    def __getitem__(self, meaning: str) -> str:
        return next((self._fields[name][1] for name in _NAMES[meaning] if name in self._fields), "")

    def answers(self) -> dict[str, str]:
        """By the form's own names; those under `answers.` without it."""
        found = {
            original.removeprefix("answers.")[:120]: value
            for name, (original, value) in self._fields.items()
            if name not in self._used and not name.startswith("consent.")
        }
        return with_place(found)


def with_place(answers: Mapping[str, str]) -> dict[str, str]:
    """Also by the house's names for ZIP code, state and city, where the form has others."""
    by_name = {name.lower().replace(" ", "_"): value for name, value in answers.items()}
    found = dict(answers)
    for name, others in _PLACE.items():
        if name not in by_name and (value := next((by_name[each] for each in others if each in by_name), "")):
            found[name] = value
    return found
