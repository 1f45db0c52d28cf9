"""What a person said of themselves, wherever they said it, as a lead with its consent evidence. Pure.

A source finds out which of its fields is the phone number and which the name (`Said`); from there on every lead is read
by the same rules.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
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

EXTERNAL_ID_AT_MOST: Final = 255
TEST_LEAD: Final = "This is a test lead, made up by the source: it is kept, and never called."

_COUNTRIES: Final = {
    "usa": "US", "united states": "US", "united states of america": "US", "america": "US", "canada": "CA",
    "uk": "GB", "united kingdom": "GB", "england": "GB", "great britain": "GB", "germany": "DE", "deutschland": "DE",
    "france": "FR", "spain": "ES", "españa": "ES", "australia": "AU", "ireland": "IE", "mexico": "MX", "méxico": "MX",
    "austria": "AT", "österreich": "AT", "switzerland": "CH", "schweiz": "CH", "india": "IN", "new zealand": "NZ",
}  # fmt: skip
_YES: Final = frozenset({"true", "on", "yes", "y", "1", "checked", "agree", "agreed", "accepted", "i agree"})
_NO: Final = frozenset({"false", "off", "no", "n", "0", "unchecked"})
# "No, please do not call me" is longer than twenty letters, too.
_SAYS_NO: Final = re.compile(r"(no|not|never|none|don['’]?t|do not|i do not|i don['’]?t|nein|nicht|non)\b")
_ZONES: Final = frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known about a lead besides what the person said. `region`: country in which numbers without country code
    are read. `seller`: on whose behalf the consent was asked. `allow_fiction`: see `read_number`. `campaign_id`,
    `source_id`: None for the installation's own form. `at`: when it reached us."""

    flow_id: str
    seller: str
    region: str | None = None
    ip: str = ""
    user_agent: str = ""
    referer: str = ""
    allow_fiction: bool = False
    campaign_id: str | None = None
    source_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """By meaning, as typed; empty where nothing was said.

    `agreed`: whether the box of consent was ticked, None if the source does not tell. `level`: what kind of consent
    this source brings, None: by `agreed` and whether words were shown. `verified_by`: how we know. `external_id`: the
    source's own name for the lead. `test`: made up by the source's test button, never called.
    """

    phone: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    country: str = ""
    zone: str = ""
    external_id: str = ""
    submitted_at: datetime | None = None
    page_url: str = ""
    agreed: bool | None = None
    level: ConsentLevel | None = None
    consent_text: str = ""
    consent_version: str = ""
    consent_at: datetime | None = None
    consent_ip: str = ""
    user_agent: str = ""
    certificate: str = ""
    sub_source: str = ""
    verified_by: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    test: bool = False


def read_lead(said: Said, arrival: Arrival, source: str, *, keep_id: bool = False) -> Arrived:
    """Never raises: what is wrong stands in `problems`. `source`: 'website', 'google'. `keep_id`: also an unusable
    lead keeps its external id. Right where a source repeats what it sent; wrong for a form, whose corrected version
    comes under the same id and must not be taken for a repetition."""
    problems: list[FieldProblem] = []
    first, last = _names(said, problems)
    email = read_email(said.email) if said.email else None
    if said.email and email is None:
        problems.append(
            FieldProblem("email", "This is not an e-mail address.", "Check it: it looks like name@example.com.")
        )
    region = _region(said.country, arrival.region, problems)
    number = read_number(said.phone, region, allow_fiction=arrival.allow_fiction)
    if isinstance(number, BadNumber):
        problems.append(FieldProblem("phone", number.problem, number.fix, fatal=True))
    evidence = _evidence(said, arrival, source, None if isinstance(number, BadNumber) else number.e164, first, last)
    if evidence.level == "none":
        problems.append(
            FieldProblem(
                "consent",
                "Without your consent we may not call you.",
                "Tick the box that says that we may call you.",
                fatal=True,
            )
        )
    zone = said.zone if said.zone in _ZONES else None
    if zone is None and not isinstance(number, BadNumber):
        zone = number.zone
    fatal = [each.problem for each in problems if each.fatal]
    lead = NewLead(
        source=source,
        first_name=first,
        last_name=last,
        phone=evidence.phone,
        phone_typed=said.phone[:80],
        external_id=None if fatal and not keep_id else said.external_id[:EXTERNAL_ID_AT_MOST] or None,
        email=email,
        form=dict(said.answers),
        flow_id=arrival.flow_id,
        zone=zone,
        unusable=TEST_LEAD if said.test else " ".join(fatal),
        campaign_id=arrival.campaign_id,
        source_id=arrival.source_id,
        test=said.test,
        submitted_at=said.submitted_at,
        webhook_at=arrival.at,
    )
    return Arrived(lead, evidence, problems=tuple(problems))


def ticked(text: str) -> bool | None:
    """Whether a tick box that was sent as `text` says yes; None if it does not say."""
    said = text.strip().lower()
    if said in _YES:
        return True
    if said in _NO or _SAYS_NO.match(said):
        return False
    # A box that carries its sentence as its value has been ticked by whoever sent it.
    return True if len(said) > 20 else None


def own_id(given: str, phone: str) -> str:
    """The external id of a lead whose sender numbers its leads as it likes: only the same id with the same phone number
    is the same lead. Some give the id of the form instead, and every lead but the first would be lost."""
    if not given:
        return ""
    digits = "".join(each for each in phone if each.isdigit())
    short = given if len(given) <= 150 else hashlib.sha256(given.encode()).hexdigest()
    return f"{short}:{hashlib.sha256(digits.encode()).hexdigest()[:12]}"


def moment(text: str) -> datetime | None:
    """A time with its zone as ISO 8601 writes it; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _names(said: Said, problems: list[FieldProblem]) -> tuple[str, str]:
    first, last = tidy(said.first_name), tidy(said.last_name)
    if not first and said.name:
        first, split_last = split_name(said.name)
        last = last or split_last
    if not first:
        problems.append(FieldProblem("name", "The name is missing.", "Enter your first name."))
    elif looks_like_no_name(f"{first} {last}"):
        problems.append(
            FieldProblem("name", "This is not a name.", "Enter your first and last name, without links or numbers.")
        )
        return "", ""
    return first, last


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


def _evidence(said: Said, arrival: Arrival, source: str, phone: str | None, first: str, last: str) -> ConsentEvidence:
    return ConsentEvidence(
        level=said.level or _level(said.agreed, said.consent_text),
        seller=arrival.seller,
        text=said.consent_text,
        source=source,
        phone=phone,
        phone_typed=said.phone[:80],
        name=f"{first} {last}".strip(),
        text_version=said.consent_version[:80],
        ticked=said.agreed,
        given_at=said.consent_at or said.submitted_at,
        given_zone=said.zone[:64],
        form_url=(said.page_url or arrival.referer)[:2000],
        certificate=said.certificate[:500],
        ip=_ip(said.consent_ip) or arrival.ip,
        user_agent=(said.user_agent or arrival.user_agent)[:500],
        sub_source=said.sub_source[:120],
        verified_by=said.verified_by,
    )


def _level(agreed: bool | None, text: str) -> ConsentLevel:
    """Written consent needs the words that were agreed to; a tick without them is a plain wish to be called."""
    if not agreed:
        return "none"
    return "written" if text else "express"


def _ip(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""
