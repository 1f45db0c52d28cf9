"""The e-mail card: into the outbox folder, and through a real mail server on loopback."""

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from engine.sdk import AfterCallContext, Permanent, StepOutcome, Transient
from nodes.aftercall.email import Email, EmailSettings
from tests.support.postbox import Postbox, Start

Connect = Callable[..., AfterCallContext]


async def write(ctx: AfterCallContext, connection: str = "", **settings: str) -> StepOutcome:
    given = {"to": "office@example.com", "connection": connection} | settings
    return await Email(EmailSettings.model_validate(given)).run(ctx)


def written(folder: str) -> list[Path]:
    return sorted(Path(folder).iterdir())


def read(folder: str) -> EmailMessage:
    [path] = Path(folder).glob("*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


async def test_without_a_mail_server_a_complete_message_lies_in_the_outbox_folder(bench: AfterCallContext) -> None:
    await write(bench)
    message = read(bench.outbox_folder)
    assert message["To"] == "office@example.com"
    assert message["Subject"] == "Home: booked, Dana Reyes"
    assert message["Date"] == "Tue, 24 Nov 2026 12:00:00 +0000"
    assert message["Message-ID"].startswith("<call-31-tell-")
    assert "ZIP code: 94107" in message.get_content()


async def test_the_same_step_written_twice_is_one_message_byte_for_byte(bench: AfterCallContext) -> None:
    await write(bench)
    [path] = written(bench.outbox_folder)
    before = path.read_bytes()
    await write(bench)
    assert [path] == written(bench.outbox_folder)
    assert path.read_bytes() == before


async def test_two_keys_that_look_alike_are_two_messages(bench: AfterCallContext) -> None:
    for key in ("call_1:a-b", "call_1:a_b"):
        bench.key = key
        await write(bench)
    assert len(written(bench.outbox_folder)) == 2


async def test_words_of_any_language_arrive_whole(bench: AfterCallContext) -> None:
    await write(bench, subject="Müller, 東京 – naïve", body="Grüße\n.\nšípka 🏠\n")
    message = read(bench.outbox_folder)
    assert message["Subject"] == "Müller, 東京 – naïve"
    assert message.get_content().replace("\r\n", "\n") == "Grüße\n.\nšípka 🏠\n"


async def test_nobody_can_slip_in_a_header_by_a_name(bench: AfterCallContext) -> None:
    lead = bench.result.lead.model_copy(update={"first_name": "Dana\r\nBcc: thief@example.com"})
    bench.result = bench.result.model_copy(update={"lead": lead})
    await write(bench, subject="{first_name}")
    message = read(bench.outbox_folder)
    assert message["Bcc"] is None
    assert message["Subject"] == "Dana Bcc: thief@example.com"


async def test_several_people_may_be_written_to(bench: AfterCallContext) -> None:
    outcome = await write(bench, to="office@example.com, {email}")
    assert read(bench.outbox_folder)["To"] == "office@example.com, dana.reyes@example.com"
    assert outcome.sent == {
        "to": ["o•••@e•••.com", "d•••@e•••.com"],
        "subject": "Home: booked, D••• R•••",
        "length": 101,
    }


@pytest.mark.parametrize("to", ["", "nobody", "a@b@c", "a b@example.com"])
async def test_what_is_no_address_is_for_a_person_to_mend(bench: AfterCallContext, to: str) -> None:
    with pytest.raises(Permanent, match="'To'"):
        await write(bench, to=to)


async def test_a_lead_without_an_address_is_no_failure(bench: AfterCallContext) -> None:
    outcome = await write(bench, to="{slot:email}")
    assert outcome.note == "Not sent: the call has no e-mail address to write to."
    assert not Path(bench.outbox_folder).exists()


async def test_a_placeholder_nobody_can_fill_is_named(bench: AfterCallContext) -> None:
    with pytest.raises(Permanent, match=r"\{weather\}"):
        await write(bench, body="Today: {weather}")


# -- through a mail server ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_mail_server_gets_it_over_a_safe_line(
    connected: Connect, mail_server: Start, postbox: Postbox, security: str
) -> None:
    await write(connected("smtp", "mail", **mail_server(security)), "mail")
    [envelope] = postbox.taken
    assert postbox.secure == [True]
    assert envelope.mail_from == "calls@harborline.example.com"
    assert envelope.rcpt_tos == ["office@example.com"]
    assert isinstance(envelope.content, bytes)
    assert b"From: Harborline <calls@harborline.example.com>" in envelope.content


async def test_every_try_has_the_same_message_id(connected: Connect, mail_server: Start, postbox: Postbox) -> None:
    ctx = connected("smtp", "mail", **mail_server("starttls"))
    first = await write(ctx, "mail")
    second = await write(ctx, "mail")
    assert first.external_id == second.external_id
    assert postbox.taken[0].content == postbox.taken[1].content


async def test_a_wrong_password_is_for_a_person_to_mend_and_stands_nowhere(
    connected: Connect, mail_server: Start
) -> None:
    ctx = connected("smtp", "mail", **mail_server("tls") | {"password": "wrong-secret"})
    with pytest.raises(Permanent, match="user name or password") as refused:
        await write(ctx, "mail")
    assert "wrong-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "kind"), [("451 later", Transient), ("452 full", Transient), ("550 never", Permanent)]
)
async def test_later_and_never_are_told_apart(
    connected: Connect, mail_server: Start, postbox: Postbox, answer: str, kind: type[Exception]
) -> None:
    postbox.answer = answer
    with pytest.raises(kind, match=answer[:3]):
        await write(connected("smtp", "mail", **mail_server("tls")), "mail")


async def test_a_certificate_of_somebody_else_is_refused(connected: Connect, mail_server: Start) -> None:
    ctx = connected("smtp", "mail", **mail_server("tls") | {"ca_file": ""})
    with pytest.raises(Permanent, match="certificate"):
        await write(ctx, "mail")


async def test_a_mail_server_that_is_away_is_tried_again(connected: Connect) -> None:
    ctx = connected("smtp", "mail", host="127.0.0.1", port="9", security="none")
    with pytest.raises(Transient, match="could not be reached"):
        await write(ctx, "mail")
