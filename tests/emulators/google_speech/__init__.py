"""Google's Speech-to-Text v2 on loopback: the vendor's own client talks to it over real gRPC."""

from tests.emulators.google_speech.listeners import Listener, Listening
from tests.emulators.google_speech.marked import MarkedWords
from tests.emulators.google_speech.rules import SpeechRules
from tests.emulators.google_speech.scripted import Cue, Scripted, activity, final, interim
from tests.emulators.google_speech.server import GoogleSpeechEmulator, StreamRecord

__all__ = [
    "Cue",
    "GoogleSpeechEmulator",
    "Listener",
    "Listening",
    "MarkedWords",
    "Scripted",
    "SpeechRules",
    "StreamRecord",
    "activity",
    "final",
    "interim",
]
