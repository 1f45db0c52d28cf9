"""Secrets that lead sources prove themselves with, as people enter them. Two at a time, so that one can be replaced
without losing a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.leads.sources.signatures import key_of
from engine.sdk import Connection, ConnectionField, ConnectionKind

GOOGLE_KEY: Final = "google_lead_key"
SECRET: Final = "lead_source_secret"  # noqa: S105  the name of a kind

SHORTEST: Final = 8
"""Characters of a key or token; shorter ones are guessed."""


def secrets_of(connection: Connection) -> tuple[str, ...]:
    """The secrets that count at present: the present one and, while it is replaced, the other."""
    found = (connection.settings.get(name, "").strip() for name in ("secret", "second_secret"))
    return tuple(each for each in found if each)


def _long_enough(connection: Connection) -> Sequence[str]:
    if any(len(each) < SHORTEST for each in secrets_of(connection)):
        return (f"The secret is too short: it needs at least {SHORTEST} characters.",)
    return ()


def _check_secret(connection: Connection) -> Sequence[str]:
    wrong = list(_long_enough(connection))
    for each in secrets_of(connection):
        if each.startswith("whsec_"):
            try:
                key_of(each)
            except ValueError as problem:
                wrong.append(f"The secret begins with whsec_, but cannot be used. {problem}")
    return wrong


async def _look_at(connection: Connection) -> str:
    count = len(secrets_of(connection))
    which = "Both secrets are" if count > 1 else "The secret is"
    return f"{which} complete. Whether the sender has the same shows with its first lead: have it send a test lead."


_SECOND: Final = ConnectionField(
    "second_secret",
    "Second one",
    "while you replace it: both count. Take the old one out when the sender has the new one",
    secret=True,
    advanced=True,
)

SOURCE_KINDS: Final[Mapping[str, ConnectionKind]] = {
    each.kind: each
    for each in (
        ConnectionKind(
            GOOGLE_KEY,
            "Google Ads lead form key",
            "proves that leads come from your lead form at Google Ads",
            (
                ConnectionField(
                    "secret",
                    "Key",
                    "the same text as in the lead form's field “Key”; at least 8 characters, which nobody can guess",
                    required=True,
                    secret=True,
                ),
                _SECOND,
            ),
            test=_look_at,
            check=_long_enough,
            steps=(
                "Think up a key, or let a password manager make one: 24 letters and digits are a good length.",
                "Enter it here, and in Google Ads in the lead form under “Export leads”, “Other data integration "
                "options”, “Webhook integration”, field “Key”.",
            ),
        ),
        ConnectionKind(
            SECRET,
            "Secret of a lead source",
            "proves that leads come from whom they should",
            (
                ConnectionField(
                    "secret",
                    "Secret",
                    "whsec_ and base64 text for signatures after Standard Webhooks; else the secret or token as the "
                    "service shows it",
                    required=True,
                    secret=True,
                    example="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                ),
                _SECOND,
            ),
            test=_look_at,
            check=_check_secret,
            steps=(
                "If the sending service shows a signing secret, copy it here.",
                "If you may choose one: `whsec_` and the base64 of 24 random bytes, the same on both sides.",
                "For a token in a header, think up one of at least 24 letters and digits and enter it on both sides.",
            ),
        ),
    )
}
"""By name."""
