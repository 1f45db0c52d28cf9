"""What Google's recogniser takes and refuses, in its own words. Pure. Source: google-speech.md, sections 3, 5 and 7."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc
from google.cloud.speech_v2 import types

_PATH = re.compile(r"projects/([^/]+)/locations/([a-z0-9-]+)/recognizers/([a-z0-9_-]+)")
_EVERYWHERE = frozenset({"global", "us", "eu", "us-central1", "us-west1", "europe-west4", "asia-southeast1"})
_MODELS: Mapping[str, frozenset[str]] = {
    "telephony": _EVERYWHERE,
    "telephony_short": _EVERYWHERE,
    "latest_long": _EVERYWHERE,
    "latest_short": _EVERYWHERE,
    "long": _EVERYWHERE,
    "short": _EVERYWHERE,
    "chirp": frozenset({"us-central1", "europe-west4", "asia-southeast1"}),
    "chirp_2": frozenset({"us-central1", "europe-west4", "asia-southeast1"}),
    "chirp_3": frozenset({"us", "eu", "asia-southeast1", "asia-northeast1"}),
}
_BYTES = {types.ExplicitDecodingConfig.AudioEncoding.LINEAR16: 2}
_LIMIT = "Max duration of 5 minutes reached for stream."
_IDLE = "Stream timed out after receiving no more client requests."


class Refused(Exception):
    """The stream is ended with this status."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class SpeechRules:
    """`chunk_bytes`: most bytes of sound in a message (the field's comment says 15,360, the quota page 25,600).
    `limit_s`: a stream's longest sound. `idle_s`: longest time without a message. `location`: that of this host; empty:
    any. `projects`: those that exist; empty: any. `no_adaptation`: models and languages that take no phrases."""

    chunk_bytes: int = 25_600
    limit_s: float = 300.0
    idle_s: float = 5.0
    location: str = ""
    projects: frozenset[str] = field(default_factory=frozenset)
    no_adaptation: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def first(self, request: types.StreamingRecognizeRequest) -> types.StreamingRecognitionConfig:
        """The configuration of a stream's first message. Raises `Refused`."""
        if "streaming_config" not in request:
            raise _invalid("The first streaming_recognize call should be a config request.")
        path = _PATH.fullmatch(request.recognizer)
        if path is None:
            raise _invalid(f"Invalid resource name: {request.recognizer!r}.")
        project, location, _ = path.groups()
        if self.projects and project not in self.projects:
            raise Refused(grpc.StatusCode.PERMISSION_DENIED, f"Permission denied on resource project {project}.")
        if location not in _EVERYWHERE | frozenset().union(*_MODELS.values()):
            raise _invalid(f"The location named {location!r} is not supported.")
        if self.location and location != self.location:
            raise _invalid(f"Expected resource location to be {self.location}, but found {location} in resource name.")
        config = request.streaming_config.config
        self._decoding(config)
        if not config.model or config.model not in _MODELS:
            raise _invalid(f'The model "{config.model}" does not exist in the location named "{location}".')
        if location not in _MODELS[config.model]:
            raise _invalid(f'The model "{config.model}" does not exist in the location named "{location}".')
        if config.model == "chirp":
            raise _invalid('The model "chirp" is not supported by streaming recognition.')
        if not config.language_codes:
            raise _invalid("Must specify at least one language code.")
        self._adaptation(config.adaptation)
        for language in config.language_codes:
            if "adaptation" in config and (config.model, language) in self.no_adaptation:
                raise _invalid(
                    f"Recognizer does not support feature: speech_adaptation for {config.model}, {language}."
                )
        return request.streaming_config

    def sound(self, request: types.StreamingRecognizeRequest) -> bytes:
        """The sound of any later message. Raises `Refused`."""
        if "streaming_config" in request:
            raise _invalid("The config is only allowed in the first message of a stream.")
        if "audio" not in request:
            raise _invalid("Audio content is missing.")
        if len(request.audio) > self.chunk_bytes:
            raise _invalid(f"Audio chunk can be of a a maximum of {self.chunk_bytes} bytes.")
        if len(request.audio) % 2:
            raise _invalid("Audio content has an odd number of bytes.")
        return request.audio

    def too_long(self, received_s: float) -> None:
        if received_s >= self.limit_s:
            raise Refused(grpc.StatusCode.ABORTED, _LIMIT)

    def idle(self) -> Refused:
        return Refused(grpc.StatusCode.ABORTED, _IDLE)

    def _decoding(self, config: types.RecognitionConfig) -> None:
        if "explicit_decoding_config" not in config:
            raise _invalid("Audio without a header needs explicit_decoding_config.")
        decoding = config.explicit_decoding_config
        if decoding.encoding not in _BYTES:
            raise _invalid(f"Unsupported encoding {decoding.encoding}.")
        if not 8000 <= decoding.sample_rate_hertz <= 48000:
            raise _invalid("sample_rate_hertz must be between 8000 and 48000.")
        if not 1 <= decoding.audio_channel_count <= 8:
            raise _invalid("audio_channel_count must be between 1 and 8.")

    def _adaptation(self, adaptation: types.SpeechAdaptation) -> None:
        phrases = [phrase for each in adaptation.phrase_sets for phrase in each.inline_phrase_set.phrases]
        if len(phrases) > 1200:
            raise _invalid("Too many phrases: at most 1200 are allowed.")
        for phrase in phrases:
            if not 0 <= phrase.boost <= 20:
                raise _invalid(f"Boost must be between 0 and 20, but is {phrase.boost}.")
            if not phrase.value or len(phrase.value) > 100:
                raise _invalid("A phrase must have 1 to 100 characters.")


def _invalid(message: str) -> Refused:
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, message)
