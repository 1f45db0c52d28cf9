"""A caller's own words, made fit to be stored: no fillers, no stutter, not longer than asked."""

import re

from engine.dialogue.recognisers.found import Found, found

_FILLER = r"(?:uh+m*|um+|er+m*|hm+|mm+|ah+|eh|like|you know|i mean|well|so|okay|ok|yeah so|let me see|let'?s see)"
_LEADING = re.compile(rf"^(?:[\s,.|…–—-]*\b{_FILLER}\b(?=[\s,.|…]|$))+[\s,.|…–—-]*", re.IGNORECASE)
_INNER = re.compile(r"[,|…\s]*\b(?:uh+m*|um+|er+m*|hm+|mm+|you know)\b(?:[,|…]|\.{3})*", re.IGNORECASE)
_PAUSE = re.compile(r"\s*(?:\||…|\.{3,})\s*")
_STUTTER = re.compile(r"\b(\w+(?:[ ']\w+){0,3})(?:[\s,]+\1\b)+", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_TRAILING = re.compile(r"[\s,|–—-]+$")


def tidy(utterance: str, limit: int = 200) -> str:
    """The words without fillers, pauses and repeats, at most `limit` characters, cut at a word."""
    text = _LEADING.sub("", _PAUSE.sub(" ", utterance))
    text = _SPACES.sub(" ", _INNER.sub("", text)).strip()
    text = _LEADING.sub("", _STUTTER.sub(r"\1", text))
    text = _TRAILING.sub("", text)
    if len(text) > limit:
        cut = text.rfind(" ", 0, limit + 1)
        text = _TRAILING.sub("", text[: cut if cut > limit // 2 else limit])
    return text[:1].upper() + text[1:]


def find(utterance: str, limit: int = 200) -> list[Found[str]]:
    """The whole utterance as one tidy text; nothing if it has no word in it."""
    text = tidy(utterance, limit)
    if not any(c.isalnum() for c in text):
        return []
    start = len(utterance) - len(utterance.lstrip())
    return [found(utterance, start, len(utterance.rstrip()), text, 0.7)]
