"""A website form as a lead: the envelope of our own, or any flat form with the usual field names. Pure.

{"id": "...", "name": "Zoë Miller", "phone": "(415) 555-2671", "country": "US",
 "consent": {"call": true, "text": "I agree to be called ...", "at": "2026-11-22T14:06:29Z"},
 "answers": {"budget": "5k"}, "page_url": "https://..."}

first_name=Zoë&last_name=Miller&phone=4155552671&service=roof&consent=on&consent_text=I+agree+...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final
from zoneinfo import available_timezones

from engine.leads.arrived import Arrived
from engine.leads.fields import FieldProblem
from engine.leads.person import looks_like_no_name, read_email, split_name, tidy
from engine.leads.phone import BadNumber, known_region, read_number
from engine.store.consents import ConsentEvidence, ConsentLevel
from engine.store.leads import NewLead

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
    "certificate": ("consent.certificate", "certificate", "xxtrustedformcerturl", "trustedform_cert_url", "jornaya_id"),
    "sub_source": ("source", "utm.source", "utm_source"),
    "key": ("form_key",),
}
_COUNTRIES: Final = {
    "usa": "US", "united states": "US", "united states of america": "US", "america": "US", "canada": "CA",
    "uk": "GB", "united kingdom": "GB", "england": "GB", "great britain": "GB", "germany": "DE", "deutschland": "DE",
    "france": "FR", "spain": "ES", "españa": "ES", "australia": "AU", "ireland": "IE", "mexico": "MX", "méxico": "MX",
    "austria": "AT", "österreich": "AT", "switzerland": "CH", "schweiz": "CH", "india": "IN", "new zealand": "NZ",
}  # fmt: skip
_YES: Final = frozenset({"true", "on", "yes", "y", "1", "checked", "agree", "agreed", "accepted", "i agree"})
_NO: Final = frozenset({"false", "off", "no", "n", "0", "unchecked"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known about a form besides its fields. `region`: country in which numbers without country code are read.
    `seller`: on whose behalf the consent was asked. `allow_fiction`: see `read_number`. `campaign_id`: how the lead is
    to be treated, None for the defaults."""

    flow_id: str
    seller: str
    region: str | None = None
    ip: str = ""
    user_agent: str = ""
    referer: str = ""
    allow_fiction: bool = False
    campaign_id: str | None = None


def read_submission(fields: Mapping[str, str], arrival: Arrival) -> Arrived:
    """A lead out of `fields` (see `read_fields`). Never raises: what is wrong stands in `problems`."""
    read = _Reader(fields)
    problems: list[FieldProblem] = []
    first, last = tidy(read["first_name"]), tidy(read["last_name"])
    if not first and read["name"]:
        first, split_last = split_name(read["name"])
        last = last or split_last
    if not first:
        problems.append(FieldProblem("name", "The name is missing.", "Enter your first name."))
    elif looks_like_no_name(f"{first} {last}"):
        problems.append(
            FieldProblem("name", "This is not a name.", "Enter your first and last name, without links or numbers.")
        )
        first, last = "", ""
    email = read_email(read["email"]) if read["email"] else None
    if read["email"] and email is None:
        problems.append(
            FieldProblem("email", "This is not an e-mail address.", "Check it: it looks like name@example.com.")
        )
    region = _region(read["country"], arrival.region, problems)
    number = read_number(read["phone"], region, allow_fiction=arrival.allow_fiction)
    if isinstance(number, BadNumber):
        problems.append(FieldProblem("phone", number.problem, number.fix, fatal=True))
    evidence = _evidence(read, arrival, None if isinstance(number, BadNumber) else number.e164, f"{first} {last}")
    if evidence.level == "none":
        problems.append(
            FieldProblem(
                "consent",
                "Without your consent we may not call you.",
                "Tick the box that says that we may call you.",
                fatal=True,
            )
        )
    zone = read["zone"] if read["zone"] in available_timezones() else None
    if zone is None and not isinstance(number, BadNumber):
        zone = number.zone
    fatal = [each.problem for each in problems if each.fatal]
    client_id = read["id"][:255] or None
    lead = NewLead(
        source=SOURCE,
        first_name=first,
        last_name=last,
        phone=evidence.phone,
        phone_typed=read["phone"][:80],
        # A form that must be corrected comes again under the same id: it must not be taken for a repetition.
        external_id=None if fatal else client_id,
        email=email,
        form=read.answers(),
        flow_id=arrival.flow_id,
        campaign_id=arrival.campaign_id,
        zone=zone,
        unusable=" ".join(fatal),
    )
    return Arrived(lead, evidence, problems=tuple(problems))


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
        return {
            original.removeprefix("answers.")[:120]: value
            for name, (original, value) in self._fields.items()
            if name not in self._used and not name.startswith("consent.")
        }


def _region(country: str, default: str | None, problems: list[FieldProblem]) -> str | None:
    code = _COUNTRIES.get(country.strip().lower(), country.strip().upper())
    if not code:
        return default
    if known_region(code):
        return code
    problems.append(
        FieldProblem("country", f"The country '{country[:40]}' is not known.", "Use its two letters, such as US or GB.")
    )
    return default


def _evidence(read: _Reader, arrival: Arrival, phone: str | None, name: str) -> ConsentEvidence:
    said = read["consent"].lower()
    text = read["consent_text"]
    # A checkbox that carries its sentence as its value has been ticked by whoever sent it.
    ticked = True if said in _YES or len(said) > 20 else False if said in _NO else None
    if len(said) > 20 and not text:
        text = read["consent"]
    return ConsentEvidence(
        level=_level(ticked, text),
        seller=arrival.seller,
        text=text,
        source=SOURCE,
        phone=phone,
        phone_typed=read["phone"][:80],
        name=name.strip(),
        text_version=read["consent_version"][:80],
        ticked=ticked,
        given_at=_moment(read["consent_at"]) or _moment(read["submitted_at"]),
        given_zone=read["zone"][:64],
        form_url=(read["page_url"] or arrival.referer)[:2000],
        certificate=read["certificate"][:500],
        ip=_ip(read["consent_ip"]) or arrival.ip,
        user_agent=arrival.user_agent[:500],
        sub_source=read["sub_source"][:120],
        verified_by="as sent by the form",
    )


def _level(ticked: bool | None, text: str) -> ConsentLevel:
    """Written consent needs the words that were agreed to; a tick without them is a plain wish to be called."""
    if not ticked:
        return "none"
    return "written" if text else "express"


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _ip(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""
