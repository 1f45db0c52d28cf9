"""What Google is asked for: the first message of a stream, and whether its model can be had where it is asked. Pure."""

from __future__ import annotations

from typing import Final

from google.cloud.speech_v2 import types

from engine.flow import provider_facts
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.audio import RATE
from engine.speech.ports import Hints, SpeechError

CHUNK_BYTES: Final = 3200
"""100 ms. Google takes 15 or 25 KB a message; more at once only delays what is in it."""

MOST_PHRASES: Final = 1200
LONGEST_PHRASE: Final = 100
HIGHEST_BOOST: Final = 20.0


def recognizer(project: str, location: str) -> str:
    """The path of the empty recogniser; it must name the same location as the host."""
    return f"projects/{project}/locations/{location or 'global'}/recognizers/_"


def checked_model(model: str, location: str) -> None:
    """Raises `SpeechError` for a model that cannot hear a call, or that Google surely does not offer there."""
    if why := provider_facts.unsuitable(model):
        raise _refusal(
            ProblemKind.UNKNOWN_MODEL,
            f"The recognition model {model} cannot hear a call: {why}.",
            "Choose telephony or chirp_3.",
        )
    if places := provider_facts.offered_in(model, location or "global"):
        raise _refusal(
            ProblemKind.WRONG_REGION,
            f"Google does not offer the recognition model {model} at the location {location or 'global'}.",
            f"Choose the location {places}, or the model telephony.",
        )


def first_request(path: str, model: str, hints: Hints) -> types.StreamingRecognizeRequest:
    """The configuration of a stream. Raw sound has no header, so its format is told explicitly."""
    phrases = [
        types.PhraseSet.Phrase(value=each.text[:LONGEST_PHRASE], boost=min(max(each.boost, 0.0), HIGHEST_BOOST))
        for each in hints.phrases[:MOST_PHRASES]
    ]
    config = types.RecognitionConfig(
        explicit_decoding_config=types.ExplicitDecodingConfig(
            encoding=types.ExplicitDecodingConfig.AudioEncoding.LINEAR16,
            sample_rate_hertz=RATE,
            audio_channel_count=1,
        ),
        model=model,
        language_codes=[hints.language],
        features=types.RecognitionFeatures(enable_automatic_punctuation=True),
    )
    if phrases:
        inline = types.SpeechAdaptation.AdaptationPhraseSet(inline_phrase_set=types.PhraseSet(phrases=phrases))
        config.adaptation = types.SpeechAdaptation(phrase_sets=[inline])
    return types.StreamingRecognizeRequest(
        recognizer=path,
        streaming_config=types.StreamingRecognitionConfig(
            config=config,
            streaming_features=types.StreamingRecognitionFeatures(
                interim_results=True, enable_voice_activity_events=True
            ),
        ),
    )


def _refusal(kind: ProblemKind, sentence: str, fix: str) -> SpeechError:
    problem = ProviderProblem(kind, sentence, fix)
    return SpeechError(str(problem), problem)
