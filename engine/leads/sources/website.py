"""Forms on websites: posted by the browser itself, by a script, or by the website's own server. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal, get_args

from pydantic import Field

from engine.leads.arrived import Arrived
from engine.leads.reading import Arrival, Said, own_id, read_lead
from engine.leads.sources.addresses import on_this_machine, origin_fits, read_origin, read_page
from engine.leads.sources.connection_kinds import SECRET
from engine.leads.sources.consent import ConsentSettings, consent_issues, with_words
from engine.leads.sources.settings import COUNTRY_HELP, SourceIssue, connection_issues, country_issues, settings_of
from engine.leads.website import SOURCE, said_in, with_place
from engine.sdk import Json, marks

ROBOT: Final = (
    "A robot has filled in this form, or a browser by itself: the field that people do not see was filled in."
)
HONEYPOT: Final = "company_fax"

Meaning = Literal[
    "phone", "name", "first_name", "last_name", "email", "country", "zone", "id", "consent", "consent_text", "page_url"
]
Sender = Literal["browser", "server", "signed"]
"""`server`: it does not look like a browser, but has proved nothing either."""

_VERIFIED: Final[Mapping[Sender, str]] = {
    "browser": "sent by the visitor's browser",
    "server": "as sent by the form",
    "signed": "signed by the website's server",
}
_FIELD_OF: Final[Mapping[Meaning, str]] = {"zone": "time_zone"}


class WebsiteSettings(ConsentSettings):
    """`fields`: what the form calls a field, by what it means; needed where `engine.leads.website` does not know the
    name. `answers`: what an answer is to be called, by the form's name for it. `honeypot`: a field that people do not
    see; empty: none. Limits of 0 are none."""

    allowed_origins: tuple[str, ...] = Field(
        (),
        title="Websites that may send",
        description="Such as https://www.example.com; https://*.example.com for all below. None: any website.",
    )
    thank_you_url: str = Field(
        "",
        title="Page that says thank you",
        description="Where the visitor goes after sending. Empty: they stay, and are told what happens next.",
        json_schema_extra=marks(format="url"),
    )
    country: str = Field("", title="Country", description=COUNTRY_HELP)
    fields: dict[Meaning, str] = Field(
        default_factory=dict,
        title="What the form calls its fields",
        description="Only for names that Leadline does not know by itself: phone is called your-tel.",
        json_schema_extra=marks(advanced=True),
    )
    answers: dict[str, str] = Field(
        default_factory=dict,
        title="What answers are to be called",
        description="By the form's own names: q17 is to be service.",
        json_schema_extra=marks(advanced=True),
    )
    signature_connection: str = Field(
        "",
        title="Secret of the website's server",
        description="Then only what is signed with it is taken (Standard Webhooks), and no browser can send by itself.",
        json_schema_extra=marks(refers=f"connection:{SECRET}", advanced=True),
    )
    honeypot: str = Field(
        HONEYPOT,
        title="Field that people do not see",
        description="Robots fill it in: such forms are kept, but nobody is called. Empty: there is none.",
        json_schema_extra=marks(advanced=True),
    )
    per_ip_per_minute: int = Field(
        60,
        ge=0,
        le=100_000,
        title="Forms a minute from one visitor",
        description="0: no limit.",
        json_schema_extra=marks(advanced=True),
    )
    per_minute: int = Field(
        0,
        ge=0,
        le=1_000_000,
        title="Forms a minute altogether",
        description="0: no limit.",
        json_schema_extra=marks(advanced=True),
    )

    def lets_in(self, origin: str, own: Sequence[str]) -> bool:
        """Whether a page of `origin` may send. `own`: origins of this Leadline, whose sample page always may."""
        return not self.allowed_origins or origin in own or origin_fits(origin, map(read_origin, self.allowed_origins))


def check(document: Json, known: Mapping[str, str]) -> Sequence[SourceIssue]:
    """See `kinds.check_source`."""
    settings = settings_of(WebsiteSettings, document)
    if isinstance(settings, tuple):
        return settings
    return [
        *consent_issues(settings, sent_along=True),
        *connection_issues(settings, {"signature_connection": SECRET}, known),
        *_issues(settings),
    ]


def read(
    fields: Mapping[str, str], settings: WebsiteSettings, arrival: Arrival, sender: Sender, id: str = ""
) -> Arrived:
    """`fields`: see `read_fields`. `id`: the sender's own name for the message, for forms that send none. Never raises:
    what is wrong stands in `problems`."""
    robot = bool(settings.honeypot) and bool(fields.get(settings.honeypot))
    said = with_words(replace(_renamed(fields, settings), verified_by=_VERIFIED[sender]), settings)
    if sender == "browser":
        # What a browser says of its own address does not count: we see it.
        said = replace(said, consent_ip="", user_agent="")
    if sender == "signed":
        # The address and the program of the website's server say nothing of the person.
        arrival = replace(arrival, ip="", user_agent="", referer="")
    if settings.country:
        arrival = replace(arrival, region=settings.country.upper())
    said = replace(said, external_id=own_id(said.external_id or id, said.phone))
    arrived = read_lead(said, arrival, SOURCE)
    if robot:
        arrived = replace(arrived, lead=replace(arrived.lead, unusable=ROBOT, external_id=None), problems=())
    return arrived


def is_robot(arrived: Arrived) -> bool:
    return arrived.lead.unusable == ROBOT


def _renamed(fields: Mapping[str, str], settings: WebsiteSettings) -> Said:
    """With the form's own names for what has a meaning, and for answers."""
    theirs = {name: meaning for meaning, name in settings.fields.items()}
    known = {}
    for name, value in fields.items():
        meaning = theirs.get(name)
        known[_FIELD_OF.get(meaning, meaning) if meaning else name] = value
    said = said_in(known)
    answers = {settings.answers.get(name, name): value for name, value in said.answers.items()}
    return replace(said, answers=with_place(answers))


def _issues(settings: WebsiteSettings) -> Iterator[SourceIssue]:
    for place, origin in enumerate(settings.allowed_origins):
        field = f"allowed_origins.{place}"
        try:
            read = read_origin(origin)
        except ValueError as problem:
            yield SourceIssue("error", field, f"'{origin}' is no website.", str(problem))
            continue
        if read.startswith("http://") and not on_this_machine(read):
            yield SourceIssue(
                "warning",
                field,
                f"Whatever people type at {read} can be read on its way.",
                "Have the website served by https.",
            )
    if not settings.allowed_origins and not settings.signature_connection:
        yield SourceIssue(
            "warning",
            "allowed_origins",
            "Any website may send leads to this source.",
            "Enter the websites that the form is on, such as https://www.example.com.",
        )
    yield from country_issues(settings.country)
    if settings.thank_you_url:
        try:
            read_page(settings.thank_you_url)
        except ValueError as problem:
            yield SourceIssue("error", "thank_you_url", "Nobody can be sent to this address.", str(problem))
    if settings.honeypot in (*settings.fields.values(), *settings.answers, *get_args(Meaning)):
        yield SourceIssue(
            "error",
            "honeypot",
            f"The hidden field '{settings.honeypot}' is one that people fill in, too.",
            f"Use a name that the form has for nothing else, such as {HONEYPOT}.",
        )
