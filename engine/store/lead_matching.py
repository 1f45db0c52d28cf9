"""Whose lead is it that comes in, and what does it change? Pure.

A lead is known again by its source's name for it, by the very same content within minutes, or by the person's number
(without one: e-mail address) within the hours that its campaign sets. What is known again is attached to the lead that
is there; nothing of what is there is overwritten, and nobody is called twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from engine.store.consents import ConsentEvidence
from engine.store.lead_tables import NewLead, StoredLead

SAME_FORM_WINDOW: Final = timedelta(minutes=10)
"""The same form content within this time is a double click or a redelivery, not a second wish."""

TEST_LEAD: Final = "This is a test lead, made up by the source: it is kept, and never called."
NO_NUMBER: Final = "There is no phone number that can be called."

Tie = Literal["same_id", "same_form", "same_person"]
"""By what a lead is known again."""

Identity = tuple[str, str, str]
"""Source, id of the source ('' for the installation's own form), the source's own name for the lead."""

FILLED: Final = (
    "first_name", "last_name", "email", "phone", "phone_typed", "zone", "flow_id", "campaign_id", "form"
)  # fmt: skip
"""What a lead can lack and another form of the same person can bring."""

_LEVELS: Final = ("none", "inquiry", "express", "written")


@dataclass(frozen=True, slots=True)
class Landing:
    """A lead that comes in, with everything that is stored with it. `evidence`: None where the source says nothing of
    consent. `same_person`: so long another form of somebody with the same number is the same wish. `call_at`: when it
    is due if it can be called; None: not planned here."""

    lead: NewLead
    evidence: ConsentEvidence | None = None
    same_person: timedelta = timedelta(0)
    call_at: datetime | None = None
    payload: bytes = b""
    content_type: str = ""

    @property
    def identity(self) -> Identity | None:
        lead = self.lead
        return (lead.source, lead.source_id or "", lead.external_id) if lead.external_id is not None else None

    @property
    def why_unusable(self) -> str:
        """Why it cannot be called, for people; empty if it can."""
        if self.lead.test:
            return TEST_LEAD
        return self.lead.unusable or ("" if self.lead.phone else NO_NUMBER)

    @property
    def doubtful(self) -> bool:
        """Unusable though number and consent are there: sent by a robot, for one. It says nothing of a person."""
        return bool(self.lead.unusable) and self.evidence is not None and _consents(self.evidence, self.lead.phone)


@dataclass(slots=True, eq=False)
class Known:
    """A lead that is there, or has just been made. `calls`: with it so far. `suppressed`: its number is on the
    do-not-call list."""

    lead: StoredLead
    evidence: list[ConsentEvidence] = field(default_factory=list)
    calls: int = 0
    suppressed: bool = False

    @property
    def doubtful(self) -> bool:
        """See `Landing`."""
        lead = self.lead
        return lead.state == "unusable" and any(_consents(each, lead.phone) for each in self.evidence)


@dataclass(frozen=True, slots=True)
class Attached:
    """What a lead that was known again comes to. `lead`: the one that is there, as it is from now on. `kind`:
    `repeated` changes nothing. `adds_evidence`: its evidence is kept with the lead. `due`: it is to be called now.
    `why`: for its story. `disposition`: `duplicate` if nobody is called for it."""

    kind: Literal["repeated", "same_person"]
    lead: StoredLead
    adds_evidence: bool = False
    due: bool = False
    filled: tuple[str, ...] = ()
    why: str = ""
    disposition: str = ""


class Leads:
    """Those that the leads of one transaction may belong to; those made meanwhile among them."""

    def __init__(self) -> None:
        self._by_id: dict[str, Known] = {}
        self._identities: dict[Identity, Known] = {}
        self._forms: dict[str, list[tuple[datetime, Known]]] = {}
        self._persons: dict[str, list[Known]] = {}

    def __iter__(self) -> Iterator[Known]:
        return iter(self._by_id.values())

    def __contains__(self, lead_id: str) -> bool:
        return lead_id in self._by_id

    def __getitem__(self, lead_id: str) -> Known:
        return self._by_id[lead_id]

    def add(
        self, known: Known, identities: Iterable[Identity] = (), forms: Iterable[tuple[str, datetime]] = ()
    ) -> None:
        """`identities`, `forms` (content, and when it came): what the lead is known by, from now on also."""
        self._by_id[known.lead.id] = known
        for identity in identities:
            self._identities[identity] = known
        for content, at in forms:
            self._forms.setdefault(content, []).append((at, known))
        person = known.lead.phone or known.lead.email
        if person and known not in (those := self._persons.setdefault(person, [])):
            those.append(known)

    def find(self, landing: Landing, content: str, now: datetime) -> tuple[Known, Tie] | None:
        """The lead that `landing` belongs to, and by what it is known. `content`: its `form_hash`."""
        if landing.identity is not None and (known := self._identities.get(landing.identity)) is not None:
            return known, "same_id"
        same = [(at, known) for at, known in self._forms.get(content, ()) if at >= now - SAME_FORM_WINDOW]
        if same:
            return max(same, key=lambda each: each[0])[1], "same_form"
        near = [*self._persons.get(landing.lead.phone or "", ()), *self._persons.get(landing.lead.email or "", ())]
        persons = [known for known in near if not known.doubtful and _same_person(known.lead, landing, now)]
        return (max(persons, key=_nearest), "same_person") if persons else None


def form_hash(lead: NewLead) -> str:
    """The same for the same content, whatever the source calls it: number, e-mail, name and fields, case aside. A lead
    of which nothing is known but its name at the source is like no other."""
    nameless = not (lead.phone or lead.phone_typed or lead.email or lead.first_name or lead.last_name)
    content = [
        lead.phone or lead.phone_typed,
        lead.email or "",
        lead.first_name,
        lead.last_name,
        lead.flow_id or "",
        sorted((name, value.strip().casefold()) for name, value in lead.form.items()),
        *(["test"] if lead.test else []),
        *([lead.source, lead.source_id, lead.external_id] if nameless or lead.arriving else []),
    ]
    return hashlib.sha256(json.dumps(content).casefold().encode()).hexdigest()


def attach(known: Known, landing: Landing, tie: Tie, accepted_at: datetime) -> Attached:
    """What `landing` does to the lead that it was known by. `accepted_at`: see `StoredLead`."""
    lead, new = known.lead, landing.lead
    due = _may_be_called_now(known, landing, tie)
    shown = [_substance(each) for each in known.evidence]
    adds_evidence = (
        landing.evidence is not None
        and not landing.doubtful
        and (tie == "same_person" or due or _substance(landing.evidence) not in shown)
    )
    if lead.test or (tie != "same_person" and not due):
        return Attached("repeated", lead, adds_evidence and not lead.test)
    after, filled = _filled(lead, new)
    if due:
        after = replace(
            after,
            state="waiting",
            reason="",
            next_call_at=landing.call_at,
            # The form that is answered by the call: how fast that was is counted from it.
            submitted_at=new.submitted_at,
            webhook_at=new.webhook_at,
            accepted_at=accepted_at,
        )
    elif lead.state == "unusable" and "phone" in filled:
        after = replace(after, reason=landing.why_unusable or lead.reason)
    return Attached("same_person", after, adds_evidence, due, filled, _why(known, due), "" if due else "duplicate")


def _same_person(lead: StoredLead, landing: Landing, now: datetime) -> bool:
    new = landing.lead
    if lead.test or new.test or landing.doubtful or not new.phone or lead.received_at <= now - landing.same_person:
        return False
    if lead.phone is None:
        # The corrected form of somebody whose number was missing or wrong.
        return lead.state == "unusable" and bool(new.email) and lead.email == new.email
    return lead.phone == new.phone


def _nearest(known: Known) -> tuple[int, datetime]:
    """Of several leads of a person: the one that is still to be called, else one that was, else the latest."""
    lead = known.lead
    rank = 2 if lead.state in ("waiting", "arriving") else 1 if known.calls else 0
    return rank, lead.received_at


def _may_be_called_now(known: Known, landing: Landing, tie: Tie) -> bool:
    """Whether the lead, which nothing is planned for, can be called by what `landing` brings."""
    lead = known.lead
    if landing.why_unusable or landing.lead.arriving or lead.test or known.suppressed or known.calls:
        return False
    match lead.state:
        case "unusable":
            return True
        case "waiting":
            return lead.next_call_at is None and tie == "same_person"
        case "closed":
            # Closed before anybody was called, because what was agreed to was not enough.
            before = max((_LEVELS.index(each.level) for each in known.evidence), default=-1)
            return landing.evidence is not None and _LEVELS.index(landing.evidence.level) > before
        case "arriving":
            return False


def _filled(lead: StoredLead, new: NewLead) -> tuple[StoredLead, tuple[str, ...]]:
    """The lead with what it lacks and `new` has. Of somebody with another name (a family's telephone) no name and no
    e-mail address is taken."""
    same_name = not lead.first_name or not new.first_name or lead.first_name.casefold() == new.first_name.casefold()
    after = replace(
        lead,
        zone=lead.zone or new.zone,
        flow_id=lead.flow_id or new.flow_id,
        campaign_id=lead.campaign_id or new.campaign_id,
        form={**new.form, **lead.form},
    )
    if same_name:
        after = replace(
            after,
            first_name=lead.first_name or new.first_name,
            last_name=lead.last_name or new.last_name,
            email=lead.email or new.email,
        )
    if lead.phone is None and new.phone:
        after = replace(after, phone=new.phone, phone_typed=new.phone_typed)
    return after, tuple(name for name in FILLED if getattr(after, name) != getattr(lead, name))


def _consents(evidence: ConsentEvidence, phone: str | None) -> bool:
    return phone is not None and evidence.phone == phone and evidence.level != "none"


def _substance(evidence: ConsentEvidence) -> tuple[object, ...]:
    """What makes one consent another one; when and from where it was sent again does not."""
    return (
        evidence.level, evidence.seller, evidence.text, evidence.text_version, evidence.ticked, evidence.phone,
        evidence.certificate,
    )  # fmt: skip


def _why(known: Known, due: bool) -> str:
    """For people who read the lead's story."""
    lead = known.lead
    if due:
        return "The same person sent another form, which brings what was missing. They are called now."
    if known.suppressed:
        return "The same person sent another form. Their number is on the do-not-call list, so nobody is called."
    if lead.state == "closed":
        return f"The same person sent another form. This lead is closed ({lead.reason}), so nobody is called for it."
    if lead.state == "unusable":
        return "The same person sent another form, by which they cannot be called either."
    if known.calls:
        return "The same person sent another form. There was a call with them already; the form was added to this lead."
    return "The same person sent another form. It was added to this lead, and they are called once."
