"""Which voice speaks for a flow: its own if the provider has it, else the provider's standard voice."""

import pytest

from engine.flow import shipped
from engine.speech.voice_choice import Provider, provider_of, voice_for


@pytest.mark.parametrize(
    ("wanted", "provider", "expected"),
    [
        ("heart", "local", "heart"),
        ("Kore", "local", "heart"),
        ("en-US-Chirp3-HD-Puck", "local", "heart"),
        ("heart", "google", "Kore"),
        ("Puck", "google", "Puck"),
        ("en-US-Chirp3-HD-Puck", "google", "en-US-Chirp3-HD-Puck"),
        ("en-GB-Neural2-A", "google", "en-GB-Neural2-A"),
        ("fr_CA voice", "google", "Kore"),
        ("", "google", "Kore"),
    ],
)
def test_a_flow_never_becomes_unusable_by_a_change_of_provider(wanted: str, provider: Provider, expected: str):
    assert voice_for(wanted, provider) == expected


def test_the_settings_name_the_standard_voice():
    assert voice_for("heart", "google", "en-US-Chirp3-HD-Leda") == "en-US-Chirp3-HD-Leda"


@pytest.mark.parametrize("name", shipped.names())
def test_shipped_flows_have_a_voice_with_every_provider(name: str):
    voice = shipped.load(name).flow.assistant.voice
    assert provider_of(voice_for(voice, "local")) == "local"
    assert provider_of(voice_for(voice, "google")) == "google"
