"""Puts the questions: in which wording, and whether the caller could have answered, so that it counts as asked."""

from __future__ import annotations

from dataclasses import replace

from engine.call.release import FACTS_OF_THIS_CALL
from engine.call.replying import ask_for
from engine.call.scene import Scene
from engine.call.speaker import Speaker, last_sentence
from engine.call.walker import Arrival
from engine.dialogue.brief import Ask
from engine.sdk import Question


class Asking:
    """The questions of one call. What is open stands in `Speaker.open_ask`."""

    def __init__(self, scene: Scene, speaker: Speaker) -> None:
        self._book, self._speaker, self._phrases, self._fill = scene.book, speaker, scene.phrases, scene.fill
        self.counted = False
        """Whether the open question counts as asked."""

    @property
    def last_slot(self) -> str | None:
        return self._speaker.open_ask.slot if self._speaker.open_ask else None

    def asked_last(self, arrival: Arrival) -> bool:
        """Whether a walk came back to the question that is open anyway."""
        open_ask = self._speaker.open_ask
        if arrival.question is not None and open_ask is not None:
            if arrival.question.about in FACTS_OF_THIS_CALL:
                return open_ask.wording == arrival.question.text  # other times are another question
            end = last_sentence(arrival.question.text).lower()
            return open_ask.about == arrival.question.about and open_ask.wording.lower().endswith(end)
        return arrival.slot == self.last_slot

    def ask(self, arrival: Arrival, puzzled: bool, aside: bool) -> Ask | None:
        """The question that a walk came to. `puzzled`: the answer was not understood; `aside`: the caller
        asked back."""
        if arrival.question is not None:
            question = arrival.question
            return Ask(self._unlike_the_last(question, puzzled), question.about, expecting=question.expecting)
        if arrival.slot is None:
            return None
        record = self._book[arrival.slot]
        ask = self._not_word_for_word(ask_for(record, self._fill, puzzled and not aside))
        record.worded += 1
        # Who asks back has not failed to answer: the question is put again, but that try is not counted.
        self.counted = not (aside and arrival.slot == self.last_slot)
        record.asks += self.counted
        return ask

    def again(self) -> Ask | None:
        """The open question again; one for a slot in its next wording, without counting as asked again."""
        ask = self._speaker.open_ask
        if ask is None or ask.slot is None:
            return ask
        record = self._book[ask.slot]
        reworded = self._not_word_for_word(ask_for(record, self._fill))
        record.worded += 1
        self.counted = False
        return reworded

    def uncount(self) -> None:
        """The caller never heard the open question, so it does not count as asked."""
        ask = self._speaker.open_ask
        if self.counted and ask is not None and ask.slot is not None:
            self.counted = False
            self._book[ask.slot].asks = max(0, self._book[ask.slot].asks - 1)

    def _unlike_the_last(self, question: Question, puzzled: bool) -> str:
        """A card's question; if it was just put in these words, without what leads up to it, or with a word before."""
        last = self._speaker.open_ask
        if last is None or last.wording != question.text or question.about in FACTS_OF_THIS_CALL:
            return question.text
        end = last_sentence(question.text)
        if end.endswith("?") and end != question.text:
            return end
        if puzzled or not question.text[:1].isalpha():
            return question.text
        return self._once_more(question.text)

    def _not_word_for_word(self, ask: Ask) -> Ask:
        """A slot with one wording only is not asked twice in a row in the same words (field-lessons R6)."""
        last = self._speaker.open_ask
        if last is None or last.wording != ask.wording or not ask.wording[:1].isalpha():
            return ask
        return replace(ask, wording=self._once_more(ask.wording))

    def _once_more(self, wording: str) -> str:
        first = wording.split(maxsplit=1)[0]
        kept = first in ("I", "I'm", "I'd", "I'll", "I've") or first.isupper()
        return f"{self._phrases.next('once_more')} {wording if kept else wording[0].lower() + wording[1:]}"
