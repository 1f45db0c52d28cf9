"""Every word on the screens, by name, one table a page. Another language is another folder with the same tables.

`t("leads.count", count=3)` gives the sentence with its facts filled in. Names that are codes of the engine (outcomes,
reasons, flags) may be unknown here: `otherwise` then says what to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ui.texts.en import ENGLISH

__all__ = ["ENGLISH", "LANGUAGES", "t"]

LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = {"en": ENGLISH}


def t(name: str, /, language: str = "en", otherwise: str | None = None, **facts: object) -> str:
    """The words called `name`. Unknown names give `otherwise`; without it they raise KeyError."""
    table = LANGUAGES.get(language, ENGLISH)
    words = table.get(name) or ENGLISH.get(name)
    if words is None:
        if otherwise is None:
            raise KeyError(name)
        return otherwise
    return words.format(**facts) if facts else words
