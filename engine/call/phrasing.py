"""Finds the words of one reply, and guards them sentence by sentence.

They are the author's own, or those that the model offered with its turn, if they do what the plan wants
(`engine.call.release`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Final

from engine.call.outlook import Outlook
from engine.call.release import holds, refusal, worth_phrasing
from engine.call.replying import Reply
from engine.call.scene import Scene
from engine.call.thought import Thought
from engine.dialogue.brief import Answer, Ask, Brief
from engine.dialogue.figures import amounts_in, amounts_named
from engine.dialogue.guards import SECOND_QUESTION, Allowed, Guard, SpeechGuard, speakable
from engine.dialogue.meaning import covered
from engine.dialogue.model import DialogueModel
from engine.dialogue.wording import author_sentences
from engine.sdk import Line

_TOLD: Final = 0.3
"""Share of a knowledge entry's words from which a model's sentence counts as having told it."""


class Phrasing:
    """For one reply. `last_said`, `open_ask`: of the agent's turn before it."""

    def __init__(
        self, reply: Reply, scene: Scene, model: DialogueModel, outlook: Outlook, last_said: str, open_ask: Ask | None
    ) -> None:
        self._reply, self._scene, self._model, self._outlook = reply, scene, model, outlook
        self._last_said, self._open_ask = last_said, open_ask

    async def lines(self, thought: Thought | None) -> AsyncIterator[Line]:
        """Reaction, what was understood, answers, the cards' lines, at most one question; in this order. `thought`: may
        offer speech of its own, which is released if it does just that."""
        reply = self._reply
        if thought is not None and thought.offer is not None:
            why_not = refusal(reply, thought.offer)
            self._scene.note("offered", released=not why_not, why=why_not, turn=self._scene.turn)
            if not why_not:
                async for line in self._released(thought):
                    yield line
                return
            thought.drop()
        for line in reply.reaction:
            yield line
        fixed = tuple(line for line in reply.lines if line.fixed)
        opener = (Line(reply.opener),) if reply.opener else ()
        own = tuple(line for line in reply.lines if not line.fixed)
        # A fixed line explains itself: "Got it" in front of it would be noise. A value is still read back, unless the
        # line names it.
        unnamed = tuple(
            each
            for each in reply.acknowledge
            if each.read_back and not any(each.read_back in line.text for line in fixed)
        )
        first = Brief(
            acknowledge=unnamed if fixed else reply.acknowledge,
            answers=reply.answers,
            lines=(*opener, *own),
            ask=None if fixed else reply.ask,
        )
        async for line in self._worded(first):
            yield line
        for line in fixed:
            yield line
        if fixed and reply.ask is not None:
            async for line in self._worded(Brief(ask=reply.ask)):
                yield line

    async def _released(self, thought: Thought) -> AsyncIterator[Line]:
        """The speech that came with the turn; what is missing from it, or may not be said, in the author's words."""
        reply = self._reply
        brief = Brief(acknowledge=reply.acknowledge, answers=reply.answers, ask=reply.ask)
        async for line in self._modelled(brief, thought, []):
            yield line

    async def _modelled(self, brief: Brief, thought: Thought, said: list[str]) -> AsyncIterator[Line]:
        """A model's sentences, each through the guards; then what they left out. `said`: what was said before them."""
        allowed = Allowed(
            told=" ".join(author_sentences(brief)),
            known=" ".join((*author_sentences(brief), self._outlook.repeatable(self._open_ask))),
            last_said=self._last_said,
            booked=self._scene.outcome.booked,
            asks=brief.ask is not None,
            answers=len(brief.answers),
        )
        guard = SpeechGuard(allowed, _amounts(brief), self._scene.flow.never_say)
        owed = [each for each in brief.acknowledge if each.read_back]
        asked = stopped = False
        try:
            async for raw in thought.sentences():
                sentence = speakable(raw)
                if not sentence:
                    continue
                verdict = guard.check(sentence)
                if not verdict.ok:
                    self._scene.note("guarded", sentence=sentence, why=verdict.rule)
                    if verdict.rule == SECOND_QUESTION:
                        continue
                    stopped = True
                    break
                before = [each.wording for each in owed if not holds(sentence, each.read_back)]
                owed = []
                asked = "?" in sentence
                if asked:
                    before += [each.wording for each in brief.answers if not _told(each, [*said, sentence])]
                for text in (*before, sentence):
                    said.append(text)
                    yield Line(text)
                if asked:
                    thought.finish()  # one question ends the turn
                    break
        except Exception as error:  # whatever a model can throw: the author's words are there
            stopped = True
            self._scene.note("speech_broke_off", problem=str(error) or repr(error), turn=self._scene.turn)
        if not asked:
            thought.drop()
            missing = tuple(each for each in brief.answers if not _told(each, said))
            rest = replace(brief, acknowledge=tuple(owed), answers=missing) if said else brief
            if stopped and not said and rest.empty:
                rest = Brief(lines=(Line(self._scene.phrases.next("acknowledge")),))
            async for line in self._written(rest):
                yield line

    async def _worded(self, brief: Brief) -> AsyncIterator[Line]:
        """A brief in the author's words, or, where those would not do, in a model's."""
        if brief.empty:
            return
        if self._model.hosted and worth_phrasing(brief, self._last_said):
            cover = brief.acknowledge[0].wording if brief.acknowledge else self._scene.phrases.next("acknowledge")
            yield Line(cover)
            brief = replace(brief, acknowledge=brief.acknowledge[1:])
            view = self._outlook.view(self._reply.ask, self._last_said)
            thought = Thought(_apart(self._model.speak(view, brief)), "")
            try:
                async for line in self._modelled(brief, thought, [cover]):
                    yield line
            finally:
                thought.drop()
            return
        async for line in self._written(brief):
            yield line

    async def _written(self, brief: Brief) -> AsyncIterator[Line]:
        """A brief as its author wrote it."""
        guard = Guard(_amounts(brief), self._scene.flow.never_say)
        for sentence in author_sentences(brief):
            verdict = guard.check(sentence)
            if verdict.ok:
                yield Line(sentence)
                continue
            self._scene.note("guarded", sentence=sentence, why=verdict.rule)
            if verdict.rule == SECOND_QUESTION:
                continue
            safe = self._scene.fill(self._scene.phrases.next("unknown_answer"))
            if guard.check(safe).ok:
                yield Line(safe)


def _amounts(brief: Brief) -> list[float]:
    """The amounts that may be spoken: the author's own lines may name some; what else is spoken must stand in the
    knowledge. A value that is read back may be one."""
    amounts = [amount for answer in brief.answers for amount in answer.money]
    amounts += [amount for line in brief.lines for amount in amounts_in(line.text)]
    return amounts + [amount for each in brief.acknowledge for amount in amounts_in(each.wording)]


def _told(answer: Answer, said: Sequence[str]) -> bool:
    """Whether what was said holds the gist of a knowledge entry: its amounts, or a good part of its words."""
    text = " ".join(said)
    if answer.money and set(answer.money) <= set(amounts_named(text)):
        return True
    return covered(answer.wording, text) >= _TOLD


async def _apart(sentences: AsyncIterator[str]) -> AsyncIterator[str]:
    """Whole sentences as a stream of text."""
    async for sentence in sentences:
        yield f"{sentence}\n"
