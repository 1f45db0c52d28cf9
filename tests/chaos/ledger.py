"""What must be there after chaos, and what is there: counted at HubSpot, receiver, mail server and calendar.

Pure but for `read`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from engine.aftercall.plan import PlannedStep, read_plan
from engine.sdk import CallResult
from engine.store import Database, appointments, calls, leads, outbox, steps
from engine.store.appointments import Appointment
from engine.store.calls import CallRecord
from engine.store.outbox import Entry
from engine.store.steps import StepRecord
from tests.chaos.installation import CALENDAR, CRM_CARD, HOOK_CARD, INVITE_CARD, MAIL_CARD
from tests.chaos.targets import Targets

KEY: Final = "leadline_key"
SHOWN: Final = 5
EVERYTHING: Final = 100_000
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Held:
    """A call with all that the database knows of it."""

    record: CallRecord
    result: CallResult | None
    entry: Entry | None
    ledger: Sequence[StepRecord]

    @property
    def due(self) -> list[PlannedStep]:
        """The cards that had something to do in this call. Nobody is invited to an appointment that was not made."""
        steps = read_plan(self.entry.plan).steps if self.entry else ()
        booked = self.result is not None and self.result.appointment is not None
        return [step for step in steps if not step.skip and (step.id != INVITE_CARD or booked)]

    def letter(self, card: str) -> str:
        """The Message-ID of what this card has sent."""
        return next((step.external_id for step in self.ledger if step.step_id == card), f"none of {self.record.id}")


@dataclass(frozen=True)
class Count:
    """One kind of effect. `due`: by name, each once; `made`: how often each was found."""

    what: str
    due: frozenset[str]
    made: Counter[str]

    @property
    def lost(self) -> list[str]:
        return sorted(self.due - set(self.made))

    @property
    def twice(self) -> list[str]:
        return sorted(name for name, times in self.made.items() if times > 1)

    @property
    def strange(self) -> list[str]:
        """Found, though nobody knows of it."""
        return sorted(set(self.made) - self.due)

    @property
    def wrong(self) -> list[str]:
        kinds = (("lost", self.lost), ("made twice", self.twice), ("known to nobody", self.strange))
        return [f"{self.what}: {len(names)} {how}: {', '.join(names[:SHOWN])}" for how, names in kinds if names]


@dataclass(frozen=True)
class Ledger:
    """`repeats`: what was sent again under the same key after it had arrived, by which the other side knows it.
    `others`: all that is wrong besides effects. `drain_s`: from the last blow to the last call's last effect."""

    calls: int
    abandoned: int
    counts: Sequence[Count]
    repeats: Mapping[str, int]
    others: Sequence[str]
    blows: Mapping[str, int] = field(default_factory=dict)
    executions: int = 0
    drain_s: float = 0.0
    took_s: float = 0.0

    @property
    def wrong(self) -> list[str]:
        return [*(line for count in self.counts for line in count.wrong), *self.others]

    def __str__(self) -> str:
        width = max(len(count.what) for count in self.counts)
        lines = [
            f"{self.calls} calls, {self.abandoned} of them finished by another process",
            f"{self.executions} runs of lanes",
            f"{sum(self.blows.values())} blows: " + ", ".join(f"{n} {kind}" for kind, n in sorted(self.blows.items())),
            "",
            f"{'':{width}}    due   made   lost  twice  strange",
        ]
        for count in self.counts:
            figures = (len(count.due), len(count.made), len(count.lost), len(count.twice))
            row = "".join(f"{figure:7}" for figure in figures)
            lines.append(f"{count.what:{width}}{row}  {len(count.strange):7}")
        repeated = ", ".join(f"{number} {what}" for what, number in self.repeats.items())
        lines += [
            "",
            f"sent again under the same key: {repeated}",
            f"{self.took_s:.0f} s in all, {self.drain_s:.0f} s from the last blow until all was done",
            *(f"WRONG  {line}" for line in self.wrong),
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Found:
    """What the database knows when all is over. `emails`: of the leads, by id."""

    held: Sequence[Held]
    appointments: Sequence[Appointment]
    emails: Mapping[str, str]


async def read(database: Database) -> Found:
    async with database.read() as tx:
        emails = {each.id: each.email or "" for each in await leads.recent(tx, limit=EVERYTHING)}
        held = []
        for record in await calls.recent(tx, limit=EVERYTHING):
            entry = await outbox.find(tx, record.id)
            held.append(Held(record, _result(entry), entry, await steps.read(tx, record.id)))
        kept = await appointments.appointments(tx, CALENDAR, LONG_AGO)
    return Found(held, kept, emails)


def _result(entry: Entry | None) -> CallResult | None:
    return CallResult.model_validate(entry.result) if entry is not None and entry.result else None


def count(found: Found, targets: Targets) -> Ledger:
    held, kept = found.held, found.appointments
    emails = frozenset(found.emails.values())
    done = [each for each in held if each.entry is not None]
    crm = [each for each in done if any(step.id == CRM_CARD for step in each.due)]
    booked = {each.record.id: each.result.appointment for each in held if each.result and each.result.appointment}
    visits = {f"{each.record.id}:{CRM_CARD}" for each in crm if each.record.id in booked}
    written = {f"{each.record.id}:{CRM_CARD}" for each in crm}
    hooks = {f"{each.record.id}:{step.id}" for each in done for step in each.due if step.id == HOOK_CARD}
    letters = {MAIL_CARD: done, INVITE_CARD: [each for each in done if each.record.id in booked]}
    mails = {name: {each.letter(name) for each in theirs} for name, theirs in letters.items()}
    sent = Counter(dict.fromkeys(targets.mail.messages, 1))
    people = Counter(contact.properties.get("email", "?") for contact in targets.hubspot.all("contacts"))
    counts = (
        Count("calls placed", frozenset(found.emails), Counter(each.record.lead_id or "?" for each in held)),
        Count("contacts in HubSpot", emails, people),
        Count("calls in HubSpot", frozenset(written), _keys(targets, "calls")),
        Count("notes in HubSpot", frozenset(written), _keys(targets, "notes")),
        Count("meetings in HubSpot", frozenset(visits), _keys(targets, "meetings")),
        Count("webhooks", frozenset(hooks), Counter(delivery.id for delivery in targets.hook.deliveries)),
        Count("e-mails to the office", frozenset(mails[MAIL_CARD]), sent - Counter(mails[INVITE_CARD])),
        Count("invitations to the lead", frozenset(mails[INVITE_CARD]), sent - Counter(mails[MAIL_CARD])),
        Count(
            "bookings in the calendar",
            frozenset(appointment.id for appointment in booked.values()),
            Counter(each.booking.id for each in kept),
        ),
    )
    return Ledger(
        calls=len(held),
        abandoned=sum(each.result is not None and each.result.call.ended_by == "failure" for each in held),
        counts=counts,
        repeats={
            "webhooks": targets.hook.repeats,
            "e-mails": sum(times - 1 for times in targets.mail.messages.values()),
        },
        others=[*_unfinished(held), *_on_top_of_each_other(kept), *_at_the_wrong_contact(held, targets)],
        executions=sum(each.entry.attempt for each in done if each.entry is not None),
    )


def _keys(targets: Targets, kind: str) -> Counter[str]:
    return Counter(record.properties.get(KEY, "without a key") for record in targets.hubspot.all(kind))


def _unfinished(held: Collection[Held]) -> list[str]:
    wrong = [f"call {each.record.id} is {each.record.state}" for each in held if each.record.state in calls.UNDER_WAY]
    for each in held:
        if each.entry is None:
            wrong.append(f"nothing was to be done after call {each.record.id}")
        elif each.entry.state != "done":
            wrong.append(f"the work after call {each.record.id} is {each.entry.state}: {each.entry.problem}")
        ledger = {step.step_id: step.state for step in each.ledger}
        wrong += [
            f"card {step.id} of call {each.record.id} is {ledger.get(step.id, 'missing')}"
            for step in each.due
            if ledger.get(step.id) != "done"
        ]
    return wrong


def _on_top_of_each_other(kept: Sequence[Appointment]) -> list[str]:
    """Of one member of staff, no two at a time."""
    wrong = []
    for staff in {each.booking.staff for each in kept}:
        theirs = sorted((each.booking for each in kept if each.booking.staff == staff), key=lambda b: b.opening.start)
        wrong += [
            f"{staff} has two appointments at {later.opening.start}"
            for earlier, later in pairwise(theirs)
            if later.opening.start < earlier.opening.end
        ]
    return wrong


def _at_the_wrong_contact(held: Collection[Held], targets: Targets) -> list[str]:
    people = {contact.id: contact.properties.get("email") for contact in targets.hubspot.all("contacts")}
    expected = {f"{each.record.id}:{CRM_CARD}": each.result.lead.email for each in held if each.result is not None}
    return [
        f"{record.properties.get(KEY)} is tied to the wrong contact"
        for kind in ("calls", "notes", "meetings")
        for record in targets.hubspot.all(kind)
        if (key := record.properties.get(KEY, "")) in expected
        and [people.get(contact) for contact in record.contacts] != [expected[key]]
    ]
