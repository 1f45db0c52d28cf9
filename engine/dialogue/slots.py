"""The slots of one call: what is known, how sure, and by whose words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from engine.flow.model import Slot
from engine.sdk import Evidence, Scalar, SlotState, SlotValue
from engine.sdk.values import Source


def plain(text: str) -> str:
    """`text` without case and punctuation, to compare words."""
    return re.sub(r"\W+", " ", text.lower()).strip()


def contains_words(text: str, words: str) -> bool:
    """Whether `words` stand in `text` as whole words in this order, whatever the case and the signs between them."""
    return f" {plain(words)} " in f" {plain(text)} "


@dataclass(slots=True)
class SlotRecord:
    """One slot during one call.

    `suggestion`: what the lead form says. It counts for rules until the caller speaks, but it is no answer: it is
    confirmed in passing ("You asked about roof repair") and only then becomes a value with words behind it.
    `asks`: how often it was asked in vain, as far as the caller could have answered. `worded`: how many of its wordings
    were spoken, so that the next one differs. `given_up`: asked as often as allowed without a usable answer.
    """

    slot: Slot
    value: Scalar | None = None
    state: SlotState = SlotState.UNKNOWN
    confidence: float = 0.0
    evidence: Evidence | None = None
    corrected_from: Scalar | None = None
    suggestion: Scalar | None = None
    suggestion_words: str = ""
    suggestion_source: Source = "lead_form"
    asks: int = 0
    worded: int = 0
    given_up: bool = False

    @property
    def known(self) -> bool:
        return self.value is not None and self.state is not SlotState.REFUSED

    @property
    def settled(self) -> bool:
        """Nothing more is to be asked: known, refused or given up."""
        return self.known or self.state is SlotState.REFUSED or self.given_up

    @property
    def effective(self) -> Scalar | None:
        """The value that rules see: what the caller said, else what the form says."""
        if self.state is SlotState.REFUSED:
            return None
        return self.value if self.value is not None else self.suggestion

    def view(self) -> SlotValue:
        if self.value is None and self.suggestion is not None and self.state is SlotState.UNKNOWN:
            evidence = Evidence(self.suggestion_source, self.suggestion_words)
            return SlotValue(self.slot.id, self.suggestion, SlotState.HEARD, 0.5, evidence)
        return SlotValue(
            self.slot.id, self.value, self.state, self.confidence, self.evidence, corrected_from=self.corrected_from
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A slot was filled or changed in this turn. `was`: the value before, None if it was open."""

    slot: str
    value: Scalar | None
    was: Scalar | None
    words: str
    state: SlotState

    @property
    def corrected(self) -> bool:
        return self.was is not None and self.value is not None and self.was != self.value


class SlotBook:
    """All slots of a call. Every write needs evidence; there is no other way in."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._records = {slot.id: SlotRecord(slot) for slot in slots}

    def __iter__(self) -> Iterator[SlotRecord]:
        return iter(self._records.values())

    def __contains__(self, id: object) -> bool:
        return id in self._records

    def __getitem__(self, id: str) -> SlotRecord:
        return self._records[id]

    def suggest(self, id: str, value: Scalar, words: str, source: Source = "lead_form") -> None:
        """Keep what the lead form or another system says, until the caller confirms or corrects it."""
        record = self._records[id]
        record.suggestion, record.suggestion_words, record.suggestion_source = value, words, source

    def write(self, id: str, value: Scalar, evidence: Evidence, confidence: float) -> Change:
        """Take a value. The last clear statement wins; what it replaces is kept as `corrected_from`."""
        record = self._records[id]
        was = record.value if record.known else None
        if was is not None and was != value:
            record.corrected_from = was
            record.state = SlotState.CORRECTED
        elif was == value or (was is None and record.suggestion == value):
            record.state = SlotState.CONFIRMED
        else:
            record.state = SlotState.HEARD
        record.value, record.evidence = value, evidence
        record.confidence = max(record.confidence, confidence) if was == value else confidence
        record.given_up = False
        return Change(id, value, was, evidence.words, record.state)

    def mark_corrected(self, id: str, denied: Scalar) -> None:
        """The caller denied `denied` in the same breath as giving the value that now stands."""
        record = self._records[id]
        if record.known and record.value != denied:
            record.corrected_from, record.state = denied, SlotState.CORRECTED

    def confirm(self, id: str) -> None:
        record = self._records[id]
        if record.known:
            record.state = SlotState.CONFIRMED

    def accept_suggestion(self, id: str, words: str, turn: int) -> Change | None:
        """The caller agreed with the form, in words that do not name the value ("It's what I put in the form")."""
        record = self._records[id]
        if record.suggestion is None or record.known:
            return None
        change = self.write(id, record.suggestion, Evidence("call", words, turn), 0.8)
        record.state = SlotState.CONFIRMED
        return change

    def refuse(self, id: str, words: str, turn: int) -> Change:
        record = self._records[id]
        was = record.value if record.known else None
        record.value, record.state = None, SlotState.REFUSED
        record.evidence = Evidence("call", words, turn)
        return Change(id, None, was, words, SlotState.REFUSED)

    def forget(self, id: str) -> None:
        """The caller took a value back without giving another."""
        record = self._records[id]
        if record.known:
            record.corrected_from = record.value
        record.value, record.state, record.evidence = None, SlotState.UNKNOWN, None

    def copy_records(self) -> tuple[SlotRecord, ...]:
        """The slots as they are now, for `put_back`."""
        return tuple(replace(record) for record in self)

    def put_back(self, record: SlotRecord) -> None:
        """Make a slot what it was when it was copied: the words that changed it were not the caller's."""
        self._records[record.slot.id] = replace(record)

    def reword(self, turn: int, words: str) -> None:
        """The transcript of a caller's turn was corrected without a change of meaning: the evidence says it as it
        stands there now."""
        for record in self:
            evidence = record.evidence
            said_then = evidence is not None and evidence.source == "call" and evidence.turn == turn
            if evidence is not None and said_then and not contains_words(words, evidence.words):
                record.evidence = replace(evidence, words=words)

    def values(self) -> dict[str, SlotValue]:
        return {id: record.view() for id, record in self._records.items()}
