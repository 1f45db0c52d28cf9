"""Which services serve a call: what the settings say, unless its flow says otherwise. Pure.

A choice names the first service of each kind; behind it always stands the next one, and at the end the engine of this
machine, so that a call never depends on one service alone. `order` tells that in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.flow import provider_facts
from engine.flow.model import Flow
from engine.speech.voice_choice import voice_for

EarEngine = Literal["local", "google"]
VoiceEngine = Literal["local", "google"]
MindEngine = Literal["offline", "gemini"]


@dataclass(frozen=True, slots=True)
class Ear:
    """Who listens. `connection`: name of the account; empty with `local`, as all other fields then are. `location`:
    empty for that of the account."""

    engine: EarEngine = "local"
    connection: str = ""
    model: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks. `second`: the voice that takes over, empty for the one of this machine at once. `language`: of a name
    that does not tell it, such as Kore. `location`: empty for that of the account."""

    engine: VoiceEngine = "local"
    connection: str = ""
    name: str = ""
    second: str = ""
    language: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Mind:
    """Who interprets and finds words. `models`: in the order in which they are asked."""

    engine: MindEngine = "offline"
    connection: str = ""
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The services of a call. Equal choices are served by the same engines."""

    ear: Ear = Ear()
    voice: Voice = Voice()
    mind: Mind = Mind()

    @property
    def connections(self) -> frozenset[str]:
        """Names of the connections that are needed."""
        return frozenset(filter(None, (self.ear.connection, self.voice.connection, self.mind.connection)))

    @property
    def local(self) -> bool:
        """Whether everything runs on this machine."""
        return not self.connections

    def order(self) -> dict[str, tuple[str, ...]]:
        """Who is asked, and who takes over, in words: `{"ear": ("google telephony (global)", "local"), ...}`."""
        ear, voice, mind = self.ear, self.voice, self.mind
        return {
            "ear": (f"google {ear.model}{f' ({ear.location})' if ear.location else ''}", "local")
            if ear.engine == "google"
            else ("local",),
            "voice": (
                *(
                    f"google {each}{f' ({voice.location})' if voice.location else ''}"
                    for each in (voice.name, voice.second)
                    if each
                ),
                "local",
            ),
            "mind": (*mind.models, "offline"),
        }


class Defaults(Protocol):
    """The settings that say which services are used (`engine.settings.Settings`)."""

    @property
    def providers(self) -> Literal["local", "google"]: ...
    @property
    def ear(self) -> EarEngine | None: ...
    @property
    def ear_connection(self) -> str: ...
    @property
    def ear_model(self) -> str: ...
    @property
    def ear_location(self) -> str: ...
    @property
    def voice(self) -> VoiceEngine | None: ...
    @property
    def voice_connection(self) -> str: ...
    @property
    def voice_name(self) -> str: ...
    @property
    def voice_second(self) -> str: ...
    @property
    def voice_location(self) -> str: ...
    @property
    def mind(self) -> MindEngine | None: ...
    @property
    def mind_connection(self) -> str: ...
    @property
    def mind_models(self) -> str: ...


def choose(defaults: Defaults, flow: Flow | None = None) -> Choice:
    """The services of a flow's calls; without a flow those that the settings name."""
    hosted = defaults.providers == "google"
    wanted = flow.providers if flow is not None else None
    ear, voice, mind = (wanted.ear, wanted.voice, wanted.mind) if wanted is not None else (None, None, None)
    use_ear = (ear and ear.use) or defaults.ear or ("google" if hosted else "local")
    use_voice = (voice and voice.use) or defaults.voice or ("google" if hosted else "local")
    use_mind = (mind and mind.use) or defaults.mind or ("gemini" if hosted else "offline")
    return Choice(
        Ear(
            "google",
            (ear and ear.connection) or defaults.ear_connection,
            (ear and ear.model) or defaults.ear_model,
            (ear and ear.location) or defaults.ear_location,
        )
        if use_ear == "google"
        else Ear(),
        Voice(
            "google",
            (voice and voice.connection) or defaults.voice_connection,
            (voice and voice.voice) or voice_for(flow.assistant.voice if flow else "", "google", defaults.voice_name),
            (voice and voice.second_voice) or defaults.voice_second,
            flow.language if flow else "en-US",
            (voice and voice.location) or defaults.voice_location,
        )
        if use_voice == "google"
        else Voice(),
        Mind(
            "gemini",
            (mind and mind.connection) or defaults.mind_connection,
            (mind and mind.models) or models_in(defaults.mind_models),
        )
        if use_mind == "gemini"
        else Mind(),
    )


def models_in(text: str) -> tuple[str, ...]:
    """Names with commas between them, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))


def misfits(choice: Choice, language: str) -> Iterator[str]:
    """What is surely wrong with a choice for calls in `language`, one sentence each; asks nobody."""
    ear, voice = choice.ear, choice.voice
    if why := provider_facts.unsuitable(ear.model):
        yield f"The recognition model {ear.model} cannot hear a call: {why}. Choose telephony or chirp_3."
    if places := provider_facts.offered_in(ear.model, ear.location):
        yield (
            f"Google does not offer the recognition model {ear.model} at the location {ear.location}. "
            f"Choose the location {places}, or the model telephony."
        )
    if voice.location and voice.location not in provider_facts.VOICE_PLACES:
        yield (
            f"Google's voices are not offered at the location {voice.location}. "
            f"Choose {', '.join(provider_facts.VOICE_PLACES)}."
        )
    for name in filter(None, (voice.name, voice.second)):
        spoken = provider_facts.language_of(name)
        if spoken and spoken != language:
            yield (
                f"The voice {name} speaks {spoken}, but calls are held in {language}. "
                f"Choose a voice whose name begins with {language}."
            )
