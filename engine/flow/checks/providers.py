"""The services that a flow chooses for itself: whether there are such, and whether they fit the call."""

from __future__ import annotations

from collections.abc import Iterator

from engine.flow.checks.subject import Subject
from engine.flow.issues import Address, Issue, issue
from engine.flow.provider_facts import EARS, MINDS, VOICE_PLACES, VOICES, language_of, offered_in, unsuitable


def check_providers(subject: Subject) -> Iterator[Issue]:
    chosen = subject.flow.providers
    for field, words, use, known in (
        ("ear", "listening", chosen.ear.use, EARS),
        ("voice", "speaking", chosen.voice.use, VOICES),
        ("mind", "thinking", chosen.mind.use, MINDS),
    ):
        if use and use not in known:
            yield issue(
                "unknown_provider",
                Address("flow", "", f"providers.{field}.use"),
                f"For {words}, the flow chooses “{use}”, which Leadline does not know.",
                f"Choose {' or '.join(known)}, or leave it to the settings.",
            )
    ear = chosen.ear
    if why := unsuitable(ear.model):
        yield issue(
            "ear_model_unsuitable",
            Address("flow", "", "providers.ear.model"),
            f"The recognition model “{ear.model}” cannot hear a call: {why}.",
            "Choose telephony or chirp_3.",
        )
    if places := offered_in(ear.model, ear.location):
        yield issue(
            "ear_model_elsewhere",
            Address("flow", "", "providers.ear.location"),
            f"Google does not offer the recognition model “{ear.model}” at the location “{ear.location}”.",
            f"Choose the location {places}, or the model telephony.",
        )
    if chosen.voice.location and chosen.voice.location not in VOICE_PLACES:
        yield issue(
            "voice_elsewhere",
            Address("flow", "", "providers.voice.location"),
            f"Google does not offer its voices at the location “{chosen.voice.location}”.",
            f"Choose {', '.join(VOICE_PLACES[:-1])} or {VOICE_PLACES[-1]}.",
        )
    for field, voice in (("voice", chosen.voice.voice), ("second_voice", chosen.voice.second_voice)):
        language = language_of(voice)
        if language and language != subject.flow.language:
            yield issue(
                "voice_language",
                Address("flow", "", f"providers.voice.{field}"),
                f"The voice “{voice}” speaks {language}, but the call is held in {subject.flow.language}.",
                f"Choose a voice whose name begins with {subject.flow.language}.",
            )
