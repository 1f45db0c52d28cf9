"""A mail server of one's own, on loopback, with TLS and a password. It takes mail, or answers as told."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Start = Callable[[str], dict[str, str]]
"""Starts a server with the given security; the settings of a connection to it."""


class Postbox:
    """`taken`: the mails, oldest first. `answer`: what the server says to the next ones."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.secure: list[bool] = []
        self.answer = "250 taken"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.secure.append(server.transport is not None and server.transport.get_extra_info("sslcontext") is not None)
        if self.answer.startswith("250"):
            self.taken.append(envelope)
        return self.answer


def self_signed(folder: Path) -> Path:
    """A certificate for localhost, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "localhost.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@contextmanager
def mail_servers(postbox: Postbox, certificate: Path) -> Iterator[Start]:
    """Servers that put what comes into `postbox`; all of them stop at the end."""
    running: list[Controller] = []

    def start(security: str) -> dict[str, str]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server = Controller(
            postbox, hostname="127.0.0.1", port=_free_port(),
            ssl_context=context if security == "tls" else None,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=_check_login, auth_require_tls=False, auth_required=True,
        )  # fmt: skip
        server.start()
        running.append(server)
        assert server.server is not None
        port = server.server.sockets[0].getsockname()[1]
        return {
            "host": "localhost", "port": str(port), "security": security, "ca_file": str(certificate),
            "user": "leadline", "password": "right", "from": "calls@harborline.example.com", "from_name": "Harborline",
        }  # fmt: skip

    try:
        yield start
    finally:
        for server in running:
            server.stop()


def _check_login(server: SMTP, session: Session, envelope: Envelope, way: str, who: LoginPassword) -> AuthResult:
    return AuthResult(success=who.login == b"leadline" and who.password == b"right", handled=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
