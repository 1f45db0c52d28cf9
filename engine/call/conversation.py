"""The talk of one call: hears words, walks the flow, says what comes next. Knows nothing of sound or sockets.

One turn (conversation.md): the model turns the utterance into commands; `apply` writes slots with evidence; a reflex
or the open card decides how to go on; the walk passes quiet cards; the plan picks at most one question; the words are
found under a brief, guarded sentence by sentence, and handed to the shell. A hosted model offers words with its
commands; they are released if the plan agrees. A turn whose words turn out otherwise is answered anew (`revised`).

Who does what of it:

    Scene       what all of them share and what the cards see: time, slots, outcome, texts
    Walker      which card is open                    Turns       the ordinary turn
    Speaker     what is said and what was heard       Meeting     who picked up: person, machine, screener
    Asking      how a question is put                 LateWords   words that turn out otherwise
    Thinking    the model's turns, also ahead         Returning   the line was gone and is back
    CallerSide  the caller's words                    TalkMemory  what is kept in case the process dies
    Arriving    say it, and listen                    Endings     dispositions
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from engine.call import resumption
from engine.call.acts import Act, EndedBy, Listen, Played, TurnTimes, Watcher
from engine.call.arriving import Arriving
from engine.call.asking import Asking
from engine.call.caller_side import CallerSide
from engine.call.context import Outside
from engine.call.endings import Endings
from engine.call.keypad import PAUSE_S, PRESSED, Awaited, Keypad, OptOut, awaited
from engine.call.keypad import Answered as Keyed
from engine.call.late_words import LateWords
from engine.call.meeting import Meeting
from engine.call.outcome import Outcome
from engine.call.outlook import Outlook
from engine.call.replying import Reply
from engine.call.returning import Returning
from engine.call.scene import CallTalk, Scene
from engine.call.speaker import Speaker
from engine.call.talk_memory import TalkMemory
from engine.call.thinking import Thinking
from engine.call.told import Told
from engine.call.turns import Turns
from engine.call.waiting import Waiting
from engine.call.walker import Walker
from engine.dialogue.brief import Ask
from engine.dialogue.model import DialogueModel
from engine.dialogue.prefill import prefill
from engine.dialogue.slots import SlotBook
from engine.flow.rules import Qualification
from engine.sdk import Booking, Disclosure, Ending, Json
from engine.sdk.registry import NodeTypes

GIVE_BACK_S: Final = 3.0
"""So long for a card to let go of what it kept; a hold that is not let go runs out by itself."""


class FlowConversation:
    """Implements `engine.call.acts.Conversation` for a flow."""

    def __init__(
        self, talk: CallTalk, nodes: NodeTypes, model: DialogueModel, outside: Outside, watcher: Watcher
    ) -> None:
        self._scene = scene = Scene(talk, outside, watcher)
        self._walker = walker = Walker(scene.flow, nodes, scene.book, scene, watcher, lambda: scene.now)
        outlook = Outlook(scene, walker)
        self._speaker = speaker = Speaker(scene, model, outlook)
        self._asking = asking = Asking(scene, speaker)
        self._caller = caller = CallerSide(scene)
        self._thinking = thinking = Thinking(
            model, speaker.view, lambda: (scene.turn, speaker.expected_ask), outlook.account
        )
        self._waiting = waiting = Waiting(outside.transfers)
        self._endings = endings = Endings(scene, speaker, waiting, self._turn_over)
        self._arriving = arriving = Arriving(scene, speaker, asking, waiting, endings, self._turn_over)
        self._turns = turns = Turns(scene, walker, speaker, asking, caller, thinking, arriving, endings)
        self._meeting = meeting = Meeting(scene, walker, speaker, caller, turns, arriving, endings)
        self._late_words = LateWords(scene, walker, speaker, caller, thinking, self._turn_over)
        self._memory = memory = TalkMemory(scene, walker, speaker, asking, caller, turns, meeting, waiting)
        self._returning = Returning(self, scene, walker, speaker, asking, caller, waiting, arriving, memory)
        self._keypad = Keypad()
        if talk.inbound and scene.flow.start_inbound is not None:
            walker.at = scene.flow.start_inbound
        prefill(scene.book, scene.lead, talk.moment(0.0).date())
        # What the flow's cards make known has to be made known in every call, whichever way it goes.
        scene.outcome.disclosures.required = frozenset(
            name for card in walker.cards.values() for name in card.discloses_what()
        )

    # What the shell asks.

    @property
    def book(self) -> SlotBook:
        return self._scene.book

    @property
    def outcome(self) -> Outcome:
        return self._scene.outcome

    def standing(self) -> Qualification:
        """Qualified or not, computed from the criteria."""
        return self._scene.standing()

    @property
    def card(self) -> str:
        """Id of the open card."""
        return self._walker.at

    @property
    def open_ask(self) -> Ask | None:
        """The question that waits for an answer."""
        return self._speaker.open_ask

    @property
    def silence_after(self) -> float:
        if self._waiting.patience_s is not None:
            return self._waiting.patience_s
        if self._keypad.waiting:
            return PAUSE_S
        if (at_pickup := self._meeting.silence_after) is not None:
            return at_pickup
        limits = self._scene.flow.limits
        return limits.silence_first_s if self._caller.silences == 0 else limits.silence_next_s

    @property
    def waiting(self) -> bool:
        """Whether the open card waits for something outside, such as a colleague's phone."""
        return bool(self._waiting)

    @property
    def max_call_s(self) -> float:
        return float(self._scene.flow.limits.max_call_s)

    @property
    def irrevocable(self) -> bool:
        return self._late_words.irrevocable

    # The talk.

    async def answered(self, greeting: str, now: float, more: bool = False) -> AsyncIterator[Act]:
        self._scene.now = now
        async for act in self._meeting.answered(greeting, more):
            yield act

    async def heard(self, words: str, now: float) -> AsyncIterator[Act]:
        self._caller_is_there(now)
        if self._caller.unanswered and not self._caller.retaken:
            self._memory.turn_over()  # the turn before was cut: what it changed stands
        words = self._keypad.heard(words, self._asked_by_keys())
        if (met := self._meeting.weighed(words)) is not None:
            self._late_words.no_turn()
            async for act in met:
                yield act
            return
        said_before = await self._late_words.put_right()
        self._late_words.turn_begins()
        async for act in self._turns.take(words, said_before):
            yield act

    async def pressed(self, digit: str, now: float, words: str = "") -> AsyncIterator[Act]:
        self._caller_is_there(now)
        asked = self._asked_by_keys()
        if words:
            self._keypad.heard(words, asked)
        meaning = self._keypad.press(digit, now, asked)
        self._scene.note("key_taken", digit=digit, meaning=type(meaning).__name__)
        if isinstance(meaning, Keyed):
            async for act in self.heard(meaning.words, now):
                yield act
        elif isinstance(meaning, OptOut) and (fired := self._turns.fire("opt_out_clear", PRESSED)) is not None:
            self._caller.said(f"({PRESSED})")
            async for act in self._turns.react(fired):
                yield act
        else:
            yield self._arriving.listen()

    async def unclear(self, now: float) -> AsyncIterator[Act]:
        self._scene.now = now
        self._late_words.no_turn()
        self._caller.silences = 0
        if self._meeting.machine_card is not None or self._meeting.unsure:
            yield self._arriving.listen()  # nobody there to be asked again
            return
        phrases = self._scene.phrases
        turn = self._arriving.again(phrases.next("no_words")) if not self.waiting else self.news(now)
        async for act in turn:
            yield act

    async def silent(self, now: float) -> AsyncIterator[Act]:
        self._scene.now = now
        if (keyed := self._keypad.pause(self._asked_by_keys())) is not None:
            async for act in self.heard(keyed.words, now):
                yield act
            return
        if self.waiting:
            async for act in self.news(now):
                yield act
            return
        if (nobody := self._meeting.silence()) is not None:
            async for act in nobody:
                yield act
            return
        if self._caller.silences >= self._scene.flow.limits.silence_prompts:
            yield self._speaker.prompt("silence_goodbye", last=True)
            yield self._endings.close(Ending(self._endings.so_far, "silence"))
            return
        self._caller.silences += 1
        self.outcome.silence_prompts += 1
        yield self._speaker.prompt("still_there")
        yield self._arriving.listen()

    async def news(self, now: float) -> AsyncIterator[Act]:
        self._scene.now = now
        if not self.waiting:
            yield Listen(self._speaker.open_ask.expecting if self._speaker.open_ask else "speech")
            return
        async for act in self._arriving.arrive(self._walker.wait(), Reply()):
            yield act

    def told(self, what: Told, now: float) -> AsyncIterator[Act] | None:
        self._scene.now = now
        return self._meeting.told(what)

    async def time_is_up(self, now: float) -> AsyncIterator[Act]:
        self._scene.now = now
        yield self._speaker.prompt("time_is_up", last=True)
        yield self._endings.close(Ending(self._endings.so_far, "time_limit"))

    async def returned(self, now: float) -> AsyncIterator[Act]:
        self._scene.now = now
        self._caller.silences = 0
        async for act in self._returning.returned():
            yield act

    def _caller_is_there(self, now: float) -> None:
        self._scene.now = now
        self._caller.silences = 0
        if self._speaker.cut_short():
            self._asking.uncount()

    def _asked_by_keys(self) -> Awaited:
        ask = self._speaker.open_ask
        if ask is None:
            return Awaited()
        return awaited(ask.expecting, self.book[ask.slot].slot.type if ask.slot else None, ask.wording)

    # Thinking ahead, and words that turn out otherwise.

    def draft(self, words: str, now: float) -> None:
        self._scene.now = now
        if self._meeting.opened and self._meeting.machine_card is None:
            self._thinking.draft(words, self._scene.turn + 1)

    def drop_draft(self) -> None:
        self._thinking.drop_draft()

    def corrected(self, words: str) -> None:
        self._late_words.corrected(words)

    def amended(self, words: str, now: float) -> None:
        self._scene.now = now
        self._late_words.amended(words)

    async def revised(self, words: str, now: float) -> AsyncIterator[Act]:
        if not self._late_words.pending:  # no words had come out of that turn before
            async for act in self.heard(words, now):
                yield act
            return
        self._scene.now = now
        self._caller.silences = 0
        self._late_words.revised(words)
        async for act in self._turns.take(words, again=True):
            yield act

    # What the shell reports.

    def played(self, played: Played) -> None:
        question_lost = self._speaker.played(played)
        self._scene.watcher.note(
            "agent_heard", played.ended, id=played.id, text=played.text, complete=played.complete, began=played.started
        )
        if question_lost:
            self._asking.uncount()

    def confirmed(self, id: int) -> None:
        self.outcome.disclosures.confirmed(id)

    def measured(self, times: TurnTimes) -> None:
        self._scene.note(
            "latency", turn=self._scene.turn, wait=times.wait, stt=times.stt, mind=times.mind, voice=times.voice,
            queue=times.queue, total=times.total,
        )  # fmt: skip

    def hung_up(self, by: EndedBy, now: float, problem: str = "") -> None:
        self._scene.now = now
        card = self._meeting.machine_card
        self._endings.hung_up(problem, at_a_machine=card.if_hung_up if card is not None else "")
        self._walker.abandon()
        self._thinking.drop_draft()
        self._late_words.call_over()

    async def settle(self, patience_s: float) -> None:
        """After `hung_up`: let what has begun in the world come to its end, within so many seconds, and give back what
        the open card kept for the caller. Afterwards the outcome is complete: what comes later is undone."""
        scene, clock = self._scene, asyncio.get_running_loop().time
        began = clock()
        before = scene.outcome.standing
        await self._walker.settle(patience_s)
        await self._walker.give_back(GIVE_BACK_S)
        await scene.unfinished.settle(patience_s - (clock() - began))
        scene.unfinished.closed = True
        self._found(before)

    def found_booked(self, booking: Booking, calendar: str) -> None:
        """The calendar has an appointment of this call of which the talk does not know: its process died meanwhile."""
        before = self.outcome.standing
        self.outcome.appointment, self.outcome.calendar, self.outcome.cancelled = booking, calendar, False
        self._found(before)

    def _found(self, before: Booking | None) -> None:
        if self.outcome.standing != before:
            self.outcome.flag("booking_not_told")
        self._endings.settled()

    # Into a journal, and out of it (`engine.call.resumption.Replayed`).

    def _turn_over(self) -> None:
        self._memory.turn_over()

    def memory(self) -> dict[str, Json]:
        """The state of the talk as a JSON document; `recall` reads it."""
        return self._memory.document()

    def recall(self, memory: resumption.Memory) -> None:
        self._memory.recall(memory)

    def said_before(
        self, id: int, text: str, kind: str, discloses: tuple[Disclosure, ...], at: float, turn: int
    ) -> None:
        self._speaker.said_before(id, text, kind, discloses, at, turn)

    def heard_before(self, played: Played) -> None:
        if self._speaker.played(played):
            self._asking.uncount()

    def take_up(self, unanswered: str, at: float) -> None:
        self._scene.now, self._caller.unanswered = at, unanswered
        if self._speaker.give_up_waiting(at):
            self._asking.uncount()
        self._scene.know_opt_out()
