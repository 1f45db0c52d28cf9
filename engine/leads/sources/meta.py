"""A lead of Meta Lead Ads: first its ids alone, then, once they were fetched, the person's answers. Pure.

{"id": "444", "created_time": "2026-11-22T14:06:30+0000", "form_id": "999",
 "field_data": [{"name": "full_name", "values": ["Zoë Miller"]}, {"name": "phone_number", "values": ["+14155552671"]},
                {"name": "what_is_your_budget?", "values": ["5k-10k"]}],
 "custom_disclaimer_responses": [{"checkbox_key": "consent", "is_checked": "1"}]}
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from pydantic import Field

from engine.leads.arrived import Arrived
from engine.leads.fields import MAX_FIELDS, MAX_VALUE
from engine.leads.reading import Arrival, Said, read_lead, ticked
from engine.leads.sources.meta_event import LeadgenEvent, read_id, read_moment
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
from engine.store.leads import NewLead

SOURCE: Final = "meta"
CONNECTION: Final = "meta"
"""Kind of its connections."""
IGNORED: Final = "ignore"
JSON: Final = "application/json"
TEST_WORDS: Final = "<test lead: dummy data for"

Meaning = Literal["name", "first_name", "last_name", "phone", "email", "country", "zone"]
_PERSON: Final[frozenset[str]] = frozenset({"name", "first_name", "last_name", "phone", "email", "country", "zone"})

# Meta's own questions, by what they mean. Where somebody gave two numbers, the first one that is filled in counts.
_STANDARD: Final[Mapping[str, str]] = {
    "full_name": "name", "first_name": "first_name", "last_name": "last_name", "phone_number": "phone",
    "work_phone_number": "phone", "email": "email", "work_email": "email", "country": "country",
    "zip_code": "zip", "post_code": "zip", "state": "state", "province": "state", "city": "city",
    "street_address": "address",
}  # fmt: skip


class FormSettings(SourceSettings):
    """What is different for one form. `fields`: question to meaning, before those of the source."""

    name: str = Field("", description="What staff call this form.")
    fields: dict[str, str] = Field(
        default_factory=dict,
        description="What its questions mean: name, first_name, last_name, phone, email, country, zone, zip, state, "
        "city, ignore, or the name that the answer is to have. Questions as Meta names them; capitals do not matter.",
    )
    consent_text: str = Field("", description="The words of consent in this form, exactly as people see them.")
    consent_version: str = ""
    checkbox: str = Field("", description="Key of the tick box of consent, if the form has several boxes.")


class MetaSettings(SourceSettings):
    """`connection`: of the kind `meta`; it holds the app's secret and the page's token. One app posts for all of its
    pages to one address: `more_pages` names connections for others of them."""

    connection: str = Field(
        "",
        title="Page at Meta",
        description="The connection that holds the app's secret and the page's token.",
        json_schema_extra=marks(refers=f"connection:{CONNECTION}"),
    )
    more_pages: tuple[str, ...] = Field(
        (),
        title="More pages of the same app",
        description="One app sends the leads of all its pages to one address.",
        json_schema_extra=marks(refers=f"connection:{CONNECTION}", advanced=True),
    )
    country: str = Field("", title="Country", description=COUNTRY_HELP)
    consent_by: Literal["checkbox", "sending"] = Field(
        "checkbox",
        title="How people agree",
        json_schema_extra=marks(
            labels={
                "checkbox": "They tick a box in the form",
                "sending": "They send the form: the words stand right above its button",
            }
        ),
    )
    consent_text: str = Field(
        "",
        title="Words of consent",
        description="Exactly as people see them in the form. Kept with each lead.",
        json_schema_extra=marks(format="long_text"),
    )
    consent_version: str = Field(
        "", title="Version of these words", description="Anything by which you tell them apart, such as 3."
    )
    checkbox: str = Field(
        "",
        title="Key of the tick box",
        description="Only if a form has several boxes: the one that asks for consent to be called.",
        json_schema_extra=marks(advanced=True),
    )
    fields: dict[str, str] = Field(
        default_factory=dict,
        title="What questions mean",
        description="The question as Meta names it, and what it stands for: name, first_name, last_name, phone, email, "
        "country, zone, zip, state, city, ignore, or the name that the answer is to have. Meta's own questions are "
        "known.",
    )
    forms: dict[str, FormSettings] = Field(
        default_factory=dict,
        title="What is different for single forms",
        description="By id of the form: its own fields, consent_text, consent_version and checkbox.",
        json_schema_extra=marks(advanced=True),
    )

    @property
    def connections(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.connection, *self.more_pages)))


def check(document: Json, known: Mapping[str, str]) -> Sequence[SourceIssue]:
    """See `kinds.check_source`."""
    settings = settings_of(MetaSettings, document)
    if isinstance(settings, tuple):
        return settings
    issues = list(connection_issues(settings, {"connection": CONNECTION}, known))
    issues += [
        SourceIssue("error", "more_pages", f"'{name}' is no connection to Meta.", "Choose those of the kind 'meta'.")
        for name in settings.more_pages
        if known.get(name) != CONNECTION
    ]
    if not settings.connection:
        issues.append(SourceIssue("error", "connection", "The connection is missing.", "Choose one, or add it first."))
    issues.extend(country_issues(settings.country))
    texts = [settings.consent_text, *(each.consent_text for each in settings.forms.values())]
    if settings.consent_by == "sending" and not any(texts):
        issues.append(SourceIssue("error", "consent_text", "The words of consent are missing.", _WORDS))
    elif not any(texts):
        issues.append(
            SourceIssue(
                "warning",
                "consent_text",
                "Without the words of consent a tick proves only a wish to be called.",
                _WORDS,
            )
        )
    issues += [
        SourceIssue("error", f"forms.{form_id}", f"'{form_id}' is no id of a form.", "It is a number at Meta.")
        for form_id in settings.forms
        if not read_id(form_id)
    ]
    return issues


_WORDS: Final = "Copy them from the form at Meta, exactly as people see them."


def arriving(event: LeadgenEvent, arrival: Arrival, body: bytes = b"") -> Arrived:
    """The lead that is to be fetched: kept under Meta's id, with the ids that the fetch needs. `body`: of the whole
    post."""
    ids = {
        "form_id": event.form_id, "page_id": event.page_id, "ad_id": event.ad_id, "adgroup_id": event.adgroup_id,
    }  # fmt: skip
    lead = NewLead(
        source=SOURCE,
        first_name="",
        last_name="",
        phone=None,
        external_id=event.leadgen_id,
        form={name: id for name, id in ids.items() if id},
        flow_id=arrival.flow_id,
        campaign_id=arrival.campaign_id,
        source_id=arrival.source_id,
        submitted_at=event.created_at,
        webhook_at=arrival.at,
        arriving=True,
    )
    return Arrived(lead, None, body, JSON)


def read_answers(document: Mapping[str, Json], settings: MetaSettings, arrival: Arrival) -> Arrived:
    """The whole lead, out of what Graph tells of it. Never raises: what keeps it from being called stands in
    `lead.unusable`."""
    form_id = read_id(document.get("form_id"))
    form = settings.forms.get(form_id, FormSettings())
    answers = dict(_answers(document.get("field_data")))
    person, rest = _by_meaning(answers, {**_slugs(settings.fields), **_slugs(form.fields)})
    test = any(value.lower().startswith(TEST_WORDS) for value in answers.values())
    text = form.consent_text or settings.consent_text
    agreed = _agreed(document.get("custom_disclaimer_responses"), form.checkbox or settings.checkbox)
    submitted = read_moment(document.get("created_time"))
    said = Said(
        external_id=read_id(document.get("id")),
        submitted_at=submitted,
        agreed=agreed,
        level=_level(settings.consent_by, text, agreed),
        consent_text=text,
        consent_version=form.consent_version or settings.consent_version,
        consent_at=submitted,
        sub_source=_text(document.get("platform")),
        verified_by="fetched from Meta with the page's token",
        answers=rest | _about_the_ad(document),
        test=test,
        **person,
    )
    read = read_lead(said, replace(arrival, region=settings.country.upper() or arrival.region), SOURCE, keep_id=True)
    problems = tuple(
        replace(each, problem=_NO_CONSENT[settings.consent_by], fix=_MEND_CONSENT) if each.field == "consent" else each
        for each in read.problems
    )
    unusable = " ".join(each.problem for each in problems if each.fatal)
    return Arrived(replace(read.lead, unusable=unusable), read.evidence, json.dumps(document).encode(), JSON, problems)


_NO_CONSENT: Final = {
    "checkbox": "The form's answers hold no tick at a box of consent, so this person may not be called.",
    "sending": "The lead source has no words of consent, so nothing proves that this person may be called.",
}
_MEND_CONSENT: Final = (
    "Add a custom disclaimer with a required tick box to the form at Meta, and its words to the lead source."
)


def _answers(given: Json) -> Iterator[tuple[str, str]]:
    """Questions to answers; what was chosen of a list stands with commas."""
    for each in (given if isinstance(given, list) else [])[:MAX_FIELDS]:
        name = _text(each.get("name")) if isinstance(each, dict) else ""
        values = each.get("values") if isinstance(each, dict) else None
        texts = [_text(value) for value in (values if isinstance(values, list) else [values])]
        if name and (text := ", ".join(text for text in texts if text)):
            yield name[:120], text[:MAX_VALUE]


def _by_meaning(answers: Mapping[str, str], table: Mapping[str, str]) -> tuple[dict[Meaning, str], dict[str, str]]:
    """What is said of the person, and the other answers by name."""
    person: dict[Meaning, str] = {}
    rest: dict[str, str] = {}
    for name, value in answers.items():
        meaning = table.get(_slug(name)) or _STANDARD.get(_slug(name)) or name
        if meaning in _PERSON:
            person.setdefault(_MEANINGS[meaning], value)
        elif meaning != IGNORED:
            rest.setdefault(meaning, value)
    return person, rest


_MEANINGS: Final[Mapping[str, Meaning]] = {
    "name": "name", "first_name": "first_name", "last_name": "last_name", "phone": "phone", "email": "email",
    "country": "country", "zone": "zone",
}  # fmt: skip


def _slug(name: str) -> str:
    """How questions are compared: letters of any script in one form, spaces as Meta's underscores, a mark at the end
    left out."""
    text = unicodedata.normalize("NFC", name).casefold().strip().rstrip("?!.:").strip()
    return "_".join(text.split())


def _slugs(table: Mapping[str, str]) -> dict[str, str]:
    return {_slug(name): meaning.strip() for name, meaning in table.items() if meaning.strip()}


def _agreed(given: Json, key: str) -> bool | None:
    """Whether the box of consent was ticked. Of several boxes the named one counts; if none is named, all of them have
    to be ticked. None: the form has no box."""
    boxes = {
        _text(each.get("checkbox_key")): ticked(_text(each.get("is_checked"))) is True
        for each in (given if isinstance(given, list) else [])
        if isinstance(each, dict)
    }
    if key:
        return boxes.get(key)
    return all(boxes.values()) if boxes else None


def _level(by: str, text: str, agreed: bool | None) -> ConsentLevel | None:
    """A tick that was refused stays refused, whatever the source says of its forms. None: as the tick says."""
    if by == "sending" and agreed is None:
        return "written" if text else "none"
    return None


def _about_the_ad(document: Mapping[str, Json]) -> dict[str, str]:
    names = ("form_id", "ad_id", "ad_name", "adset_id", "campaign_id")
    found = {name: _text(document.get(name)) for name in names}
    return {f"meta_{name}": text for name, text in found.items() if text}


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("\x00", "").strip() if isinstance(value, str | int | float) else ""
