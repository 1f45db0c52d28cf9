"""What a mapping would read from an example, without keeping anything. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.leads.fields import FieldProblem
from engine.leads.reading import Arrival
from engine.leads.sources.any_json import JsonSettings, Read, TooMany, read
from engine.leads.sources.mapping import Found
from engine.sdk import Json
from engine.store.consents import ConsentLevel


@dataclass(frozen=True, slots=True)
class Tried:
    """One lead of the example. `found`, `answers`: what the mapping found, and where. `phone`: as it would be dialled,
    None if nobody can be. `consent`: what the person would have agreed to. `unusable`: why nobody would be called."""

    found: Mapping[str, Found]
    answers: Mapping[str, Found]
    first_name: str
    last_name: str
    phone: str | None
    email: str | None
    consent: ConsentLevel
    consent_text: str
    test: bool
    unusable: str
    problems: Sequence[FieldProblem]


def try_mapping(sample: Json, settings: JsonSettings, arrival: Arrival) -> tuple[Sequence[Tried], str]:
    """The leads, and what is wrong with all of it, empty if nothing is."""
    try:
        found = read(sample, settings, arrival)
    except TooMany as many:
        return (), str(many)
    nothing = settings.leads_at and len(found) == 1 and found[0].part is sample
    wrong = f"Nothing stands at '{settings.leads_at}' in the example." if nothing else ""
    return [_tried(each) for each in found], wrong


def _tried(one: Read) -> Tried:
    lead, evidence = one.arrived.lead, one.arrived.evidence
    return Tried(
        found=one.found,
        answers=one.answers,
        first_name=lead.first_name,
        last_name=lead.last_name,
        phone=lead.phone,
        email=lead.email,
        consent=evidence.level if evidence is not None else "none",
        consent_text=evidence.text if evidence is not None else "",
        test=lead.test,
        unusable=lead.unusable,
        problems=one.arrived.problems,
    )
