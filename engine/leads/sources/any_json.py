"""Whatever a connector, a form builder or another program sends: JSON or a form, read by a mapping. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import Field

from engine.leads.arrived import Arrived
from engine.leads.fields import FormUnreadable, read_fields
from engine.leads.reading import Arrival, Said, own_id, read_lead
from engine.leads.sources.connection_kinds import SECRET
from engine.leads.sources.consent import ConsentSettings, SignedOff, consent_issues, with_words
from engine.leads.sources.mapping import Found, GivenRule, OurField, leaves, read_all, read_moment
from engine.leads.sources.paths import PathUnclear, find, parse, read_json
from engine.leads.sources.settings import COUNTRY_HELP, SourceIssue, connection_issues, country_issues, settings_of
from engine.leads.sources.signatures import Scheme
from engine.leads.website import with_place
from engine.sdk import Json, marks

SOURCE: Final = "json"
LEADS_AT_ONCE: Final = 100


class JsonSettings(ConsentSettings):
    """`mapping`: where each of our fields stands; `answers`: where the answers do, by the names they are to have.
    `leads_at`: path of the list of leads, for services that send several at once. `signed`: who vouches for a consent
    that the mapping itself says (a constant)."""

    mapping: dict[OurField, GivenRule] = Field(
        default_factory=dict,
        title="Where our fields stand",
        description="A path for each, such as data.fields[label=Phone].value.",
    )
    answers: dict[str, GivenRule] = Field(
        default_factory=dict,
        title="Where the answers stand",
        description="A path for each, by the name that the answer is to have.",
    )
    leads_at: str = Field(
        "",
        title="Where the leads stand, if several come at once",
        description="A path such as leads[*]. Empty: what is sent is one lead.",
        json_schema_extra=marks(advanced=True),
    )
    country: str = Field("", title="Country", description=COUNTRY_HELP)
    signed: SignedOff | None = Field(
        None,
        title="Who vouches for the consent",
        description="Only where the mapping says yes for everybody. Name and day, such as 2026-11-30.",
        json_schema_extra=marks(advanced=True),
    )
    signature_connection: str = Field(
        "",
        title="Secret for signatures",
        description="Then only what is signed with it is taken.",
        json_schema_extra=marks(refers=f"connection:{SECRET}"),
    )
    signature: Scheme | None = Field(
        None,
        title="How the service signs",
        description="Empty: as Standard Webhooks says.",
        json_schema_extra=marks(advanced=True),
    )
    token_connection: str = Field(
        "",
        title="Token in a header",
        description="Then only what brings this token is taken.",
        json_schema_extra=marks(refers=f"connection:{SECRET}"),
    )
    token_header: str = Field(
        "Authorization",
        pattern=r"^[A-Za-z0-9-]{1,100}$",
        title="Header with the token",
        json_schema_extra=marks(advanced=True),
    )


class TooMany(ValueError):
    """More leads at once than are taken. The message says how many are."""


@dataclass(frozen=True, slots=True)
class Read:
    """One lead of a payload. `part`: what was sent of it. `found`, `answers`: what the mapping found."""

    arrived: Arrived
    part: Json
    found: Mapping[str, Found]
    answers: Mapping[str, Found]


def open_body(content_type: str, body: bytes) -> Json:
    """The document in a body: JSON, or a form as nested fields. Raises `FormUnreadable`."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return _nested(read_fields(content_type, body))
    # Some connectors name no type, or the wrong one.
    try:
        return read_json(body)
    except ValueError:
        raise FormUnreadable("The body is not JSON.", "Send JSON, or a form.") from None


def read(document: Json, settings: JsonSettings, arrival: Arrival, id: str = "", verified: str = "") -> list[Read]:
    """The leads in a document. `id`: the sender's own name for the message, for mappings that find none. `verified`:
    how the sender has proved itself. Where nothing stands at `leads_at`, one unusable lead. Raises `TooMany`."""
    if not settings.leads_at:
        return [_one(document, settings, arrival, id, verified)]
    try:
        each = find(document, parse(settings.leads_at))
    except PathUnclear:
        each = []
    if len(each) == 1 and isinstance(each[0], list):
        each = each[0]  # the path named the list and not its entries
    if len(each) > LEADS_AT_ONCE:
        raise TooMany(f"At most {LEADS_AT_ONCE} leads are taken at once.")
    # An id of the message is no id of each of its leads.
    only = id if len(each) <= 1 else ""
    return [_one(lead, settings, arrival, only, verified) for lead in each or [document]]


def check(document: Json, known: Mapping[str, str]) -> Sequence[SourceIssue]:
    """See `kinds.check_source`."""
    settings = settings_of(JsonSettings, document)
    if isinstance(settings, tuple):
        return settings
    wanted = {"signature_connection": SECRET, "token_connection": SECRET}
    return [*_mapping_issues(settings), *connection_issues(settings, wanted, known), *_consent_issues(settings)]


def _one(document: Json, settings: JsonSettings, arrival: Arrival, id: str, verified: str) -> Read:
    found = read_all({str(name): rule for name, rule in settings.mapping.items()}, document)
    answers = read_all(settings.answers, document)

    def text(field: OurField) -> str:
        return found[field].text if field in found else ""

    answered = {name: each.text for name, each in answers.items()}
    # Nobody will find out by an empty lead what was sent.
    shown = with_place(answered) if text("phone") else {**leaves(document), **answered}
    said = Said(
        phone=text("phone"),
        name=text("name"),
        first_name=text("first_name"),
        last_name=text("last_name"),
        email=text("email"),
        country=text("country"),
        zone=text("zone"),
        external_id=own_id(text("id") or id, text("phone")),
        submitted_at=read_moment(text("submitted_at")),
        page_url=text("page_url"),
        agreed=_agreed(settings, found.get("consent")),
        consent_text=text("consent_text"),
        consent_version=text("consent_version"),
        consent_at=read_moment(text("consent_at")),
        consent_ip=text("consent_ip"),
        user_agent=text("user_agent"),
        certificate=text("certificate"),
        sub_source=text("sub_source"),
        verified_by=_verified(settings, found.get("consent"), verified),
        answers=shown,
        test=bool("test" in found and settings.mapping["test"].says_yes(text("test"))),
    )
    # The address and the program of the service say nothing of the person.
    arrival = replace(arrival, region=settings.country.upper() or arrival.region, ip="", user_agent="", referer="")
    return Read(read_lead(with_words(said, settings), arrival, SOURCE, keep_id=True), document, found, answers)


def _agreed(settings: JsonSettings, found: Found | None) -> bool | None:
    if found is None:
        return None
    agreed = settings.mapping["consent"].says_yes(found.text)
    return agreed if not found.constant or settings.signed is not None else None


def _verified(settings: JsonSettings, consent: Found | None, verified: str) -> str:
    if consent is not None and consent.constant and settings.signed is not None:
        return f"{verified or 'as sent by the service'}; approved by {settings.signed.by} on {settings.signed.on}"
    return verified or "as sent by the service"


def _nested(fields: Mapping[str, str]) -> Json:
    """Dotted names as objects; a name that is both a field and the beginning of others keeps its dots."""
    nested: dict[str, Json] = {}
    for name, value in fields.items():
        place = nested
        *above, last = name.split(".")
        for part in above:
            below = place.setdefault(part, {})
            if not isinstance(below, dict):
                break
            place = below
        else:
            if last not in place:
                place[last] = value
                continue
        nested[name] = value
    return nested


def _mapping_issues(settings: JsonSettings) -> Iterator[SourceIssue]:
    if "phone" not in settings.mapping:
        yield SourceIssue(
            "error",
            "mapping.phone",
            "Where the phone number stands is not said.",
            "Paste an example of what the service sends, and choose the phone number in it.",
        )
    for part, rules in (("mapping", settings.mapping), ("answers", settings.answers)):
        for name, rule in rules.items():
            for problem in rule.problems():
                yield SourceIssue(
                    "error", f"{part}.{name}", f"'{name}' cannot be found. {problem}", "Correct the path."
                )
    if settings.leads_at:
        try:
            parse(settings.leads_at)
        except PathUnclear as unclear:
            yield SourceIssue("error", "leads_at", str(unclear), "Correct the path, or leave it out.")
    if settings.mapping and not {"name", "first_name"} & settings.mapping.keys():
        yield SourceIssue(
            "warning",
            "mapping.name",
            "Where the name stands is not said.",
            "Choose it in the example: the call begins with it.",
        )
    yield from country_issues(settings.country)
    if settings.signature is not None and not settings.signature_connection:
        yield SourceIssue(
            "error",
            "signature_connection",
            "How the service signs is said, but not with which secret.",
            "Choose or make a connection with the service's signing secret.",
        )


def _consent_issues(settings: JsonSettings) -> Iterator[SourceIssue]:
    rule = settings.mapping.get("consent")
    if rule is not None and rule.constant.strip() and settings.signed is None:
        yield SourceIssue(
            "error",
            "signed",
            "The mapping says yes for everybody: that they all agreed must be vouched for by somebody.",
            "Enter who approved it and when, or choose in the example what tells the consent.",
        )
    if rule is None and settings.consent_by == "checkbox":
        yield SourceIssue(
            "warning",
            "mapping.consent",
            "Where the consent stands is not said: nobody could be called.",
            "Choose it in the example, or say that who sends the form agrees.",
        )
    if "consent_text" not in settings.mapping:
        yield from consent_issues(settings, sent_along=False)
