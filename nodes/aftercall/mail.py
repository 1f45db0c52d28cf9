"""Mail as the cards behind a call send it: through a mail server, or into the outbox folder where none is connected.

connection = mailbox(ctx, "mail")
message, to = letter(ctx, connection, to="{email}", subject="Your visit")
message.set_content("...")
note = await deliver(ctx, connection, message, to)
"""

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

from engine.sdk import AfterCallContext, Connection, ConnectionField, ConnectionKind, Permanent, Transient

SMTP_TIMEOUT_S: Final = 20.0
FALLBACK_FROM: Final = "leadline@localhost.localdomain"


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


def mailbox(ctx: AfterCallContext, name: str) -> Connection:
    """The connection that a card sends by. Raises `ConnectionMissing`, `Permanent`."""
    connection = ctx.connection(name) if name else Connection("outbox folder", "outbox_folder", {})
    if connection.kind not in (MAIL_SERVER.kind, OUTBOX_FOLDER.kind):
        raise Permanent(
            f"The connection '{name}' is of kind '{connection.kind}'; this card needs a mail server or folder."
        )
    return connection


def sender(connection: Connection) -> Address:
    """Whom messages of this connection come from. Raises `Permanent`."""
    given = connection.settings.get("from", "")
    local, _, domain = (addresses(given)[0] if given else FALLBACK_FROM).rpartition("@")
    return Address(one_line(connection.settings.get("from_name", "")), local, domain)


def letter(ctx: AfterCallContext, connection: Connection, to: str, subject: str) -> tuple[EmailMessage, list[str]]:
    """A message with its headers and without a body yet, and to whom it goes. `to` and `subject` may hold placeholders.
    Raises `Permanent`."""
    people, by = addresses(ctx.fill(to)), sender(connection)
    message = EmailMessage(policy=SMTP)
    message["From"] = by
    message["To"] = ", ".join(people)
    message["Subject"] = one_line(ctx.fill(subject))
    # The moment of the call, not of the try: the same message at every try, byte for byte.
    message["Date"] = format_datetime(ctx.result.occurred_at)
    message["Message-ID"] = f"<{stamp(ctx.key)}@{by.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    return message, people


async def deliver(ctx: AfterCallContext, connection: Connection, message: EmailMessage, to: list[str]) -> str:
    """Send it; what happened, as a sentence. Raises `Permanent`, `Transient`."""
    if connection.kind == OUTBOX_FOLDER.kind:
        folder = Path(connection.settings.get("folder") or ctx.outbox_folder)
        path = await asyncio.to_thread(_write, folder, ctx.key, message)
        return f"Written to the outbox folder as {path.name}."
    await asyncio.to_thread(_with_server, connection, lambda server: server.send_message(message, to_addrs=to))
    return f"Sent to {len(to)} {'address' if len(to) == 1 else 'addresses'}."


def one_line(text: str) -> str:
    """A text that stands in a header: nobody's name begins another one."""
    return " ".join(text.split())


def addresses(text: str) -> list[str]:
    """The addresses in a text, apart by commas. Raises `Permanent`."""
    found = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if not found:
        raise Permanent("There is nobody to write to: the card's 'To' is empty for this call.")
    try:
        return [validate_email(part, check_deliverability=False, test_environment=True).normalized for part in found]
    except EmailNotValidError as problem:
        raise Permanent("The card's 'To' or the connection's sender is not an e-mail address.") from problem


def stamp(key: str) -> str:
    """A key as it may stand in a header or a file name; two keys never meet."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', key).strip('-')[:60]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _write(folder: Path, key: str, message: EmailMessage) -> Path:
    """A repeated try finds the same name: one message, however often it is written. Never a half one: renamed whole."""
    path = folder / f"{stamp(key)}.eml"
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
