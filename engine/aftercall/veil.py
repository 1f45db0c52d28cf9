"""Keeps the lead out of what Prefect is told. Pure.

Cards hide what they send, and write their notes without the person. This is the second net, for every card, also those
of other packages: what belongs to this very lead is struck out of each text on its way to Prefect's database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.sdk import CallResult, Json
from engine.sdk.redact import hide_email, hide_name, hide_phone

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SHORTEST: Final = 4  # shorter answers ("no", "3") are in too many words, and tell nothing by themselves
_NATIONAL: Final = 10  # digits by which a number is known without its country
_HIDDEN: Final = "•••"


class Veil:
    """Over one call. `text` and `document` give the same back without the lead."""

    def __init__(self, result: CallResult) -> None:
        parts = {words.lower(): shown for words, shown in _personal(result) if len(words) > 1}
        longest_first = sorted(parts, key=len, reverse=True)
        pattern = "|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in longest_first)
        self._shown: Final = parts
        self._pattern = re.compile(pattern, re.IGNORECASE) if pattern else None

    def text(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._shown[match[0].lower()], text)

    def document(self, document: Json) -> Json:
        if isinstance(document, str):
            return self.text(document)
        if isinstance(document, list):
            return [self.document(part) for part in document]
        if isinstance(document, dict):
            return {name: self.document(part) for name, part in document.items()}
        return document


def _personal(result: CallResult) -> Iterator[tuple[str, str]]:
    """What belongs to the lead, and what is written in its place."""
    lead = result.lead
    for name in (lead.first_name, lead.last_name):
        yield name, hide_name(name)
    if lead.email:
        yield lead.email, hide_email(lead.email)
    for number in (lead.phone, result.call.to, result.call.from_):
        digits = "".join(character for character in number if character.isdigit())
        for form in (number, digits, digits[-_NATIONAL:]):
            if len(form) >= _NATIONAL:
                yield form, hide_phone(form)
    if result.appointment is not None and result.appointment.address:
        yield result.appointment.address, _HIDDEN
    values = [*lead.form.values(), *(answer.value for answer in result.answers)]
    for value in (str(each) for each in values if isinstance(each, str | int) and not isinstance(each, bool)):
        if len(value) >= _SHORTEST and not _CODE.fullmatch(value):
            yield value, _HIDDEN
