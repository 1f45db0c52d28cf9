"""Recognisers: what a caller's words say, found by fixed rules (no model, no I/O, the same answer every time).

Each module knows one kind of value and offers `find(utterance, ...) -> list[Found[...]]`: all candidates, in order of
appearance. `correction.resolve` picks the one that counts. Import the modules themselves.
"""

from engine.dialogue.recognisers.found import Found, Span

__all__ = ["Found", "Span"]
