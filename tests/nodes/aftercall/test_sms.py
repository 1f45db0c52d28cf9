"""The text message: Vonage's own SDK against an emulator of Vonage's SMS API, over TLS on loopback."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from engine.sdk import MayText, NotYet, Permanent, StepOutcome, Transient
from nodes.aftercall import vonage_sms
from nodes.aftercall.sms import SendSms, SmsSettings
from nodes.aftercall.vonage_sms import account
from tests.emulators.faults import Fault
from tests.emulators.vonage_sms import VonageSmsEmulator
from tests.nodes.aftercall.conftest import Bench
from tests.nodes.aftercall.test_invitation import START, booked
from tests.support.aftercall import NOON

TEXT = "Harborline: see you soon, {first_name}."


@pytest.fixture
def ctx(bench: Bench, vonage: VonageSmsEmulator) -> Bench:
    bench.book.add("texts", "vonage_sms", vonage.connection())
    return bench


async def text(ctx: Bench, **settings: object) -> StepOutcome:
    return await SendSms(SmsSettings.model_validate({"text": TEXT} | settings)).run(ctx)


def by_night(bench: Bench) -> Bench:
    """Eleven in the evening at the lead's, hours after the call."""
    bench.now = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    return bench


async def test_the_lead_gets_the_text_from_the_business_with_the_way_out(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    outcome = await text(ctx)
    [taken] = vonage.taken
    assert (taken.to, taken.sender) == ("14155550123", "14155550100")
    assert taken.shown == "Harborline: see you soon, Dana. Reply STOP to opt out."
    assert outcome.note == "Vonage took the text, in 1 part."
    assert outcome.external_id == "000000000001"
    assert taken.ref.startswith("call-31-tell-")
    assert ctx.turns[0].key == "vonage_sms:texts"


async def test_it_is_vonages_own_sdk_that_writes(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    await text(ctx)
    assert vonage.requests[0].headers["user-agent"].startswith("vonage-python-sdk/")


async def test_letters_of_any_language_arrive_whole(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    await text(ctx, text="Привет, {first_name} 🏠")
    [taken] = vonage.taken
    assert taken.kind == "unicode"
    assert taken.shown == "Привет, Dana 🏠 Reply STOP to opt out."


async def test_a_curly_apostrophe_does_not_halve_the_room(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    await text(ctx, text="It’s " + "a" * 120)
    assert (vonage.taken[0].kind, vonage.taken[0].parts) == ("text", 1)


async def test_parts_are_told_and_those_that_vonage_bills_are_the_same(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    outcome = await text(ctx, text="a" * 200)
    assert vonage.taken[0].parts == 2
    assert outcome.note == "Vonage took the text, in 2 parts."
    assert outcome.sent == {
        "to": "•••••••••23", "length": 223, "alphabet": "GSM-7", "parts": 2, "price": 0.0666,
        "client-ref": vonage.taken[0].ref,
    }  # fmt: skip


async def test_a_text_longer_than_allowed_is_not_sent(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    with pytest.raises(Permanent, match="4 parts, and the card sends at most 3"):
        await text(ctx, text="a" * 450)
    assert vonage.asked == []


# -- to whom, and when -------------------------------------------------------------------------------------------------


async def test_a_number_on_the_list_is_never_written_to(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    ctx.allowed = MayText(("America/Los_Angeles",), "The number is on the do-not-call list.")
    outcome = await text(ctx)
    assert outcome.note == "Not sent. The number is on the do-not-call list."
    assert ctx.asked == ["+14155550123"]
    assert vonage.asked == []


async def test_after_an_opt_out_in_the_call_nothing_is_sent(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    ctx.result = ctx.result.model_copy(update={"opted_out": True})
    assert (await text(ctx)).note.startswith("Not sent: the caller wants no more")
    assert vonage.asked == []


async def test_at_night_it_waits_for_the_leads_morning(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    with pytest.raises(NotYet, match=r"09:00 \(America/Los_Angeles\)") as wait:
        await text(by_night(ctx))
    assert wait.value.at == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
    assert vonage.asked == []
    ctx.now = wait.value.at
    await text(ctx)
    assert len(vonage.taken) == 1


async def test_two_zones_must_both_show_day(ctx: Bench) -> None:
    ctx.allowed = MayText(("America/Los_Angeles", "America/New_York"))
    ctx.now = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # six in the evening, and nine
    with pytest.raises(NotYet) as wait:
        await text(ctx)
    assert wait.value.at == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


async def test_right_after_the_call_it_does_not_wait(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    """NOON is four in the morning at the lead's, who has just hung up."""
    ctx.now = NOON + timedelta(minutes=1)
    await text(ctx)
    assert len(vonage.taken) == 1


async def test_a_reminder_that_would_come_after_the_appointment_is_left_out(
    ctx: Bench, vonage: VonageSmsEmulator
) -> None:
    early = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)  # half past eight in the morning
    by_night(booked(ctx, start=early, end=early + timedelta(hours=1)))
    assert (await text(ctx, text="See you {appointment_time}")).note.startswith("Not sent: the appointment has begun")
    assert vonage.asked == []


async def test_a_text_about_an_appointment_that_was_cancelled_while_it_waited_is_left_out(
    ctx: Bench, vonage: VonageSmsEmulator
) -> None:
    booked(ctx, status="cancelled", changes=1)
    outcome = await text(ctx, text="See you on {appointment}.")
    assert outcome.note == "Not sent: the appointment was cancelled."
    assert vonage.asked == []


async def test_a_wish_that_nobody_has_agreed_to_is_not_told_as_an_appointment(
    ctx: Bench, vonage: VonageSmsEmulator
) -> None:
    booked(ctx, status="requested")
    outcome = await text(ctx, text="See you on {appointment}.")
    assert outcome.note == "Not sent: nobody has confirmed the appointment yet."
    assert vonage.asked == []


async def test_a_text_about_an_appointment_names_its_time_of_now(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    booked(ctx, start=START + timedelta(days=1), end=START + timedelta(days=1, hours=1), changes=1)
    await text(ctx, text="See you on {appointment}.", opt_out="")
    assert vonage.taken[0].shown == "See you on Thursday, December 3, 2026, 2:00 p.m. Pacific time."


async def test_without_a_number_a_person_must_help(ctx: Bench) -> None:
    with pytest.raises(Permanent, match="no full phone number"):
        await text(ctx, to="{slot:mobile}")


# -- what Vonage says no to --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("1", Transient, "too many texts"), ("2", Permanent, "status 2"), ("3", Permanent, "no such number"),
        ("4", Permanent, "API key and secret"), ("5", Transient, "failed inside"), ("6", Permanent, "no such number"),
        ("7", Permanent, "barred"), ("8", Permanent, "suspended"), ("9", Permanent, "no credit"),
        ("12", Permanent, "too long"), ("15", Permanent, "sender"), ("29", Permanent, "on trial"),
        ("33", Permanent, "no longer in use"), ("99", Permanent, "status 99"),
    ],
)  # fmt: skip
async def test_every_status_inside_an_answer_200_has_its_sentence(
    ctx: Bench, vonage: VonageSmsEmulator, status: str, kind: type[Exception], words: str
) -> None:
    vonage.faults.set(Fault("refuse", error=status))
    with pytest.raises(kind, match=words):
        await text(ctx)
    assert vonage.taken == []


async def test_a_throttled_text_goes_out_at_the_next_try(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    vonage.faults.set(Fault("refuse", error="1", times=1))
    with pytest.raises(Transient) as busy:
        await text(ctx)
    assert busy.value.retry_after_s == vonage_sms.THROTTLED_S
    await text(ctx)
    assert len(vonage.taken) == 1


async def test_too_many_requests_are_waited_for_as_long_as_vonage_says(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    vonage.retry_after_s = 7
    vonage.faults.set(Fault("rate_limit", times=1))
    with pytest.raises(Transient) as busy:
        await text(ctx)
    assert busy.value.retry_after_s == 7
    await text(ctx)
    assert len(vonage.taken) == 1


@pytest.mark.parametrize(
    ("status", "words"), [("401", "API key and secret"), ("402", "no credit"), ("403", "403"), ("302", "elsewhere")]
)
async def test_refusals_by_http_are_for_a_person(
    ctx: Bench, vonage: VonageSmsEmulator, status: str, words: str
) -> None:
    vonage.faults.set(Fault("refuse", error=status))
    with pytest.raises(Permanent, match=words):
        await text(ctx)
    assert len(vonage.asked) == 1


async def test_a_wrong_secret_is_told_and_stands_nowhere(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    ctx.book.add("texts", "vonage_sms", vonage.connection(api_secret="another-secret"))
    with pytest.raises(Permanent, match="API key and secret") as wrong:
        await text(ctx)
    assert "another-secret" not in str(wrong.value)
    assert "another-secret" not in repr(account(ctx.connection("texts")))


async def test_an_account_without_credit_is_told(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    vonage.credit = 0.0
    with pytest.raises(Permanent, match="no credit"):
        await text(ctx)


async def test_a_sender_that_is_not_the_accounts_is_told(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    ctx.book.add("texts", "vonage_sms", vonage.connection(sender="+14155559999"))
    with pytest.raises(Permanent, match="status 15"):
        await text(ctx)


async def test_a_name_cannot_write_to_the_usa_and_nothing_is_tried(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    ctx.book.add("texts", "vonage_sms", vonage.connection(sender="Harborline"))
    with pytest.raises(Permanent, match="not from a name"):
        await text(ctx)
    assert vonage.asked == []


async def test_a_text_from_a_name_does_not_ask_for_a_reply(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    ctx.book.add("texts", "vonage_sms", vonage.connection(sender="Harborline"))
    await text(ctx, to="+447700900123")
    assert vonage.taken[0].shown == "Harborline: see you soon, Dana."


async def test_a_text_of_which_only_a_part_was_taken_is_not_begun_again(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    vonage.fails_at = (2, "5")
    with pytest.raises(Permanent, match="took 1 of the 2 parts"):
        await text(ctx, text="a" * 200)
    assert len(vonage.taken) == 1


async def test_parts_that_were_all_refused_are_one_refusal(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    """The SDK calls this a partial failure too."""
    vonage.fails_at = (1, "9")
    with pytest.raises(Permanent, match="no credit"):
        await text(ctx, text="a" * 200)


# -- nobody knows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt",
    [
        Fault("cut", times=1),
        Fault("corrupt", times=1),
        Fault("refuse", error="503", times=1),
        b"<!doctype html><title>Log in</title>",
        b'{"message-count": "0", "messages": []}',
        b'{"messages": ["what"]}',
        b"[1]",
        b"null",
    ],
    ids=["cut", "502", "503", "web page", "no message", "odd message", "a list", "null"],
)
async def test_a_lost_answer_never_makes_two_texts(
    ctx: Bench, vonage: VonageSmsEmulator, spoilt: Fault | bytes
) -> None:
    if isinstance(spoilt, Fault):
        vonage.faults.set(spoilt)
    else:
        vonage.garbled = spoilt
    with pytest.raises(Permanent, match="Nobody knows whether the text was sent"):
        await text(ctx)
    assert len(vonage.asked) == 1  # the SDK by itself would have sent it up to ten times
    with pytest.raises(Permanent, match="An earlier try was interrupted"):
        await text(ctx)
    assert len(vonage.asked) == 1


async def test_an_answer_that_does_not_come_is_given_up(
    ctx: Bench, vonage: VonageSmsEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vonage_sms, "TIMEOUT_S", 1)
    vonage.faults.set(Fault("stall", seconds=60))
    with pytest.raises(Permanent, match="no answer in time"):
        await text(ctx)
    assert len(vonage.taken) == 1


async def test_whoever_would_rather_write_twice_than_not_at_all_can_say_so(
    ctx: Bench, vonage: VonageSmsEmulator
) -> None:
    vonage.faults.set(Fault("cut", times=1))
    with pytest.raises(Transient, match="sent again"):
        await text(ctx, if_unsure="again")
    await text(ctx, if_unsure="again")
    assert [each.ref for each in vonage.taken] == [vonage.taken[0].ref] * 2


async def test_a_host_that_is_away_got_nothing_so_it_is_tried_again(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    ctx.book.add("texts", "vonage_sms", vonage.connection(host="127.0.0.1:9"))
    with pytest.raises(Transient, match="Nothing was sent"):
        await text(ctx)
    ctx.book.add("texts", "vonage_sms", vonage.connection())
    await text(ctx)
    assert len(vonage.taken) == 1


async def test_a_certificate_of_somebody_else_is_refused(ctx: Bench, vonage: VonageSmsEmulator) -> None:
    ctx.book.add("texts", "vonage_sms", vonage.connection(ca_file=""))
    with pytest.raises(Permanent, match="certificate"):
        await text(ctx)
    assert vonage.asked == []


async def test_the_log_holds_no_number_no_text_and_no_secret(
    ctx: Bench, vonage: VonageSmsEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await text(ctx)
    vonage.faults.set(Fault("refuse", error="401"))
    ctx.begun = False
    with pytest.raises(Permanent):
        await text(ctx)
    for private in ("4155550123", "see you soon", vonage.secret):
        assert private not in caplog.text


# -- the card ----------------------------------------------------------------------------------------------------------


def test_the_canvas_tells_how_many_parts_it_is() -> None:
    card = SendSms(SmsSettings.model_validate({"text": "a" * 200}))
    assert card.describe(None) == f"Texts the lead: “{'a' * 200}” (2 parts or more)"  # type: ignore[arg-type]


@pytest.mark.parametrize("hours", ["at night", "21:00-09:00"])
def test_hours_that_are_none_are_refused_when_they_are_entered(hours: str) -> None:
    with pytest.raises(ValidationError, match="hours"):
        SmsSettings.model_validate({"hours": hours})
