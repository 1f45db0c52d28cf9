"""A lead form of Google Ads: one JSON document a lead, with the shared key inside it. Pure.

{"lead_id": "TeSter-123", "form_id": 40000000000, "google_key": "...", "is_test": true, "gcl_id": "abc",
 "lead_submit_time": "2026-11-22T14:06:30Z",
 "user_column_data": [{"column_id": "PHONE_NUMBER", "column_name": "User Phone", "string_value": "+16505550123"}]}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from pydantic import Field

from engine.leads.arrived import Arrived
from engine.leads.fields import MAX_FIELDS, MAX_VALUE, clean
from engine.leads.reading import Arrival, Said, moment, read_lead, ticked
from engine.leads.sources.connection_kinds import GOOGLE_KEY
from engine.leads.sources.consent import SignedOff, voice_issues
from engine.leads.sources.settings import (
    COUNTRY_HELP,
    SourceIssue,
    SourceSettings,
    connection_issues,
    country_issues,
    settings_of,
)
from engine.sdk import Json, marks
from engine.store.consents import ConsentLevel

SOURCE: Final = "google"
KEY: Final = "google_key"

# Google's own columns, by what they mean; of two numbers the first one that is filled in counts.
_MEANINGS: Final[Mapping[str, str]] = {
    "FULL_NAME": "name", "FIRST_NAME": "first_name", "LAST_NAME": "last_name", "EMAIL": "email",
    "WORK_EMAIL": "email", "PHONE_NUMBER": "phone", "WORK_PHONE": "phone", "COUNTRY": "country",
    "POSTAL_CODE": "zip", "STREET_ADDRESS": "address", "CITY": "city", "REGION": "state",
    "COMPANY_NAME": "company", "JOB_TITLE": "job_title",
}  # fmt: skip
_PERSON: Final = frozenset({"name", "first_name", "last_name", "email", "phone", "country", "zone"})
_IDS: Final = (
    "form_id", "campaign_id", "adgroup_id", "creative_id", "asset_group_id", "gcl_id", "lead_stage", "api_version",
)  # fmt: skip

Level = Literal["written", "express", "inquiry"]


class GoogleSettings(SourceSettings):
    """`columns`: what questions of the form mean, by column id: phone, name, ..., zip, or the name the answer is to
    have. `consent_question`: column id of the question whether the person may be called; only a yes is consent to
    `consent_text`. Without such a question every lead has `consent_level`, which `signed` must vouch for if it is more
    than an inquiry."""

    key_connection: str = Field(
        "",
        title="Key of the lead form",
        description="The key that you entered in Google Ads beside this address.",
        json_schema_extra=marks(refers=f"connection:{GOOGLE_KEY}"),
    )
    consent_question: str = Field(
        "",
        max_length=200,
        title="Question that asks for consent",
        description="Its column id, as it stands in a lead that came in. Only who answers yes may be called.",
    )
    consent_text: str = Field(
        "",
        max_length=5000,
        title="Words of consent",
        description="The question or the form's text, exactly as people see it.",
        json_schema_extra=marks(format="long_text"),
    )
    consent_version: str = Field(
        "",
        max_length=80,
        title="Version of these words",
        description="Anything by which you tell them apart, such as 3.",
    )
    consent_level: Level = Field(
        "inquiry",
        title="Without such a question",
        description="What a lead of this form has agreed to. More than an inquiry needs somebody who vouches for it.",
        json_schema_extra=marks(
            labels={
                "inquiry": "They have asked, and no more",
                "express": "They want to be called",
                "written": "They have agreed in writing to calls, also with an artificial voice",
            }
        ),
    )
    signed: SignedOff | None = Field(None, title="Who vouches for it", description="Name and day, such as 2026-11-30.")
    country: str = Field("", title="Country", description=COUNTRY_HELP)
    columns: dict[str, str] = Field(
        default_factory=dict,
        title="What questions mean",
        description="By column id: phone, name, zip or the name that the answer is to have.",
        json_schema_extra=marks(advanced=True),
    )


class GoogleUnreadable(ValueError):
    """It is no lead of Google's. The message is for whoever looks at Google's test."""


@dataclass(frozen=True, slots=True)
class GoogleLead:
    """What was posted. `key`: the secret that was in it. `document`: all of it but that secret."""

    key: str = field(repr=False)
    document: Mapping[str, Json]

    @property
    def payload(self) -> bytes:
        """What may be kept."""
        return json.dumps(self.document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def parse(body: bytes) -> GoogleLead:
    """Raises `GoogleUnreadable`."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise GoogleUnreadable("This is not JSON.") from None
    if not isinstance(document, dict):
        raise GoogleUnreadable("This is no lead: a JSON object is expected.")
    key = document.pop(KEY, "")
    return GoogleLead(key if isinstance(key, str) else "", document)


def read(lead: GoogleLead, settings: GoogleSettings, arrival: Arrival) -> Arrived:
    """Never raises: what keeps the lead from being called stands in `lead.unusable`."""
    document = lead.document
    person, answers, by_column = _columns(document.get("user_column_data"), settings)
    ids = {name: id_text(document.get(name)) for name in _IDS}
    answers |= {f"google_{name}": value for name, value in ids.items() if value}
    agreed, level, verified = _consent(by_column, settings)
    said = replace(
        person,
        external_id=id_text(document.get("lead_id")),
        submitted_at=moment(id_text(document.get("lead_submit_time"))),
        agreed=agreed,
        level=level,
        consent_text=settings.consent_text,
        consent_version=settings.consent_version if settings.consent_text else "",
        sub_source=f"form {ids['form_id']}" if ids["form_id"] else "",
        verified_by=verified,
        answers=answers,
        test=document.get("is_test") is True,
    )
    # Google's server sends it: its address says nothing of the person.
    arrival = replace(arrival, region=settings.country.upper() or arrival.region, ip="", user_agent="", referer="")
    return read_lead(said, arrival, SOURCE, keep_id=True)


def check(document: Json, known: Mapping[str, str]) -> Sequence[SourceIssue]:
    """See `kinds.check_source`."""
    settings = settings_of(GoogleSettings, document)
    if isinstance(settings, tuple):
        return settings
    return [*connection_issues(settings, {"key_connection": GOOGLE_KEY}, known), *_issues(settings)]


def id_text(value: Json | None) -> str:
    """Ids have 64 bits and come as numbers or as texts; kept as texts they lose nothing."""
    match value:
        case bool() | None:
            return ""
        case str():
            return clean(value).strip()[:MAX_VALUE]
        case int() | float():
            return str(value)
        case _:
            return ""


def _columns(data: Json | None, settings: GoogleSettings) -> tuple[Said, dict[str, str], dict[str, str]]:
    """What the person is, their answers, and all answers by column id."""
    person: dict[str, str] = {}
    answers: dict[str, str] = {}
    by_column: dict[str, str] = {}
    own = {name.upper(): meaning for name, meaning in settings.columns.items()}
    for column, value in _answered(data):
        by_column[column.upper()] = value
        meaning = own.get(column.upper()) or _MEANINGS.get(column.upper(), column)
        place = person if meaning in _PERSON else answers
        if place is answers and meaning in answers:
            answers[meaning] = f"{answers[meaning]}, {value}"[:MAX_VALUE]
        else:
            place.setdefault(meaning, value)
    said = Said(
        phone=person.get("phone", ""),
        name=person.get("name", ""),
        first_name=person.get("first_name", ""),
        last_name=person.get("last_name", ""),
        email=person.get("email", ""),
        country=person.get("country", ""),
        zone=person.get("zone", ""),
    )
    return said, answers, by_column


def _answered(data: Json | None) -> Iterator[tuple[str, str]]:
    for entry in data[:MAX_FIELDS] if isinstance(data, list) else ():
        if not isinstance(entry, Mapping):
            continue
        column = id_text(entry.get("column_id")) or id_text(entry.get("column_name"))
        value = id_text(entry.get("string_value"))
        if column and value:
            yield column[:120], value


def _consent(by_column: Mapping[str, str], settings: GoogleSettings) -> tuple[bool | None, ConsentLevel | None, str]:
    """Whether the person agreed, what that comes to (None: see `read_lead`), and how we know."""
    if settings.consent_question:
        agreed = bool(ticked(by_column.get(settings.consent_question.upper(), "")))
        return agreed, None, "answered in Google's lead form"
    if settings.consent_level == "inquiry" or settings.signed is None:
        return None, "inquiry", "sent Google's lead form"
    signed = settings.signed
    return None, settings.consent_level, f"sent Google's lead form; approved by {signed.by} on {signed.on}"


def _issues(settings: GoogleSettings) -> Iterator[SourceIssue]:
    if not settings.key_connection:
        yield SourceIssue(
            "error",
            "key_connection",
            "Nobody knows which key Google sends.",
            "Choose or make a connection with the key that you entered in Google Ads.",
        )
    yield from country_issues(settings.country)
    if settings.consent_question and not settings.consent_text.strip():
        yield SourceIssue(
            "error",
            "consent_text",
            "The form asks for consent, but to what is not said.",
            "Enter the question as it stands in the form, word for word.",
        )
    if settings.consent_question:
        if settings.consent_text.strip():
            yield from voice_issues(settings.consent_text)
    elif settings.consent_level != "inquiry" and settings.signed is None:
        yield SourceIssue(
            "error",
            "signed",
            "That every lead of this form has agreed to be called must be vouched for by somebody.",
            "Enter who approved it and when, or ask the question in the form.",
        )
    elif settings.consent_level == "inquiry":
        yield SourceIssue(
            "warning",
            "consent_question",
            "Leads of this form have only made an inquiry. Campaigns that ask for written consent call none of them.",
            "Add a question to the form that asks for consent, and enter its column id here.",
        )
