"""Gemini on loopback: speaks the REST protocol of the Gemini API and of Vertex AI to Google's own SDK."""

from tests.emulators.gemini.brains import Brain, OfflineBrain, Rule, ScriptedBrain
from tests.emulators.gemini.server import GeminiEmulator
from tests.emulators.gemini.streams import Chunk

__all__ = ["Brain", "Chunk", "GeminiEmulator", "OfflineBrain", "Rule", "ScriptedBrain"]
