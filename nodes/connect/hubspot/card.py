"""Writes a call into HubSpot: the contact, the call with its outcome, a note, and the meeting if one was booked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    CallResult,
    Connection,
    ConnectionField,
    ConnectionKind,
    Effects,
    Json,
    Naming,
    NodeSettings,
    StepOutcome,
    marks,
)
from engine.sdk.redact import hide_email, hide_name, hide_phone
from nodes.connect.entries import check_by
from nodes.connect.hubspot import words
from nodes.connect.hubspot.client import KEY, PROPERTIES, STEP_S, Account, Client, Kind, Record, account, as_failure
from nodes.connect.hubspot.contact import Person, known_by, settle
from nodes.connect.hubspot.problems import Refused, Unclear


class ContactProperty(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    property: str = Field(
        title="Property in HubSpot",
        description="Its internal name, as HubSpot shows it in the property's settings.",
        examples=["zip"],
        pattern=r"^[a-z][a-z0-9_]{0,99}$",
    )
    value: str = Field(
        title="What is written into it",
        description="Nothing is written where this comes out empty.",
        examples=["{slot:zip}"],
        json_schema_extra=marks(fills=()),
    )


class HubSpotSettings(NodeSettings):
    connection: str = Field(
        "hubspot",
        title="Connection",
        description="The HubSpot account.",
        json_schema_extra=marks(refers="connection:hubspot"),
    )
    call_title: str = Field(
        "{flow}: {disposition}",
        title="Title of the call",
        description="Stands on the contact's timeline.",
        json_schema_extra=marks(fills=()),
    )
    call_text: str = Field(
        "{summary}",
        title="Text of the call",
        description="What colleagues read first. Longer texts belong into the note.",
        json_schema_extra=marks(format="long_text", fills=()),
    )
    note: str = Field(
        "{summary}\n\n{answers}\n\n{transcript}",
        title="Note",
        description="Beside the call on the timeline. Empty: no note is written.",
        json_schema_extra=marks(format="long_text", fills=()),
    )
    meeting_title: str = Field(
        "{flow}: {first_name} {last_name}",
        title="Title of the meeting",
        description="Written when an appointment was booked in the call. Empty: no meeting is written.",
        json_schema_extra=marks(fills=()),
    )
    properties: tuple[ContactProperty, ...] = Field(
        (),
        title="More about the contact",
        description="Answers that become properties of the contact, in place of what stands there.",
    )
    owner: str = Field(
        "",
        title="Owner",
        description="HubSpot's number of the colleague whom call, note and meeting belong to. Empty: nobody.",
        examples=["11349275740"],
        pattern=r"^\d{0,20}$",
        json_schema_extra=marks(advanced=True),
    )


async def _visit(connection: Connection) -> str:
    return await asyncio.to_thread(_look_around, account(connection))


def _look_around(place: Account) -> str:
    """Reads one contact and makes Leadline's own properties, so that missing rights show now and not after a call."""
    try:
        with Client(place) as client:
            client.knock()
            for kind in PROPERTIES:
                client.prepare(kind)
    except Refused as refused:
        raise as_failure(refused) from None
    return "HubSpot let Leadline in, and the properties that Leadline needs are there. No contact was changed."


HUBSPOT = ConnectionKind(
    "hubspot",
    "HubSpot",
    "keeps your contacts; every call is written beside them",
    (
        ConnectionField(
            "token",
            "Access token",
            "of a private app in HubSpot; it begins with pat-",
            required=True,
            secret=True,
            example="pat-na1-...",
        ),
        ConnectionField(
            "requests",
            "Requests in ten seconds",
            "how many HubSpot allows this app: 100 in the smaller plans, 190 in Professional and Enterprise",
            example="190",
            advanced=True,
        ),
        ConnectionField(
            "endpoint",
            "Emulator",
            "address of an emulator on this machine, such as http://127.0.0.1:9004",
            advanced=True,
        ),
    ),
    test=_visit,
    check=check_by(account),
    steps=(
        "In HubSpot: “Settings”, “Integrations”, “Private Apps”, “Create a private app”. A name such as `Leadline` is "
        "enough.",
        "Under “Scopes”, add `crm.objects.contacts.read`, `crm.objects.contacts.write`, `crm.schemas.contacts.read` "
        "and `crm.schemas.contacts.write`. Then “Create app”.",
        "Copy the access token (it begins with `pat-`), enter it here, and press “Test”: it makes the properties that "
        "Leadline needs, and changes no contact.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The card's texts, filled for this call. `recording`: its address, empty if there is none to give."""

    call_title: str
    call_text: str
    note: str
    meeting_title: str
    owner: str
    recording: str


class HubSpot(AfterCallNode[HubSpotSettings]):
    type = "hubspot"
    title = "Write into HubSpot"
    summary = (
        "Finds or makes the contact and writes the call with its outcome, a note, and the meeting if one was booked. "
        "Each stands there once, however often the step is tried."
    )
    icon = "link"
    connection_kinds = (HUBSPOT,)
    effects = Effects(outside=True, budget_s=60.0)

    def texts(self) -> tuple[str, ...]:
        own = self.settings
        return (own.call_title, own.call_text, own.note, own.meeting_title, *(each.value for each in own.properties))

    def describe(self, naming: Naming) -> str:
        own = self.settings
        parts = ["the contact", "the call"]
        parts += ["a note"] if own.note.strip() else []
        parts += ["a booked meeting"] if own.meeting_title.strip() else []
        return f"Writes {', '.join(parts[:-1])} and {parts[-1]} into “{own.connection}”"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        place = account(ctx.connection(self.settings.connection))
        person, texts = self._person(ctx), self._texts(ctx)
        loop = asyncio.get_running_loop()

        def turn() -> None:
            """From the thread that talks to HubSpot: the turn is taken in the loop."""
            asyncio.run_coroutine_threadsafe(ctx.take_turn(place.limit), loop).result(STEP_S)

        # A try may come hours after the call: the meeting is written as it stands now.
        result = ctx.result.model_copy(update={"appointment": await ctx.appointment()})
        written = await asyncio.to_thread(_write, place, ctx.key, result, person, texts, turn)
        return StepOutcome(
            note=_told(written),
            external_id=written["call"].id,
            sent=_shown(ctx.key, result, person, written, texts),
        )

    def _person(self, ctx: AfterCallContext) -> Person:
        lead = ctx.result.lead
        email, phone = known_by(lead.email or "", lead.phone)
        always = {each.property: ctx.fill(each.value).strip() for each in self.settings.properties}
        return Person(
            email,
            phone,
            lead.first_name.strip(),
            lead.last_name.strip(),
            {name: value for name, value in always.items() if value},
            ctx.result.opted_out,
        )

    def _texts(self, ctx: AfterCallContext) -> _Texts:
        own = self.settings
        recording = ctx.recording()
        return _Texts(
            ctx.fill(own.call_title),
            ctx.fill(own.call_text),
            ctx.fill(own.note),
            ctx.fill(own.meeting_title),
            own.owner,
            recording.link_caller_left if recording else "",
        )


Written = dict[str, Record]


def _write(
    place: Account, key: str, result: CallResult, person: Person, texts: _Texts, turn: Callable[[], None]
) -> Written:
    try:
        with Client(place, turn=turn) as client:
            return _all(client, key, result, person, texts)
    except Refused as refused:
        raise as_failure(refused) from None


def _all(client: Client, key: str, result: CallResult, person: Person, texts: _Texts) -> Written:
    contact = settle(client, person)
    call = words.call(result, texts.call_title, texts.call_text, contact.id, texts.owner, texts.recording)
    written = {"contact": contact, "call": _once(client, "calls", key, call, contact, words.CALL_TO_CONTACT)}
    if texts.note.strip():
        note = words.note(result, texts.note, texts.owner)
        written["note"] = _once(client, "notes", key, note, contact, words.NOTE_TO_CONTACT)
    booked = result.appointment
    if booked is not None and booked.status == "confirmed" and texts.meeting_title.strip():
        meeting = words.meeting(booked, texts.meeting_title, texts.owner)
        written["meeting"] = _once(client, "meetings", key, meeting, contact, words.MEETING_TO_CONTACT)
    return written


def _once(
    client: Client, kind: Kind, key: str, properties: dict[str, str], contact: Record, association: int
) -> Record:
    """The record of this step: the one that an earlier try has made, or a new one. HubSpot refuses a second one with
    the same key, so not even two workers at once make two."""
    found = client.find(kind, KEY, key)
    if found is not None:
        return found
    try:
        return client.create(kind, {**properties, KEY: key}, contact.id, association)
    except Unclear:
        found = client.find(kind, KEY, key)
        if found is None:
            raise
    except Refused as refused:
        # A server's error may come after it has written.
        found = client.find(kind, KEY, key) if refused.taken or refused.status >= 500 else None
        if found is None:
            raise
    return found


def _told(written: Written) -> str:
    parts = [f"{part} {record.id}{'' if record.new else ' (was there)'}" for part, record in written.items()]
    return f"In HubSpot: {', '.join(parts)}."


def _shown(key: str, result: CallResult, person: Person, written: Written, texts: _Texts) -> Json:
    """What was sent, without the person."""
    status, _ = words.outcome_of(result.outcome.disposition)
    shown: dict[str, Json] = {
        "key": key,
        "contact": {
            "email": hide_email(person.email),
            "firstname": hide_name(person.first_name),
            "lastname": hide_name(person.last_name),
            "phone": hide_phone(person.phone),
            "more": [*sorted(person.always)],
            "do_not_call": person.do_not_call,
        },
        "call": {
            "status": status,
            "disposition": result.outcome.disposition,
            "direction": result.call.direction,
            "duration_ms": round(result.call.duration_s * 1000),
            "from": hide_phone(result.call.from_),
            "to": hide_phone(result.call.to),
            "text": f"(hidden, {len(texts.call_text)} characters)",
            "recording": "(a link)" if texts.recording else "none",
        },
    }
    if "note" in written:
        shown["note"] = f"(hidden, {len(texts.note)} characters)"
    if "meeting" in written and result.appointment is not None:
        shown["meeting"] = {"start": words.moment(result.appointment.start)}
    return shown
