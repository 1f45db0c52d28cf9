"""Google Text-to-Speech on loopback, for Google's own client: streams, whole answers, the list of voices."""

from tests.emulators.google_voice.rules import IDLE_TEXT
from tests.emulators.google_voice.server import GoogleVoiceEmulator, StreamLog
from tests.emulators.google_voice.sound import HibariSound, ToneSound

__all__ = ["IDLE_TEXT", "GoogleVoiceEmulator", "HibariSound", "StreamLog", "ToneSound"]
