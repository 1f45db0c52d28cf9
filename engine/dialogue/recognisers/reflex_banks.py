"""All banks of reflexes. Tests check their examples: every one of `matches` must fire, no `look_alikes` may."""

from engine.dialogue.recognisers.reflex import Bank, Reflex
from engine.dialogue.recognisers.reflex_answerers import ANSWERERS
from engine.dialogue.recognisers.reflex_moods import MOODS
from engine.dialogue.recognisers.reflex_wishes import WISHES

__all__ = ["BANKS", "Bank", "Reflex"]

BANKS: tuple[Bank, ...] = (*WISHES, *MOODS, *ANSWERERS)
