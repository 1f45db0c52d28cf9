"""The accounts that Leadline's own providers need, field by field: what each is and where it is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from engine.sdk import ConnectionField, ConnectionKind

Kind = Literal["google", "gemini", "vonage"]

API_VERSIONS: Final = ("v1", "v1beta")
"""Of the Gemini API."""

STREAM_RATES: Final = ("16000", "24000")
"""Of Google's streamed voices, as typed."""

_CREDENTIALS: Final = (
    "the service account's key file (JSON), or `application_default` for the credentials that the machine has already"
)
_PROJECT: Final = ConnectionField(
    "project", "Project", "id of the Google Cloud project; without it the one of the key file", example="leadline-prod"
)

ACCOUNT_KINDS: Final[Mapping[Kind, ConnectionKind]] = {
    "google": ConnectionKind(
        "google",
        "Google Cloud",
        "hears what callers say and speaks the answers",
        (
            ConnectionField("credentials", "Key file", _CREDENTIALS, required=True, secret=True, long=True),
            _PROJECT,
            ConnectionField(
                "location",
                "Location of recognition",
                "Google's location of the recognition model, such as us; without it the one of the settings",
                example="us",
                advanced=True,
            ),
            ConnectionField(
                "voice_location",
                "Location of voices",
                "where Google's voices are made, such as eu; without it the one of the settings, else global",
                example="eu",
                advanced=True,
            ),
            ConnectionField(
                "stream_rate",
                "Rate of streamed voices",
                "16000, or 24000 if *test connection* says that Google streams at another rate than asked for",
                choices=STREAM_RATES,
                advanced=True,
            ),
            ConnectionField(
                "speech_endpoint",
                "Emulator of recognition",
                "address of an emulator on this machine, such as 127.0.0.1:9001",
                advanced=True,
            ),
            ConnectionField(
                "voice_endpoint", "Emulator of voices", "address of an emulator on this machine", advanced=True
            ),
        ),
    ),
    "gemini": ConnectionKind(
        "gemini",
        "Gemini",
        "understands callers and words the answers",
        (
            ConnectionField(
                "api_key",
                "API key",
                "a key of the Gemini API; or, for Vertex AI, leave it out and give the next three",
                secret=True,
            ),
            ConnectionField(
                "credentials",
                "Key file (Vertex AI)",
                "the service account's key file (JSON), or `application_default`",
                secret=True,
                long=True,
                advanced=True,
            ),
            ConnectionField(
                "project",
                "Project (Vertex AI)",
                "id of the Google Cloud project",
                example="leadline-prod",
                advanced=True,
            ),
            ConnectionField(
                "location",
                "Location (Vertex AI)",
                "location of Vertex AI, such as us-central1 or global",
                example="us-central1",
                advanced=True,
            ),
            ConnectionField(
                "api_version",
                "API version",
                "version of Gemini's API: v1, or v1beta if a new model needs it; without it v1, on Vertex AI its beta",
                choices=API_VERSIONS,
                advanced=True,
            ),
            ConnectionField(
                "endpoint",
                "Emulator",
                "address of an emulator on this machine, such as http://127.0.0.1:9003",
                advanced=True,
            ),
        ),
    ),
    "vonage": ConnectionKind(
        "vonage",
        "Vonage",
        "carries the phone calls",
        (
            ConnectionField(
                "application_id",
                "Application id",
                "id of the application that has Voice switched on",
                required=True,
                example="aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
            ),
            ConnectionField(
                "private_key",
                "Private key",
                "the application's private key (PEM), as downloaded from Vonage's dashboard",
                required=True,
                secret=True,
                long=True,
            ),
            ConnectionField(
                "api_key",
                "API key",
                "API key of the account, checked in signed webhooks",
                required=True,
                example="1a2b3c4d",
            ),
            ConnectionField(
                "signature_secret",
                "Signature secret",
                "signature secret of the account, which proves that webhooks come from Vonage",
                required=True,
                secret=True,
            ),
            ConnectionField(
                "number",
                "Number",
                "the number that calls are made from, like +14155550100",
                required=True,
                example="+14155550100",
            ),
        ),
    ),
}
