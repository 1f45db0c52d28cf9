"""The invitation: through a real mail server, read again with icalendar as a mail program would."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest

from engine.sdk import Permanent, StepOutcome
from engine.sdk.result import AppointmentPart
from nodes.aftercall.invitation import Invitation, InvitationSettings
from tests.nodes.aftercall.conftest import Bench
from tests.support.aftercall import NOON
from tests.support.postbox import Postbox, Start

PACIFIC = ZoneInfo("America/Los_Angeles")
START = datetime(2026, 12, 2, 14, 0, tzinfo=PACIFIC)


def appointment(**changed: object) -> AppointmentPart:
    return AppointmentPart.model_validate(
        {
            "id": "apt_19", "start": START, "end": START + timedelta(hours=1), "time_zone": "America/Los_Angeles",
            "calendar": "main", "address": "1200 18th St, San Francisco, CA 94107", "booked_at": NOON,
            "call_id": "call_31",
        }
        | changed
    )  # fmt: skip


def booked(bench: Bench, **changed: object) -> Bench:
    """The call has booked it; `changed`: how it stands now."""
    bench.result = bench.result.model_copy(update={"appointment": appointment()})
    bench.standing = appointment(**changed)
    return bench


def later_call(bench: Bench, **changed: object) -> Bench:
    """A later call has changed an appointment that was booked the day before."""
    part = appointment(booked_at=NOON - timedelta(days=1), changes=1, **changed)
    bench.result = bench.result.model_copy(update={"appointment": part})
    bench.standing = part
    return bench


async def invite(ctx: Bench, connection: str = "", **settings: object) -> StepOutcome:
    return await Invitation(InvitationSettings.model_validate({"connection": connection} | settings)).run(ctx)


def read(content: bytes | str | None) -> EmailMessage:
    assert isinstance(content, bytes)
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def lying(bench: Bench) -> EmailMessage:
    [path] = Path(bench.outbox_folder).glob("*.eml")
    return read(path.read_bytes())


def calendars(message: EmailMessage) -> list[icalendar.Calendar]:
    """The calendar parts of a mail, in order."""
    found = [part for part in message.walk() if part.get_content_type() in ("text/calendar", "application/ics")]
    return [icalendar.Calendar.from_ical(part.get_payload(decode=True)) for part in found]  # type: ignore[misc]


def event(message: EmailMessage) -> icalendar.Event:
    [found] = calendars(message)[0].walk("VEVENT")
    assert isinstance(found, icalendar.Event)
    return found


async def test_a_mail_program_finds_an_invitation_that_it_can_answer(
    bench: Bench, mail_server: Start, postbox: Postbox
) -> None:
    bench.book.add("mail", "smtp", mail_server("starttls"))
    await invite(booked(bench), "mail")
    [envelope] = postbox.taken
    assert envelope.rcpt_tos == ["dana.reyes@example.com"]
    message = read(envelope.content)
    [answerable] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert answerable.get_param("method") == "REQUEST"
    assert message.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in message.iter_parts()] == ["multipart/alternative", "application/ics"]
    [file] = message.iter_attachments()
    assert file.get_filename() == "invite.ics"
    one, other = calendars(message)
    assert one.to_ical() == other.to_ical()
    assert one["method"] == "REQUEST"
    found = event(message)
    assert found["uid"] == "apt_19@leadline"
    assert found["sequence"] == 0
    assert found["status"] == "CONFIRMED"
    assert found["organizer"] == "mailto:calls@harborline.example.com"
    assert found["organizer"].params["CN"] == "Harborline"
    guest = found["attendee"]
    assert guest == "mailto:dana.reyes@example.com"
    assert (guest.params["RSVP"], guest.params["PARTSTAT"], guest.params["CN"]) == (
        "TRUE",
        "NEEDS-ACTION",
        "Dana Reyes",
    )
    assert str(found["location"]) == "1200 18th St, San Francisco, CA 94107"
    assert str(found["summary"]) == "Appointment with Harborline"


async def test_times_are_in_utc_and_the_text_names_the_zone(bench: Bench) -> None:
    await invite(booked(bench))
    message = lying(bench)
    raw = calendars(message)[0].to_ical()
    assert b"DTSTART:20261202T220000Z" in raw
    assert b"DTEND:20261202T230000Z" in raw
    assert b"TZID" not in raw
    body = message.get_body(("plain",))
    assert body is not None
    assert "Wednesday, December 2, 2026, 2:00 p.m. Pacific time" in body.get_content()


@pytest.mark.parametrize(
    ("day", "utc"), [(datetime(2026, 10, 31, 9, tzinfo=PACIFIC), 16), (datetime(2026, 11, 2, 9, tzinfo=PACIFIC), 17)]
)
async def test_the_night_when_the_clocks_change_moves_no_appointment(bench: Bench, day: datetime, utc: int) -> None:
    await invite(booked(bench, start=day, end=day + timedelta(hours=1)))
    assert event(lying(bench))["dtstart"].dt == day
    assert event(lying(bench))["dtstart"].dt.astimezone(UTC).hour == utc


async def test_line_ends_and_folding_are_those_of_the_format(bench: Bench) -> None:
    await invite(booked(bench), title="Besichtigung – Grüße aus der Straße, die einen sehr langen Namen hat " * 2)
    part = next(part for part in lying(bench).walk() if part.get_content_type() == "text/calendar")
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert "Straße, die einen" in str(event(lying(bench))["summary"])


async def test_the_leads_calendar_reminds_as_long_before_as_told(bench: Bench) -> None:
    await invite(booked(bench), remind_min=90)
    [alarm] = event(lying(bench)).walk("VALARM")
    assert alarm["trigger"].dt == timedelta(minutes=-90)
    assert alarm["action"] == "DISPLAY"


async def test_no_reminder_where_none_is_wanted(bench: Bench) -> None:
    await invite(booked(bench), remind_min=0)
    assert not event(lying(bench)).walk("VALARM")


async def test_a_moved_appointment_moves_in_the_leads_calendar(bench: Bench) -> None:
    new = START + timedelta(days=1)
    await invite(later_call(bench, start=new, end=new + timedelta(hours=1)))
    message = lying(bench)
    found = event(message)
    assert (found["uid"], found["sequence"], found["dtstart"].dt) == ("apt_19@leadline", 1, new)
    assert calendars(message)[0]["method"] == "REQUEST"
    assert message["Subject"] == "New time for your appointment with Harborline: Thursday, December 3"


async def test_a_cancelled_appointment_disappears_from_the_leads_calendar(bench: Bench) -> None:
    await invite(later_call(bench, status="cancelled"))
    message = lying(bench)
    [answerable] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert answerable.get_param("method") == "CANCEL"
    found = event(message)
    assert calendars(message)[0]["method"] == "CANCEL"
    assert (found["uid"], found["sequence"], found["status"]) == ("apt_19@leadline", 1, "CANCELLED")
    assert message["Subject"] == "Cancelled: your appointment with Harborline"


async def test_what_was_moved_since_the_call_is_told_as_it_stands_now(bench: Bench) -> None:
    """The mail server was away for a day, and meanwhile the appointment has moved."""
    new = START + timedelta(days=2)
    await invite(booked(bench, start=new, end=new + timedelta(hours=1), changes=1))
    assert event(lying(bench))["dtstart"].dt == new
    assert event(lying(bench))["sequence"] == 1
    body = lying(bench).get_body(("plain",))
    assert body is not None
    assert "December 4" in body.get_content()


async def test_nobody_is_invited_to_what_was_cancelled_since_the_call(bench: Bench) -> None:
    outcome = await invite(booked(bench, status="cancelled", changes=1))
    assert outcome.note == "Not needed: the appointment was cancelled."
    assert not Path(bench.outbox_folder).exists()


async def test_without_an_appointment_there_is_nothing_to_do_here_or_behind_the_card(bench: Bench) -> None:
    outcome = await invite(bench)
    assert outcome.note == "Not needed: no appointment was booked in this call."
    assert not outcome.go_on
    assert not Path(bench.outbox_folder).exists()


async def test_without_an_address_the_step_says_what_is_missing(bench: Bench) -> None:
    booked(bench)
    bench.result = bench.result.model_copy(update={"lead": bench.result.lead.model_copy(update={"email": None})})
    outcome = await invite(bench)
    assert outcome.note == "Nobody was invited: the call has no e-mail address of the lead."
    assert not outcome.go_on


async def test_a_wish_that_nobody_has_agreed_to_is_no_invitation(bench: Bench) -> None:
    await invite(booked(bench, status="requested"))
    message = lying(bench)
    assert calendars(message) == []
    assert message["Subject"] == "We have noted your wish, Dana"
    assert "We will tell you whether this time works." in message.get_content()


async def test_a_place_to_meet_online_stands_where_there_is_no_address(bench: Bench) -> None:
    await invite(booked(bench, address=None, link="https://meet.example.com/abc"))
    found = event(lying(bench))
    assert str(found["location"]) == "https://meet.example.com/abc"
    assert found["url"] == "https://meet.example.com/abc"


async def test_a_link_that_is_no_web_address_becomes_no_link(bench: Bench) -> None:
    await invite(booked(bench, link="javascript:alert(1)"))
    assert "url" not in event(lying(bench))


@pytest.mark.parametrize(
    "name", ["Dana\r\nBcc: thief@example.com", 'Dana"\r\nATTENDEE:mailto:thief@example.com', "Dana\u2028X:1"]
)
async def test_nobody_can_slip_in_a_header_or_a_guest_by_a_name(bench: Bench, name: str) -> None:
    booked(bench)
    lead = bench.result.lead.model_copy(update={"first_name": name})
    bench.result = bench.result.model_copy(update={"lead": lead})
    await invite(bench, subject="For {first_name}", title="For {first_name}", place="At {first_name}")
    message = lying(bench)
    assert message["Bcc"] is None
    found = event(message)
    assert found["attendee"] == "mailto:dana.reyes@example.com"
    assert "thief" not in str(found["attendee"])
    assert len([line for line in found.to_ical().splitlines() if line.startswith(b"ATTENDEE")]) == 1


async def test_the_same_step_written_twice_is_one_mail_byte_for_byte(bench: Bench) -> None:
    first = await invite(booked(bench))
    [path] = Path(bench.outbox_folder).iterdir()
    before = path.read_bytes()
    again = await invite(bench)
    assert [path] == list(Path(bench.outbox_folder).iterdir())
    assert path.read_bytes() == before
    assert first.external_id == again.external_id
    assert first.external_id.startswith("<call-31-tell-")


async def test_the_run_shows_what_was_sent_without_the_person(bench: Bench) -> None:
    outcome = await invite(booked(bench))
    assert outcome.sent == {
        "to": ["d•••@e•••.com"], "about": "booked", "method": "REQUEST", "uid": "apt_19@leadline", "sequence": 0,
        "start": "2026-12-02T14:00:00-08:00",
    }  # fmt: skip


async def test_a_connection_of_another_kind_is_for_a_person_to_mend(bench: Bench) -> None:
    bench.book.add("crm", "webhook", {})
    with pytest.raises(Permanent, match="needs a mail server"):
        await invite(booked(bench), "crm")
