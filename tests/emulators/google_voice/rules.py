"""What Google refuses, and with which words: google-tts.md, sections 2, 3 and 6. Pure."""

from __future__ import annotations

import grpc
from google.cloud import texttospeech_v1 as tts

IDLE_TEXT = (
    "Stream aborted due to long duration elapsed without input sent. Input must be sent continuously, at least every "
    "5s seconds."
)
AT_MOST_BYTES = 5_000
STREAMING_ENCODINGS = frozenset({3, 5, 6, 7})  # OGG_OPUS, MULAW, ALAW, PCM
WHOLE_ENCODINGS = frozenset({1, 5, 6, 7})  # of those this emulator can make: LINEAR16, MULAW, ALAW, PCM
MADE_ENCODINGS = frozenset({7})

NAMES = (
    *("Achernar", "Achird", "Algenib", "Algieba", "Alnilam", "Aoede", "Autonoe", "Callirrhoe"),
    *("Charon", "Despina", "Enceladus", "Erinome", "Fenrir", "Gacrux", "Iapetus", "Kore"),
    *("Laomedeia", "Leda", "Orus", "Pulcherrima", "Puck", "Rasalgethi", "Sadachbia", "Sadaltager"),
    *("Schedar", "Sulafat", "Umbriel", "Vindemiatrix", "Zephyr", "Zubenelgenubi"),
)
LANGUAGES = ("en-US", "en-GB", "es-US")
OTHERS = {"en-US": ("Neural2-C", "Neural2-F", "Wavenet-F", "Standard-B", "Studio-O"), "en-GB": ("Neural2-A",)}

ERRORS = {
    "UNAVAILABLE": "The service is currently unavailable.",
    "UNAUTHENTICATED": "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
    "other valid authentication credential.",
    "PERMISSION_DENIED": "Cloud Text-to-Speech API has not been used in project 123 before or it is disabled.",
    "NOT_FOUND": "Requested entity was not found.",
    "INVALID_ARGUMENT": "Request contains an invalid argument.",
    "RESOURCE_EXHAUSTED": "Quota exceeded for quota metric 'Chirp3 requests' and limit 'Chirp3 requests per minute'.",
    "ABORTED": IDLE_TEXT,
    "INTERNAL": "Internal error encountered.",
    "DEADLINE_EXCEEDED": "Deadline Exceeded",
}


class Refusal(Exception):
    """A request that Google would refuse."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def invalid(text: str) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, text)


def voices(language: str = "") -> list[str]:
    return [
        f"{each}-{name}"
        for each in LANGUAGES
        if not language or each == language
        for name in (*(f"Chirp3-HD-{star}" for star in NAMES), *OTHERS.get(each, ()))
    ]


def check_voice(voice: tts.VoiceSelectionParams) -> None:
    if not voice.language_code:
        raise invalid("Voice selection must specify language_code.")
    if voice.name not in voices():
        raise invalid(f"Voice '{voice.name}' does not exist. Is it misspelled?")
    if not voice.name.startswith(f"{voice.language_code}-"):
        raise invalid(
            f"Requested language code '{voice.language_code}' doesn't match the voice {voice.name}'s language."
        )


def check_rate(rate: float) -> None:
    if rate and not 0.25 <= rate <= 2.0:
        raise invalid("speaking_rate must be in the range [0.25, 2.0].")


def check_first(request: tts.StreamingSynthesizeRequest) -> tts.StreamingSynthesizeConfig:
    """The config of a stream's first message."""
    if not request._pb.HasField("streaming_config"):
        raise invalid("The first message must have a streaming_config and no input.")
    config = request.streaming_config
    check_voice(config.voice)
    if "Chirp3-HD" not in config.voice.name:
        raise invalid("Currently, only Chirp 3: HD voices are supported for streaming synthesis.")
    audio = config.streaming_audio_config
    if audio.audio_encoding and int(audio.audio_encoding) not in STREAMING_ENCODINGS:
        raise invalid("Unsupported audio encoding for streaming synthesis.")
    if audio.audio_encoding and int(audio.audio_encoding) not in MADE_ENCODINGS:
        raise Refusal(grpc.StatusCode.UNIMPLEMENTED, "This emulator makes PCM only.")
    check_rate(audio.speaking_rate)
    return config


def check_input(request: tts.StreamingSynthesizeRequest) -> tuple[str, bool]:
    """Text of a later message, and whether it is markup."""
    if not request._pb.HasField("input"):
        raise invalid("Only the first message may have a streaming_config; all others must have input.")
    text, markup = request.input.text, request.input.markup
    if len((text or markup).encode()) > AT_MOST_BYTES:
        raise invalid(f"Either `input.text` or `input.ssml` is longer than the limit of {AT_MOST_BYTES} bytes.")
    return (markup, True) if markup else (text, False)


def check_whole(request: tts.SynthesizeSpeechRequest) -> tuple[str, bool]:
    """Text of a unary request, and whether it is markup."""
    check_voice(request.voice)
    text, markup = request.input.text, request.input.markup
    if not (text or markup):
        raise invalid("SynthesisInput must have one of text, markup, ssml set.")
    if len((text or markup).encode()) > AT_MOST_BYTES:
        raise invalid(f"Either `input.text` or `input.ssml` is longer than the limit of {AT_MOST_BYTES} bytes.")
    if markup and "Chirp3-HD" not in request.voice.name:
        raise invalid("Markup input is only supported for Chirp 3: HD voices.")
    audio = request.audio_config
    if int(audio.audio_encoding) not in (1, 7):
        raise Refusal(grpc.StatusCode.UNIMPLEMENTED, "This emulator makes LINEAR16 and PCM only.")
    check_rate(audio.speaking_rate)
    if "Chirp3-HD" in request.voice.name and audio.pitch:
        raise invalid("This voice does not support pitch parameters at this time.")
    return (markup, True) if markup else (text, False)
