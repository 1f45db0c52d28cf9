"""The agent's side of the transcript: what is said, what of it was heard, and which question is open."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Literal, cast, get_args

from engine.call.acts import Played, Say
from engine.call.facts import opening_names
from engine.call.outcome import Spoken
from engine.call.outlook import Outlook
from engine.call.phrasing import Phrasing
from engine.call.replying import Reply
from engine.call.resumption import ask_in, ask_out
from engine.call.scene import Scene
from engine.call.thought import Thought
from engine.compliance.decision import Duties
from engine.dialogue import openings
from engine.dialogue.brief import Ask
from engine.dialogue.disclosures import told_in
from engine.dialogue.model import DialogueModel, TurnView
from engine.dialogue.slots import SlotBook
from engine.dialogue.template import national, speakable_line
from engine.sdk import Disclosure, Json, Line

SayKind = Literal["answer", "fixed", "filler", "prompt"]

_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z¿])")

MOSTLY = 0.6
"""The share of a message that must have been heard for it to count as left."""


class Speaker:
    """The agent's side of the transcript. `open_ask`: the question that waits for an answer."""

    def __init__(self, scene: Scene, model: DialogueModel, outlook: Outlook) -> None:
        self._scene, self._model, self._outlook = scene, model, outlook
        self._says: dict[int, Say] = {}
        self._last_id = 0
        self._last_share = 0.0
        self._ask_id: int | None = None
        self._speaking: Reply | None = None
        self._reply = Reply()
        self._reply_ids: set[int] = set()
        self._unheard: set[int] = set()
        self._cut: dict[int, str] = {}
        self._apart = False
        self.open_ask: Ask | None = None
        self.last_said = ""
        self.heard_question = ""
        """The last question of which at least half was heard, whoever wanted it asked."""

    def line(self, line: Line, kind: SayKind = "answer") -> Say:
        """Put one line into the transcript and hand it to the shell."""
        say = Say(
            id=self._last_id + 1,
            text=speakable_line(line.text),
            kind="fixed" if line.fixed and kind == "answer" else kind,
            fixed=line.fixed,
            pause_s=line.pause_s,
            discloses=self._made_known(line),
        )
        self._write_down(say, self._scene.now, self._scene.turn)
        told: dict[str, Json] = {"discloses": [*say.discloses]} if say.discloses else {}
        self._scene.note(
            "agent_says", id=say.id, text=say.text, spoken_as=say.kind, turn=self._scene.turn,
            **told,
        )  # fmt: skip
        return say

    def _made_known(self, line: Line) -> tuple[Disclosure, ...]:
        """What a line makes known: what it says so, and the seller's number, wherever it is said."""
        if "phone" not in line.discloses and self.names_number(line.text):
            return (*line.discloses, "phone")
        return line.discloses

    def _write_down(self, say: Say, at: float, turn: int) -> None:
        self._last_id = max(self._last_id, say.id)
        self._says[say.id] = say
        self._scene.outcome.disclosures.said(say.id, say.discloses)
        transcript = self._scene.outcome.transcript
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

    def view(self) -> TurnView:
        """What a model may know of the call now."""
        return self._outlook.view(self.expected_ask, self.last_said)

    @property
    def unheard(self) -> bool:
        """Whether no sound of the last reply has been heard."""
        return self._reply_ids <= self._unheard

    def undo_reply(self, open_ask: Ask | None, last_said: str) -> None:
        """The last reply was to words that nobody said: the talk is where it was before, and owes nothing of it."""
        transcript = self._scene.outcome.transcript
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

    def prompt(self, name: str, *, last: bool = False) -> Say:
        """A sentence of the engine's own that breaks a silence. `last`: it takes leave."""
        text = self._scene.fill(self._scene.phrases.next(name))
        if last and (number := self.number(text)):
            text = " ".join(openings.before_the_goodbye([text], number))
        return self.line(Line(text, fixed=True), kind="prompt")

    def introduce(self) -> list[Say]:
        """Who calls, in a sentence or two, before a reflex to somebody's first words speaks."""
        text = self._scene.fill(self._scene.phrases.next("short_opening"))
        opening = Line(text, fixed=True, discloses=told_in(text))
        return [self.line(part) for part in self._told_apart(opening)]

    def number(self, *beside: str) -> str:
        """A sentence with the seller's telephone number, to be said with these texts; empty if it was said already. It
        has to be before the call ends."""
        if self._scene.outcome.disclosures.is_coming("phone") or any(self.names_number(text) for text in beside):
            return ""
        return opening_names(self._scene.flow).number(*beside)

    def names_number(self, text: str) -> bool:
        return national(self._scene.flow.seller.phone) in text

    async def speak(self, reply: Reply, thought: Thought | None = None, *, last: bool = False) -> AsyncIterator[Say]:
        """Say it, after what is still owed: of the reply before, and of what has to be made known. `thought`: may offer
        words for it (`Phrasing`). `last`: the call ends with it, nothing is asked any more."""
        said: list[str] = []
        ask_id: int | None = None
        reply = _in_one_language(self._with_what_was_lost(reply))
        self._speaking = self._reply = reply
        self._reply_ids, self._unheard, self._cut = set(), set(), {}
        async for line in self._lines(reply, thought, last):
            say = self.line(line)
            said.append(say.text)
            ask_id = say.id
            self._reply_ids.add(say.id)
            yield say
        self._speaking = None
        self.open_ask = reply.ask
        self._ask_id = ask_id if reply.ask is not None else None
        if said:
            self.last_said = " ".join(said)
        if reply.ask is not None and self._scene.outcome.transcript:
            self._scene.outcome.transcript[-1].asked = reply.ask.about

    async def _lines(self, reply: Reply, thought: Thought | None, last: bool) -> AsyncIterator[Line]:
        scene = self._scene
        own = {name for line in (*reply.reaction, *reply.lines) for name in line.discloses}
        owed = tuple(name for name in scene.outcome.disclosures.owed if name not in own)
        if owed and not last:
            again = openings.again(owed, scene.phrases.own("disclosures_again"))
            yield Line(scene.fill(again.text), fixed=True, discloses=again.discloses)
        phrasing = Phrasing(reply, scene, self._model, self._outlook, self.last_said, self.open_ask)
        async for line in phrasing.lines(thought):
            for part in self._told_apart(line):
                yield part

    def _told_apart(self, line: Line) -> tuple[Line, ...]:
        """A line that makes several things known, in its sentences: each counts once it was heard to its own end. One
        that says who calls is an opening: it goes as the law of the person's state wants it."""
        if not line.discloses or line.discloses == ("phone",):
            return (line,)
        opens = not self._scene.talk.inbound and {"identity", "ai"} & {*line.discloses}
        duties = self._scene.talk.duties if opens else Duties()
        told = openings.opening(line.text, line.discloses, opening_names(self._scene.flow), duties)
        return tuple(
            Line(part.text, fixed=True, pause_s=line.pause_s if at == 0 else 0.0, discloses=part.discloses)
            for at, part in enumerate(told)
        )

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

    def forget_disclosures(self) -> None:
        """What was said counts for nothing: nobody was there to hear it."""
        self._scene.outcome.disclosures.forget()

    def mostly_unheard(self) -> bool:
        """Whether a good part of the last utterance did not reach the line."""
        return self._last_id in self._says or self._last_share < MOSTLY

    def played(self, played: Played) -> bool:
        """Keep what was really heard. True if it was the open question and most of it was lost."""
        for turn in self._scene.outcome.transcript:
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
        if "?" in said.text and len(played.text) >= 0.5 * len(said.text):
            self.heard_question = said.text
        must = bool({*said.discloses} - {"phone"})
        if played.id in self._reply_ids and not played.complete and not mostly and not must:
            self._cut[played.id] = said.text
        self._scene.outcome.disclosures.played(
            played.id, said.text, played.started, played.ended, complete=played.complete
        )
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
        }

    def recall(self, memory: Mapping[str, Json], book: SlotBook) -> None:
        ids, ask_id, last = (memory.get(name) for name in ("reply_ids", "ask_id", "last_said"))
        self.forget_reply()
        self.open_ask = ask_in(memory.get("open_ask"), book)
        self._ask_id = ask_id if isinstance(ask_id, int) else None
        self._reply_ids = {id for id in ids if isinstance(id, int)} if isinstance(ids, list) else set()
        self._reply = Reply()
        self.last_said = last if isinstance(last, str) else ""

    def said_before(
        self, id: int, text: str, kind: str, discloses: tuple[Disclosure, ...], at: float, turn: int
    ) -> None:
        """Out of a journal: this was said."""
        known = kind if kind in get_args(SayKind) else "answer"
        self._write_down(Say(id, text, cast(SayKind, known), fixed=True, discloses=discloses), at, turn)

    def give_up_waiting(self, at: float) -> bool:
        """What was said and is not known to be heard counts as not heard. True if the open question was among it."""
        lost = [self.played(Played(id, "", complete=False, started=at, ended=at)) for id in sorted(self._says)]
        return any(lost)


def last_sentence(text: str) -> str:
    return _SENTENCES.split(text.strip())[-1]


def _in_one_language(reply: Reply) -> Reply:
    """Our own English words do not stand before a question that the author wrote in Spanish."""
    spoken = (*(line.text for line in reply.lines), reply.ask.wording if reply.ask is not None else "")
    if not any(openings.SPANISH.search(text) for text in spoken):
        return reply
    return replace(reply, opener="", acknowledge=tuple(each for each in reply.acknowledge if each.read_back))
