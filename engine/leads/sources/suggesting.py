"""From an example of what a service sends, a mapping to begin with: what looks like the phone number, the name, the
consent; everything else that a person typed is an answer. Pure. People look it over before it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.leads.person import read_email
from engine.leads.phone import GoodNumber, read_number
from engine.leads.sources.example_leaves import Leaf, leaves
from engine.leads.sources.mapping import OurField, Rule, read_moment
from engine.leads.sources.paths import quoted
from engine.sdk import Json

MOST_ANSWERS: Final = 40

_WORDS: Final[Mapping[OurField, str]] = {
    "phone": r"(tele)?phone|(mobile|cell|phone|telephone)_?(phone|number|no)|tel|mobile|cell|handy|telefon(o|nummer)?|"
    r"(telefono_)?(celular|movil)|whatsapp|call_?back|number",
    "email": r"e_?mail(_?address)?|mail|correo",
    "first_name": r"(first|given)_?name|fname|vorname|prenom|nombre_de_pila",
    "last_name": r"(last|family|sur)_?name|lname|nachname|apellidos?",
    "name": r"(full|whole)?_?name|nombre(_completo)?|nom",
    "country": r"country(_?code)?|land|pais",
    "zone": r"time_?zone|tz|zeitzone",
    "consent_text": r"consent_?text|tcpa_?text|disclosure|disclaimer",
    "consent": r".*(consent|opt_?in|tcpa|permission|agree|accept|may_we_call|einwillig|zustimm|acept|autoriz).*",
    "submitted_at": r"submitted_?at|submit_?time|lead_submit_time|created_?(at|time)|submission_?date|date_?submitted",
    "page_url": r"page_?url|source_?url|landing_?page|form_?url|referr?er|url",
    "consent_ip": r"(user_?|remote_?|client_?)?ip(_?address)?",
    "user_agent": r"user_?agent|browser",
    "certificate": r".*(trusted_?form|jornaya|leadid).*",
    "sub_source": r"utm_?source|lead_?source|source",
    "test": r"is_?test|test(_?lead)?",
}
_PLACES: Final[Mapping[str, str]] = {
    "zip": r"zip(_?code)?|post(al)?_?code|plz|codigo_postal",
    "city": r"city|town|ort|stadt|ciudad",
    "state": r"state|province|region|bundesland|estado",
}
_FIRST: Final[tuple[OurField, ...]] = (
    "first_name", "last_name", "name", "country", "zone", "consent_text", "consent", "submitted_at",
)  # fmt: skip
_THEN: Final[tuple[OurField, ...]] = ("page_url", "consent_ip", "user_agent", "certificate", "sub_source", "test")
# The id of the delivery comes last: some give it anew to what they send once more. That of a form or of a question is
# never among them: every lead but the first would be taken for a repetition.
_IDS: Final = (r"(submission|response|lead|leadgen|entry)_?id", r"token|uuid", r"event_?id", r"id")
# Leave to write to somebody, or to keep their data, is none to call them.
_OTHER_CONSENT: Final = re.compile(r"sms|text|mail|newsletter|cookie|privacy|terms|gdpr|datenschutz")
_OF_CALLS: Final = re.compile(r"call|phone|anruf|llam|tcpa")
_AGREES: Final = re.compile(r"\s*(yes,?\s+)?i\s+(agree|consent|accept)\b", re.IGNORECASE)
# "What is your phone number?" is about the phone number; builders number their questions: q3_phone.
_FILLING: Final = re.compile(
    r"^q\d+(?=_)|(^|_)(what|is|are|your|you|my|the|best|please|enter|type|contact|customer|primary|tu|su|ihre?|deine?)(?=_|$)"
)
_TECHNICAL: Final = re.compile(
    r"(.*_)?(id|ids|uuid|token|hash|version|type|event|object|format|signature|ref|key|secret|slug|locale|language)"
)
_LISTS: Final = ("leads", "entries", "submissions", "responses", "rows", "records")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`unsure`: what to look at, in sentences."""

    mapping: Mapping[OurField, Rule]
    answers: Mapping[str, Rule]
    leads_at: str = ""
    unsure: tuple[str, ...] = ()


def suggest(sample: Json, region: str | None = "US") -> Suggestion:
    """`region`: country in which phone numbers of the example are read."""
    leads_at, lead = _one_lead(sample)
    found = leaves(lead)
    phone = _phone(found, region)
    taken: dict[OurField, Leaf] = {"phone": phone} if phone is not None else {}
    emails = [each for each in found if read_email(each.text)]
    if emails:
        taken["email"] = _best("email", emails, phone) or emails[0]
    for ours in (*_FIRST, *_THEN):
        free = [each for each in found if each not in taken.values() and _fits(ours, each)]
        if not (ours == "name" and "first_name" in taken) and (leaf := _best(ours, free, phone)) is not None:
            taken[ours] = leaf
    id_ = _id([each for each in found if each not in taken.values()])
    if id_ is not None:
        taken["id"] = id_
    mapping = {ours: _rule(leaf) for ours, leaf in taken.items()}
    return Suggestion(mapping, _answers(found, list(taken.values()), phone), leads_at, tuple(_unsure(mapping, found)))


def _one_lead(sample: Json) -> tuple[str, Json]:
    """Where the leads of the example stand, if it is made for several, and the first of them."""
    if isinstance(sample, list) and sample and isinstance(sample[0], Mapping):
        return "[*]", sample[0]
    for name, value in sample.items() if isinstance(sample, Mapping) else ():
        first = value[0] if isinstance(value, list) and value else None
        if not isinstance(first, Mapping):
            continue
        if name.casefold() in _LISTS:
            return f"{quoted(name)}[*]", first
        changes = first.get("changes")
        if name == "entry" and isinstance(changes, list) and changes:
            return "entry[*].changes[*]", changes[0]
    return "", sample


def _phone(found: Sequence[Leaf], region: str | None) -> Leaf | None:
    called = _best("phone", [each for each in found if sum(map(str.isdigit, each.text)) >= 7], None)
    if called is not None:
        return called
    # A number with + and country code can hardly be anything else.
    numbers = (
        each
        for each in found
        if each.text.startswith("+") and isinstance(read_number(each.text, region, allow_fiction=True), GoodNumber)
    )
    return next(numbers, None)


def _fits(ours: OurField, leaf: Leaf) -> bool:
    match ours:
        case "submitted_at":
            return read_moment(leaf.text) is not None
        case "page_url":
            return leaf.text.startswith(("http://", "https://"))
        case "name" | "first_name" | "last_name":
            return len(leaf.text) <= 80
        case "consent":
            other = _OTHER_CONSENT.search(leaf.label) and not _OF_CALLS.search(leaf.label)
            return not other and len(leaf.text) <= 1000
        case _:
            return True


def _best(ours: OurField, found: Sequence[Leaf], phone: Leaf | None) -> Leaf | None:
    """Of those called so the most likely: an answer, near the phone number (a form's own name stands elsewhere)."""

    def rank(leaf: Leaf) -> tuple[bool, int, int, int]:
        return not leaf.asked, -leaf.together_with(phone) if phone else 0, len(leaf.label), len(leaf.place)

    return min((each for each in found if _called(ours, each)), key=rank, default=None)


def _called(ours: OurField, leaf: Leaf) -> bool:
    short = _FILLING.sub("", leaf.label).strip("_")
    if ours == "consent" and _AGREES.match(leaf.text):
        return True
    return any(re.fullmatch(_WORDS[ours], label) for label in (leaf.label, short))


def _id(found: Sequence[Leaf]) -> Leaf | None:
    own = [each for each in found if not each.asked]
    for words in _IDS:
        named = [each for each in own if re.fullmatch(words, each.label) and (words != "id" or len(each.place) == 1)]
        if named:
            return min(named, key=lambda each: len(each.place))
    return None


def _answers(found: Sequence[Leaf], taken: Sequence[Leaf], phone: Leaf | None) -> dict[str, Rule]:
    """What stands elsewhere than the phone number is the service's own."""
    free = [each for each in found if each not in taken]
    typed = [
        each for each in free if each.asked or (_looks_typed(each) and (phone is None or each.group == phone.group))
    ]
    answers: dict[str, Rule] = {}
    for leaf in typed[:MOST_ANSWERS]:
        name = next((ours for ours, words in _PLACES.items() if re.fullmatch(words, leaf.label)), leaf.label)
        if name:
            answers.setdefault(name[:120], _rule(leaf))
    return answers


def _looks_typed(leaf: Leaf) -> bool:
    technical = _TECHNICAL.fullmatch(leaf.label) or leaf.text.startswith(("http://", "https://"))
    return not technical and read_moment(leaf.text) is None


def _rule(leaf: Leaf) -> Rule:
    return Rule.model_validate({"from": (leaf.path,)})


def _unsure(mapping: Mapping[OurField, Rule], found: Sequence[Leaf]) -> Iterator[str]:
    if not found:
        yield "There is nothing in the example. Paste what the service really sends."
        return
    if "phone" not in mapping:
        yield "No phone number was found in the example. Choose where it stands."
    if not {"name", "first_name"} & mapping.keys():
        yield "No name was found in the example. Choose where it stands, if the service sends one."
    if "consent" not in mapping:
        yield "Nothing in the example says that the person agrees to be called. Without it nobody may be called."
    if "id" not in mapping:
        yield "No id was found in the example. What is sent twice is known by its content, for ten minutes."
