"""Sends an e-mail about the call: through a mail server, or into the outbox folder where none is connected."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from email_validator import EmailNotValidError, validate_email
from pydantic import Field

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    Connection,
    ConnectionField,
    ConnectionKind,
    Effects,
    Naming,
    NodeSettings,
    Permanent,
    StepOutcome,
    Transient,
    marks,
)
from engine.sdk.redact import hide_email, hide_text

SMTP_TIMEOUT_S: Final = 20.0
FALLBACK_FROM: Final = "leadline@localhost.localdomain"


class EmailSettings(NodeSettings):
    connection: str = Field(
        "",
        title="Connection",
        description="The mail server. With none the message is written into the outbox folder instead.",
        json_schema_extra=marks(refers="connection:smtp|outbox_folder"),
    )
    to: str = Field(
        "",
        title="To",
        description="One or more addresses, separated by commas.",
        examples=["office@harborline.example"],
        json_schema_extra=marks(fills=()),
    )
    subject: str = Field(
        "{flow}: {disposition}, {first_name} {last_name}", title="Subject", json_schema_extra=marks(fills=())
    )
    body: str = Field(
        "{first_name} {last_name}, {phone}\n\n{summary}\n\n{answers}\n\n{appointment}\n",
        title="Text",
        description="What the reader should know; the rest is filled in from the call.",
        json_schema_extra=marks(format="long_text", fills=()),
    )


async def _knock(connection: Connection) -> str:
    """Logs in at the mail server and leaves again, without writing to anybody."""
    await asyncio.to_thread(_with_server, connection, lambda server: server.noop())
    return f"{connection.settings.get('host', '')} let Leadline in. No message was sent."


async def _try_folder(connection: Connection) -> str:
    folder = connection.settings.get("folder", "")
    if not folder:
        return "Messages are written into the outbox folder among Leadline's own files."
    try:
        await asyncio.to_thread(_touch, Path(folder))
    except OSError as problem:
        raise Permanent(f"The folder cannot be written ({problem.strerror or 'unknown reason'}).") from problem
    return f"Messages can be written into {folder}."


def _touch(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


SENDER = (
    ConnectionField("from", "Sender", "the address that messages come from", example="calls@example.com"),
    ConnectionField("from_name", "Sender's name", "shown beside the address", example="Harborline Roofing"),
)
MAIL_SERVER = ConnectionKind(
    "smtp",
    "Mail server",
    "sends e-mails to your staff and to leads",
    (
        ConnectionField("host", "Server", "the name of the mail server", required=True, example="smtp.example.com"),
        ConnectionField(
            "user", "User name", "leave it out for a server that asks for none", example="calls@example.com"
        ),
        ConnectionField("password", "Password", "often one made for programs, not your own", secret=True),
        *SENDER,
        ConnectionField(
            "security", "Security", "starttls if not told otherwise", choices=("starttls", "tls", "none"), advanced=True
        ),
        ConnectionField("port", "Port", "without it the usual one: 587, 465 or 25", example="587", advanced=True),
        ConnectionField(
            "ca_file",
            "Certificate file",
            "path of the authority's certificate, for a server of your own",
            advanced=True,
        ),
    ),
    test=_knock,
)
OUTBOX_FOLDER = ConnectionKind(
    "outbox_folder",
    "Outbox folder",
    "keeps messages as files instead of sending them, to look at while you try things out",
    (ConnectionField("folder", "Folder", "without one, the outbox among Leadline's own files"), *SENDER),
    test=_try_folder,
)


class Email(AfterCallNode[EmailSettings]):
    type = "email"
    title = "Send an e-mail"
    summary = (
        "Writes to the business or to the lead about the call. Without a mail server it goes to the outbox folder."
    )
    icon = "mail"
    connection_kinds = (MAIL_SERVER, OUTBOX_FOLDER)
    effects = Effects(outside=True, budget_s=45.0)

    def texts(self) -> tuple[str, ...]:
        return (self.settings.to, self.settings.subject, self.settings.body)

    def describe(self, naming: Naming) -> str:
        settings = self.settings
        to = {"": "nobody yet", "{email}": "the lead"}.get(settings.to.strip(), settings.to)
        return f"Writes to {to}: “{settings.subject}”"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        name = self.settings.connection
        connection = ctx.connection(name) if name else Connection("outbox folder", "outbox_folder", {})
        message, to = self._message(ctx, connection)
        match connection.kind:
            case "outbox_folder":
                folder = Path(connection.settings.get("folder") or ctx.outbox_folder)
                path = await asyncio.to_thread(_write, folder, ctx.key, message)
                note = f"Written to the outbox folder as {path.name}."
            case "smtp":
                await asyncio.to_thread(_send, connection, message, to)
                note = f"Sent to {len(to)} {'address' if len(to) == 1 else 'addresses'}."
            case other:
                raise Permanent(
                    f"The connection '{connection.name}' is of kind '{other}'; this card needs a mail server or folder."
                )
        people = (ctx.result.lead.first_name, ctx.result.lead.last_name)
        return StepOutcome(
            note=note,
            external_id=str(message["Message-ID"]),
            sent={
                "to": [hide_email(address) for address in to],
                "subject": hide_text(str(message["Subject"]), people),
                "length": len(message.get_content()),
            },
        )

    def _message(self, ctx: AfterCallContext, connection: Connection) -> tuple[EmailMessage, list[str]]:
        to = _addresses(ctx.fill(self.settings.to))
        given = connection.settings.get("from", "")
        sender = _addresses(given)[0] if given else FALLBACK_FROM
        message = EmailMessage(policy=SMTP)
        local, _, domain = sender.rpartition("@")
        message["From"] = Address(connection.settings.get("from_name", ""), local, domain)
        message["To"] = ", ".join(to)
        message["Subject"] = " ".join(ctx.fill(self.settings.subject).split())
        # The moment of the call, not of the try: the same message at every try, byte for byte.
        message["Date"] = format_datetime(ctx.result.occurred_at)
        message["Message-ID"] = f"<{_stamp(ctx.key)}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(ctx.fill(self.settings.body))
        return message, to


def _addresses(text: str) -> list[str]:
    found = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if not found:
        raise Permanent("There is nobody to write to: the card's 'To' is empty for this call.")
    try:
        return [validate_email(part, check_deliverability=False, test_environment=True).normalized for part in found]
    except EmailNotValidError as problem:
        raise Permanent("The card's 'To' or the connection's sender is not an e-mail address.") from problem


def _stamp(key: str) -> str:
    """A key as it may stand in a header or a file name; two keys never meet."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', key).strip('-')[:60]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _write(folder: Path, key: str, message: EmailMessage) -> Path:
    """A repeated try finds the same name: one message, however often it is written. Never a half one: renamed whole."""
    path = folder / f"{_stamp(key)}.eml"
    partial = folder / f".{path.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(bytes(message))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as problem:
        raise Transient(
            f"The outbox folder could not be written ({problem.strerror or 'unknown reason'})."
        ) from problem
    return path


def _send(connection: Connection, message: EmailMessage, to: list[str]) -> None:
    _with_server(connection, lambda server: server.send_message(message, to_addrs=to))


def _with_server(connection: Connection, work: Callable[[smtplib.SMTP], object]) -> None:
    """Does `work` with the mail server, logged in. Raises `Permanent`, `Transient`."""
    settings = connection.settings
    host, security = settings.get("host", ""), settings.get("security", "starttls")
    try:
        port = int(settings.get("port") or {"tls": 465, "starttls": 587}.get(security, 25))
    except ValueError:
        raise Permanent(f"The port of the connection '{connection.name}' is not a number.") from None
    if not host or security not in ("tls", "starttls", "none"):
        raise Permanent(f"The connection '{connection.name}' needs a host, and a security of tls, starttls or none.")
    trust = ssl.create_default_context(cafile=settings.get("ca_file") or None)
    try:
        with _open(host, port, security, trust) as server:
            if settings.get("user"):
                server.login(settings["user"], settings.get("password", ""))
            work(server)
    except smtplib.SMTPAuthenticationError as problem:
        raise Permanent(f"The mail server refused the user name or password of '{connection.name}'.") from problem
    except smtplib.SMTPRecipientsRefused as problem:
        _refused(max(code for code, _ in problem.recipients.values()), problem)
    except smtplib.SMTPResponseException as problem:
        _refused(problem.smtp_code, problem)
    except smtplib.SMTPNotSupportedError as problem:
        raise Permanent("The mail server does not offer the security that the connection asks for.") from problem
    except ssl.SSLCertVerificationError as problem:
        raise Permanent(f"The certificate of the mail server {host} is not valid for it.") from problem
    except (smtplib.SMTPException, OSError) as problem:
        raise Transient(f"The mail server could not be reached ({type(problem).__name__}).") from problem


def _open(host: str, port: int, security: str, trust: ssl.SSLContext) -> smtplib.SMTP:
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=SMTP_TIMEOUT_S, context=trust)
    server = smtplib.SMTP(host, port, timeout=SMTP_TIMEOUT_S)
    if security == "starttls":
        try:
            server.starttls(context=trust)
        except BaseException:
            with contextlib.suppress(Exception):
                server.close()
            raise
    return server


def _refused(code: int, problem: Exception) -> None:
    if 400 <= code < 500:
        raise Transient(f"The mail server asks us to come back later (answer {code}).") from problem
    raise Permanent(f"The mail server refused the message (answer {code}). Check the addresses.") from problem
