"""Finds the words for a reply, guards them sentence by sentence, keeps the transcript of what was said and heard.

The words are the author's own, or those that the model offered with its turn, if they do what the plan wants
(`engine.call.release`).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, cast, get_args

from engine.call.acts import Played, Say, Watcher
from engine.call.outcome import Outcome, Spoken
from engine.call.release import holds, refusal, worth_phrasing
from engine.call.replying import Fill, Reply
from engine.call.resumption import ask_in, ask_out
from engine.call.thought import Thought
from engine.dialogue.brief import Answer, Ask, Brief
from engine.dialogue.figures import amounts_in, amounts_named
from engine.dialogue.guards import SECOND_QUESTION, Allowed, Guard, SpeechGuard, speakable
from engine.dialogue.meaning import covered
from engine.dialogue.model import DialogueModel, TurnView
from engine.dialogue.phrases import Phrases
from engine.dialogue.slots import SlotBook
from engine.dialogue.template import PLACEHOLDER
from engine.dialogue.wording import author_sentences
from engine.flow.model import Flow
from engine.sdk import Json, Line

SayKind = Literal["answer", "fixed", "filler", "prompt"]

_STOPS = re.compile(r"\b([ap]\.m)\.\.")
"""'at 2 p.m.' at the end of a sentence has one full stop, not two."""

_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z¿])")

MOSTLY = 0.6
"""The share of a message that must have been heard for it to count as left."""

_TOLD = 0.3
"""Share of a knowledge entry's words from which a model's sentence counts as having told it."""

_SPANISH = re.compile(r"[¿¡]|\b(?:gracias|usted|colega|llama|llamará|español)\b", re.IGNORECASE)

_LEFT_OPEN = re.compile(r"(?:\s*\b(?:in|at|for|to|of|on))?\s*" + PLACEHOLDER.pattern)
"""A {placeholder} that nothing fills, with the preposition before it: better left out than spoken."""


class Speaker:
    """The agent's side of the transcript. `open_ask`: the question that waits for an answer."""

    def __init__(
        self, flow: Flow, model: DialogueModel, outcome: Outcome, phrases: Phrases, fill: Fill, watcher: Watcher,
        view: Callable[[], TurnView], repeatable: Callable[[], str], now: Callable[[], float],
    ) -> None:  # fmt: skip
        """`repeatable`: all texts whose times and numbers a hosted model may speak."""
        self._flow, self._model, self._outcome = flow, model, outcome
        self._phrases, self._fill, self._watcher = phrases, fill, watcher
        self._view, self._repeatable, self._now = view, repeatable, now
        self._says: dict[int, Say] = {}
        self._last_id = 0
        self._last_share = 0.0
        self._ask_id: int | None = None
        self._speaking: Reply | None = None
        self._cut_disclosure = False
        self._reply = Reply()
        self._reply_ids: set[int] = set()
        self._unheard: set[int] = set()
        self._cut: dict[int, str] = {}
        self._apart = False
        self.open_ask: Ask | None = None
        self.last_said = ""
        self.turn = 0

    def line(self, line: Line, kind: SayKind = "answer") -> Say:
        """Put one line into the transcript and hand it to the shell."""
        say = Say(
            id=self._last_id + 1,
            text=_STOPS.sub(r"\1.", _LEFT_OPEN.sub("", line.text)),
            kind="fixed" if line.fixed and kind == "answer" else kind,
            fixed=line.fixed,
            pause_s=line.pause_s,
            protected=line.protected,
        )
        self._write_down(say, self._now(), self.turn)
        self._watcher.note(
            "agent_says", self._now(), id=say.id, text=say.text, spoken_as=say.kind, turn=self.turn,
            **({"protected": True} if say.protected else {}),
        )  # fmt: skip
        return say

    def _write_down(self, say: Say, at: float, turn: int) -> None:
        self._last_id = max(self._last_id, say.id)
        self._says[say.id] = say
        transcript = self._outcome.transcript
        apart, self._apart = self._apart or say.kind == "prompt", False
        if transcript and transcript[-1].who == "agent" and not apart:
            transcript[-1].text += f" {say.text}"
        else:
            transcript.append(Spoken("agent", say.text, at, turn, kind=say.kind))
        transcript[-1].say_ids.append(say.id)

    def cut_short(self) -> bool:
        """Whether the shell gave up the last reply before all of it was handed out; true once. Its question was then
        not spoken, but it is what the talk is about."""
        if self._speaking is None:
            return False
        self.open_ask, self._ask_id, self._speaking = self._speaking.ask, None, None
        return True

    @property
    def expected_ask(self) -> Ask | None:
        """What the talk is about: the open question, or that of a reply that was cut before it came to it."""
        return self._speaking.ask if self._speaking is not None else self.open_ask

    @property
    def unheard(self) -> bool:
        """Whether no sound of the last reply has been heard."""
        return self._reply_ids <= self._unheard

    def undo_reply(self, open_ask: Ask | None, last_said: str) -> None:
        """The last reply was to words that nobody said: the talk is where it was before, and owes nothing of it."""
        transcript = self._outcome.transcript
        if self.unheard:
            self.last_said = last_said
            if transcript and transcript[-1].who == "agent" and not transcript[-1].heard:
                transcript.pop()
        self._apart = True
        self._reply, self._speaking, self._ask_id = Reply(), None, None
        self._reply_ids, self._unheard, self._cut = set(), set(), {}
        self.open_ask = open_ask

    @property
    def loose_question(self) -> str:
        """The question at the end of what was said last, if no card or slot owns it ("Is there anything else?")."""
        if self.open_ask is not None or not self.last_said.rstrip().endswith("?"):
            return ""
        return last_sentence(self.last_said)

    def prompt(self, name: str) -> Say:
        """A sentence of the engine's own that breaks a silence or takes leave."""
        return self.line(Line(self._fill(self._phrases.next(name)), fixed=True), kind="prompt")

    async def speak(self, reply: Reply, thought: Thought | None = None) -> AsyncIterator[Say]:
        """Reaction, what was understood, answers, the cards' lines, at most one question; in this order. `thought`: may
        offer speech of its own, which is released if it does just that."""
        said: list[str] = []
        ask_id: int | None = None
        reply = _in_one_language(self._with_what_was_lost(reply))
        self._speaking = self._reply = reply
        self._reply_ids, self._unheard, self._cut = set(), set(), {}
        async for say in self._sentences(reply, thought):
            said.append(say.text)
            ask_id = say.id
            self._reply_ids.add(say.id)
            yield say
        self._speaking = None
        self.open_ask = reply.ask
        self._ask_id = ask_id if reply.ask is not None else None
        if said:
            self.last_said = " ".join(said)
        if reply.ask is not None and self._outcome.transcript:
            self._outcome.transcript[-1].asked = reply.ask.about

    def _with_what_was_lost(self, reply: Reply) -> Reply:
        """If the caller spoke on before a sound of the last reply was heard, its reaction and its answers are still
        owed: an apology, an answer to a question. The rest was for a turn that had not ended."""
        lost = self._reply
        if not self._reply_ids or not self._reply_ids <= self._unheard:
            return reply
        texts = {line.text for line in reply.reaction}
        known = {answer.knowledge for answer in reply.answers}
        return replace(
            reply,
            reaction=(*(line for line in lost.reaction if line.text not in texts), *reply.reaction),
            answers=(*(answer for answer in lost.answers if answer.knowledge not in known), *reply.answers),
        )

    async def _sentences(self, reply: Reply, thought: Thought | None) -> AsyncIterator[Say]:
        if self._cut_disclosure:
            self._cut_disclosure = False
            again = self._fill(self._phrases.next("disclosures_again"))
            yield self.line(Line(again, fixed=True, protected=True))
        if thought is not None and thought.offer is not None:
            why_not = refusal(reply, thought.offer)
            self._watcher.note("offered", self._now(), released=not why_not, why=why_not, turn=self.turn)
            if not why_not:
                async for say in self._released(reply, thought):
                    yield say
                return
            thought.drop()
        for line in reply.reaction:
            yield self.line(line)
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
        async for say in self._worded(first):
            yield say
        for line in fixed:
            yield self.line(line)
        if fixed and reply.ask is not None:
            async for say in self._worded(Brief(ask=reply.ask)):
                yield say

    async def _released(self, reply: Reply, thought: Thought) -> AsyncIterator[Say]:
        """The speech that came with the turn; what is missing from it, or may not be said, in the author's words."""
        brief = Brief(acknowledge=reply.acknowledge, answers=reply.answers, ask=reply.ask)
        async for say in self._modelled(brief, thought, []):
            yield say

    async def _modelled(self, brief: Brief, thought: Thought, said: list[str]) -> AsyncIterator[Say]:
        """A model's sentences, each through the guards; then what they left out. `said`: what was said before them."""
        allowed = Allowed(
            told=" ".join(author_sentences(brief)),
            known=" ".join((*author_sentences(brief), self._repeatable())),
            last_said=self.last_said,
            booked=self._outcome.appointment is not None,
            asks=brief.ask is not None,
            answers=len(brief.answers),
        )
        guard = SpeechGuard(allowed, self._amounts(brief), self._flow.never_say)
        owed = [each for each in brief.acknowledge if each.read_back]
        asked = stopped = False
        try:
            async for raw in thought.sentences():
                sentence = speakable(raw)
                if not sentence:
                    continue
                verdict = guard.check(sentence)
                if not verdict.ok:
                    self._watcher.note("guarded", self._now(), sentence=sentence, why=verdict.rule)
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
                    yield self.line(Line(text))
                if asked:
                    thought.finish()  # one question ends the turn
                    break
        except Exception as error:  # whatever a model can throw: the author's words are there
            stopped = True
            self._watcher.note("speech_broke_off", self._now(), problem=str(error) or repr(error), turn=self.turn)
        if not asked:
            thought.drop()
            missing = tuple(each for each in brief.answers if not _told(each, said))
            rest = replace(brief, acknowledge=tuple(owed), answers=missing) if said else brief
            if stopped and not said and rest.empty:
                rest = Brief(lines=(Line(self._phrases.next("acknowledge")),))
            async for say in self._written(rest):
                yield say

    async def _worded(self, brief: Brief) -> AsyncIterator[Say]:
        """A brief in the author's words, or, where those would not do, in a model's."""
        if brief.empty:
            return
        if self._model.hosted and worth_phrasing(brief, self.last_said):
            cover = brief.acknowledge[0].wording if brief.acknowledge else self._phrases.next("acknowledge")
            yield self.line(Line(cover))
            brief = replace(brief, acknowledge=brief.acknowledge[1:])
            thought = Thought(_apart(self._model.speak(self._view(), brief)), "")
            try:
                async for say in self._modelled(brief, thought, [cover]):
                    yield say
            finally:
                thought.drop()
            return
        async for say in self._written(brief):
            yield say

    async def _written(self, brief: Brief) -> AsyncIterator[Say]:
        """A brief as its author wrote it."""
        guard = Guard(self._amounts(brief), self._flow.never_say)
        for sentence in author_sentences(brief):
            verdict = guard.check(sentence)
            if verdict.ok:
                yield self.line(Line(sentence))
                continue
            self._watcher.note("guarded", self._now(), sentence=sentence, why=verdict.rule)
            if verdict.rule == SECOND_QUESTION:
                continue
            safe = self._fill(self._phrases.next("unknown_answer"))
            if guard.check(safe).ok:
                yield self.line(Line(safe))

    def _amounts(self, brief: Brief) -> list[float]:
        """The amounts that may be spoken: the author's own lines may name some; what else is spoken must stand in the
        knowledge. A value that is read back may be one."""
        amounts = [amount for answer in brief.answers for amount in answer.money]
        amounts += [amount for line in brief.lines for amount in amounts_in(line.text)]
        return amounts + [amount for each in brief.acknowledge for amount in amounts_in(each.wording)]

    def forget_disclosures(self) -> None:
        """What was cut off is not owed any more: nobody was there to hear it."""
        self._cut_disclosure = False

    def mostly_unheard(self) -> bool:
        """Whether a good part of the last utterance did not reach the line."""
        return self._last_id in self._says or self._last_share < MOSTLY

    def played(self, played: Played) -> bool:
        """Keep what was really heard. True if it was the open question and most of it was lost."""
        for turn in self._outcome.transcript:
            if played.id in turn.say_ids:
                turn.heard = " ".join(part for part in (turn.heard, played.text) if part)
        if played.id in self._reply_ids and not played.text.strip():
            self._unheard.add(played.id)
        said = self._says.pop(played.id, None)
        if said is None:
            return False
        if played.id == self._last_id:
            self._last_share = len(played.text) / max(1, len(said.text))
        mostly = len(played.text) >= 0.9 * len(said.text)
        if played.id in self._reply_ids and not played.complete and not mostly and not said.protected:
            self._cut[played.id] = said.text
        if said.protected and not played.complete and not mostly:
            self._cut_disclosure = True
        elif said.protected:
            for name in ("ai", "opt_out", "recording"):
                self._outcome.disclosed_at.setdefault(name, played.started)
        return played.id == self._ask_id and not played.complete and len(played.text) < 0.5 * len(said.text)

    # When the line was gone.

    def not_heard(self) -> list[str]:
        """Sentences of the last reply that did not reach the caller whole, but for its question and for disclosures,
        which have ways of their own to be said again."""
        return [text for id, text in sorted(self._cut.items()) if id != self._ask_id]

    def forget_reply(self) -> None:
        """What was lost of the last reply has been dealt with."""
        self._reply_ids, self._unheard, self._cut, self._speaking = set(), set(), {}, None

    @property
    def has_spoken(self) -> bool:
        return self._last_id > 0

    def memory(self) -> dict[str, Json]:
        """To go on from after a restart. What was said and heard is told by the journal beside it."""
        return {
            "open_ask": ask_out(self.open_ask),
            "ask_id": self._ask_id,
            "reply_ids": [*sorted(self._reply_ids)],
            "last_said": self.last_said,
            "turn": self.turn,
            "cut_disclosure": self._cut_disclosure,
        }

    def recall(self, memory: Mapping[str, Json], book: SlotBook) -> None:
        ids, ask_id, turn, last = (memory.get(name) for name in ("reply_ids", "ask_id", "turn", "last_said"))
        self.forget_reply()
        self.open_ask = ask_in(memory.get("open_ask"), book)
        self._ask_id = ask_id if isinstance(ask_id, int) else None
        self._reply_ids = {id for id in ids if isinstance(id, int)} if isinstance(ids, list) else set()
        self._reply = Reply()
        self.turn = turn if isinstance(turn, int) else 0
        self.last_said = last if isinstance(last, str) else ""
        self._cut_disclosure |= memory.get("cut_disclosure") is True

    def said_before(self, id: int, text: str, kind: str, protected: bool, at: float, turn: int) -> None:
        """Out of a journal: this was said."""
        known = kind if kind in get_args(SayKind) else "answer"
        self._write_down(Say(id, text, cast(SayKind, known), fixed=True, protected=protected), at, turn)

    def give_up_waiting(self, at: float) -> bool:
        """What was said and is not known to be heard counts as not heard. True if the open question was among it."""
        lost = [self.played(Played(id, "", complete=False, started=at, ended=at)) for id in sorted(self._says)]
        return any(lost)


def last_sentence(text: str) -> str:
    return _SENTENCES.split(text.strip())[-1]


def _told(answer: Answer, said: Sequence[str]) -> bool:
    """Whether what was said holds the gist of a knowledge entry: its amounts, or a good part of its words."""
    text = " ".join(said)
    if answer.money and set(answer.money) <= set(amounts_named(text)):
        return True
    return covered(answer.wording, text) >= _TOLD


def _in_one_language(reply: Reply) -> Reply:
    """Our own English words do not stand before a question that the author wrote in Spanish."""
    spoken = (*(line.text for line in reply.lines), reply.ask.wording if reply.ask is not None else "")
    if not any(_SPANISH.search(text) for text in spoken):
        return reply
    return replace(reply, opener="", acknowledge=tuple(each for each in reply.acknowledge if each.read_back))


async def _apart(sentences: AsyncIterator[str]) -> AsyncIterator[str]:
    """Whole sentences as a stream of text."""
    async for sentence in sentences:
        yield f"{sentence}\n"
