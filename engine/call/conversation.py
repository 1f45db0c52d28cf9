"""The talk of one call: hears words, walks the flow, says what comes next. Knows nothing of sound or sockets.

One turn (conversation.md): the model turns the utterance into commands; `apply` writes slots with evidence; a reflex
or the open card decides how to go on; the walk passes quiet cards; the plan picks at most one question; the words are
found under a brief, guarded sentence by sentence, and handed to the shell. A hosted model offers words with its
commands; they are released if the plan agrees. A turn whose words turn out otherwise is answered anew (`revised`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from engine.call import misheard, resumption
from engine.call.acts import Act, Close, EndedBy, Listen, Played, StopRecording, TurnTimes, Watcher
from engine.call.agenda import agenda
from engine.call.answerer import DOUBT_S, Verdict
from engine.call.asking import Asking
from engine.call.checkpoint import Checkpoint, Parts
from engine.call.context import CardContext, Outside, Reached
from engine.call.facts import rule_facts, text_facts
from engine.call.keypad import PAUSE_S, Awaited, Keypad, OptOut, awaited
from engine.call.keypad import Answered as Keyed
from engine.call.outcome import Action, Outcome, Spoken
from engine.call.pickup import TRIGGERS, Pickup, ending_for
from engine.call.replying import Reply, acknowledgements, answers, asks_for_the_time, reason_for
from engine.call.speaker import Speaker
from engine.call.spoken_facts import repeatable, talk_so_far
from engine.call.thinking import FRUITFUL, Thinking
from engine.call.thought import Thought
from engine.call.told import Told
from engine.call.walker import Arrival, Walker
from engine.dialogue.apply import Applied, apply
from engine.dialogue.brief import Answer, Ask
from engine.dialogue.commands import Answered, Asked, Behaved, Command, Intended
from engine.dialogue.model import DialogueModel, Spent, TurnView
from engine.dialogue.phrases import Phrases
from engine.dialogue.prefill import prefill
from engine.dialogue.proof import Moment
from engine.dialogue.recognisers import reflexes
from engine.dialogue.recognisers.answerer import asks_to_hold, kind_of
from engine.dialogue.reflexes import Fired, ReflexDock
from engine.dialogue.slots import SlotBook
from engine.dialogue.spoken_time import spoken_time
from engine.dialogue.template import fill
from engine.flow.model import Flow
from engine.flow.rules import FlowFacts, Qualification, qualification
from engine.sdk import Ending, Heard, Json, Lead, Line, Node, NodeSettings, Scalar, TalkNode
from engine.sdk.registry import NodeTypes

BEEP_S = 5.0
"""So long after a greeting's end a beep that the carrier listens for is waited for."""

AT_PICKUP = frozenset({"child", "voicemail_greeting", "bad_time", "wrong_number", "opt_out_clear", "other_language"})
"""Behaviours that are answered even when they come before the agent has said a word."""

UNINTRODUCED = frozenset({"child", "voicemail_greeting"})
"""Their own first words say who is calling; the short opening would tell a child about recordings."""

STRANGERS = frozenset({"child", "voicemail_greeting", "wrong_number"})
"""Who shows one of these is not the lead: nothing they say fills a slot."""

ABOUT_CALLING_BACK = frozenset({"callback_time", "confirm_callback"})
"""Questions to which "call me at six" is an answer, not a wish to end the talk."""

BEGUN_WORK_S = 8.0
"""When the line is back: so long for work that had begun before (a booking) to come to its end."""

MOST_ASIDES = 2
"""Counter-questions in a row after which a card's question is not put again, but the talk goes on."""


async def _nothing_to_write() -> None:
    return None


@dataclass(frozen=True, slots=True)
class CallTalk:
    """What a conversation is about. `moment`: business time, in the seller's zone, at a second of the call's clock.
    `written`: waits until what was noted so far is stored, or until that takes too long."""

    call_id: str
    flow: Flow
    lead: Lead
    moment: Callable[[float], datetime]
    written: Callable[[], Awaitable[None]] = _nothing_to_write
    inbound: bool = False


class FlowConversation:
    """Implements `engine.call.acts.Conversation` for a flow."""

    def __init__(
        self, talk: CallTalk, nodes: NodeTypes, model: DialogueModel, outside: Outside, watcher: Watcher
    ) -> None:
        self.talk = talk
        self.flow: Flow = talk.flow
        self.lead: Lead = talk.lead
        self.book = SlotBook(self.flow.slots)
        self.outcome = Outcome(on_action=self._acted)
        self._model, self._outside, self._watcher = model, outside, watcher
        self._phrases = Phrases(self.flow.texts)
        self._reflexes = ReflexDock(self.flow)
        self._walker = Walker(self.flow, nodes, self.book, self, watcher, lambda: self._now)
        self._speaker = Speaker(
            self.flow, model, self.outcome, self._phrases, self._fill, watcher, self._view, self._repeatable,
            lambda: self._now,
        )  # fmt: skip
        self._asking = Asking(self.book, self._speaker, self._phrases, self._fill)
        self._thinking = Thinking(model, self._view, lambda: (self._turn, self._speaker.expected_ask), self._account)
        self._parts = Parts(self.book, self._walker, self._reflexes, self._speaker, self.outcome)
        self._thought: Thought | None = None
        self._before: Checkpoint | None = None
        self._amendment: misheard.Amendment | None = None
        self._reached = Reached()
        self._now = 0.0
        self._turn = 0
        self._last_words = ""
        self._silences = 0
        self._keypad = Keypad()
        self._pickup = Pickup(watcher)
        self._begun = self._opened = self._beeped = False
        self._held_words = ""
        self._holding = False
        self._digressions = 0
        self._unanswered = ""
        self._retaken = False
        self._filled: dict[str, Json] = {}
        self._checkpoint: resumption.Memory = {}
        self._unknown = resumption.Unknown()
        self._patience_s: float | None = None  # the open card waits for something outside
        if talk.inbound and self.flow.start_inbound is not None:
            self._walker.at = self.flow.start_inbound
        prefill(self.book, self.lead, talk.moment(0.0).date())

    # What the shell asks.

    @property
    def silence_after(self) -> float:
        if self._patience_s is not None:
            return self._patience_s
        if self._keypad.waiting:
            return PAUSE_S
        if self._pickup.in_doubt or self._holding:
            return DOUBT_S
        if (card := self._machine_card) is not None and (quiet := card.quiet_s()) is not None:
            # Where the carrier listens for the beep, it is given the time to tell of it.
            return max(quiet, BEEP_S) if card.listens_to == "recording" and self._pickup.beep_expected else quiet
        limits = self.flow.limits
        return limits.silence_first_s if self._silences == 0 else limits.silence_next_s

    @property
    def waiting(self) -> bool:
        """Whether the open card waits for something outside, such as a colleague's phone."""
        return self._patience_s is not None

    @property
    def max_call_s(self) -> float:
        return float(self.flow.limits.max_call_s)

    async def answered(self, greeting: str, now: float, more: bool = False) -> AsyncIterator[Act]:
        self._now = now
        self._begun = True
        if self.talk.inbound:
            self._pickup.settled = True  # whoever calls us is somebody
            async for act in self._open(greeting):
                yield act
            return
        verdict = self._pickup.said(greeting, now, to_us=False)
        if more and verdict.kind == "screening":
            self._held_words, self._holding = greeting, True  # answered when it has finished asking
            yield self._listen()
            return
        async for act in self._open(greeting) if verdict.kind == "person" else self._met(verdict, greeting):
            yield act

    async def _open(self, greeting: str) -> AsyncIterator[Act]:
        """A person is on the line."""
        self._opened = True
        if greeting.strip():
            commands = await self._greeted(greeting)
            noticed = [each for each in commands if isinstance(each, Behaved) and each.trigger in AT_PICKUP]
            fired = self._reflexes.fire(noticed, self._now)
            if fired is not None:
                if fired.reflex.trigger not in UNINTRODUCED:
                    opening = Line(self._fill(self._phrases.next("short_opening")), fixed=True)
                    yield self._speaker.line(opening)
                async for act in self._react(fired, Applied(), (), Reply()):
                    yield act
                return
            apply(self.book, commands, greeting, self._turn, self._proof())
        async for act in self._arrive(self._walker.enter(), Reply()):
            yield act

    async def heard(self, words: str, now: float) -> AsyncIterator[Act]:
        self._now = now
        self._silences = 0
        self._take_up_what_was_cut()
        if self._unanswered and not self._retaken:
            self._note_checkpoint()  # the turn before was cut: what it changed stands
        words = self._keypad.heard(words, self._asked_by_keys())
        if (met := self._weighed(words)) is not None:
            self._before = None
            async for act in met:
                yield act
            return
        said_before = await self._put_right()
        self._reached = Reached()
        self._before = Checkpoint.of(self._parts, self._view(), self._turn + 1)
        async for act in self._take_turn(words, said_before):
            yield act

    def draft(self, words: str, now: float) -> None:
        self._now = now
        if self._opened and self._machine_card is None:
            self._thinking.draft(words, self._turn + 1)

    def drop_draft(self) -> None:
        self._thinking.drop_draft()

    @property
    def irrevocable(self) -> bool:
        before = self._before
        return self._reached.changed or (before is not None and self.outcome.opted_out != before.opted_out)

    def corrected(self, words: str) -> None:
        if self._before is not None:
            self.book.reword(self._turn, words)
            self._correct_transcript(words, meaning=False)

    def amended(self, words: str, now: float) -> None:
        self._now = now
        if self._before is not None:
            self._correct_transcript(words, meaning=True)
            thought = self._thinking.anew(self._before.view, words, self._turn)
            self._amendment = misheard.Amendment(self._before, thought)

    async def revised(self, words: str, now: float) -> AsyncIterator[Act]:
        if self._before is None:  # no words had come out of that turn before
            async for act in self.heard(words, now):
                yield act
            return
        self._now = now
        self._silences = 0
        was = misheard.values(self.book)
        self._before.roll_back(self._parts)
        self._note_checkpoint()
        self._correct_transcript(words, meaning=True, again=True)
        self._unanswered = words
        self._reached = Reached()
        for slot, before, value in misheard.changed(was, self.book):
            self._note_taken_back(slot, before, value, words)
        async for act in self._take_turn(words, again=True):
            yield act

    async def returned(self, now: float) -> AsyncIterator[Act]:
        """The line was gone and is back, here or in another process. What the caller said last and got no answer to is
        taken once more, from the state before it; else the open question is put again."""
        self._now = now
        self._silences = 0
        if self.waiting:
            transfer = self._outside.transfers.state
            if transfer is None or transfer.outcome is None:
                yield self._speaker.prompt("line_back")  # else they were with a colleague's phone, and know it
            async for act in self.news(now):
                yield act
            return
        words = self._unanswered
        if not self._speaker.has_spoken:
            async for act in self._once_more(words, self.answered):
                yield act
            return
        yield self._speaker.prompt("line_back")
        await self._walker.settle(BEGUN_WORK_S)
        if self.outcome.disposition:
            # The call was closing: whatever was cut of the leave-taking, and then the end.
            lines = tuple(Line(text, fixed=True) for text in self._speaker.not_heard())
            self._speaker.forget_reply()
            async for say in self._speaker.speak(Reply(lines=lines)):
                yield say
            yield Close(self.outcome.disposition, self.outcome.reason)
        elif words:
            async for act in self._once_more(words, self.heard if self._checkpoint else self.answered):
                yield act
        elif not self._checkpoint:
            async for act in self.answered("", now):
                yield act
        else:
            async for act in self._put_again():
                yield act

    async def _once_more(self, words: str, take: Callable[[str, float], AsyncIterator[Act]]) -> AsyncIterator[Act]:
        """Take a turn again that came to nothing. Slots it had filled stay filled, whatever is understood this time."""
        since = self._checkpoint.get("outcome")
        before = since.get("actions") if isinstance(since, dict) else 0
        self.outcome.repeats = self.outcome.actions[before if isinstance(before, int) else 0 :]
        filled = resumption.slots_out(self.book)
        if self._checkpoint:
            self.recall(self._checkpoint)
        self._retaken = bool(words)
        self._filled = filled if words else {}
        try:
            async for act in take(words, self._now):
                yield act
        finally:
            self.outcome.repeats, self._filled = [], {}

    async def _put_again(self) -> AsyncIterator[Act]:
        """What was not heard of the last turn, and its question in other words."""
        lines = tuple(Line(text, fixed=True) for text in self._speaker.not_heard())
        self._speaker.forget_reply()
        ask = self._speaker.open_ask
        if ask is not None and ask.slot is not None and self.book[ask.slot].settled:
            walk = self._walker.hear(Heard(words="", turn=self._turn), (), ask.slot)
            async for act in self._arrive(walk, Reply(lines=lines)):
                yield act
            return
        loose = self._speaker.loose_question
        if ask is None and not lines:
            lines = (Line(loose or self._phrases.next("go_on"), fixed=True),)
        async for act in self._say_and_listen(Reply(lines=lines, ask=self._asking.again())):
            yield act

    async def unclear(self, now: float) -> AsyncIterator[Act]:
        self._now = now
        self._before = None
        self._silences = 0
        if self._machine_card is not None or self._pickup.in_doubt or self._holding:
            yield self._listen()  # nobody there to be asked again
            return
        turn = self._again(self._phrases.next("no_words")) if not self.waiting else self.news(now)
        async for act in turn:
            yield act

    async def news(self, now: float) -> AsyncIterator[Act]:
        self._now = now
        if not self.waiting:
            yield Listen(self._speaker.open_ask.expecting if self._speaker.open_ask else "speech")
            return
        async for act in self._arrive(self._walker.wait(), Reply()):
            yield act

    async def silent(self, now: float) -> AsyncIterator[Act]:
        self._now = now
        if (keyed := self._keypad.pause(self._asked_by_keys())) is not None:
            async for act in self.heard(keyed.words, now):
                yield act
            return
        if self.waiting:
            async for act in self.news(now):
                yield act
            return
        if (nobody := self._silence_at_a_machine()) is not None:
            async for act in nobody:
                yield act
            return
        if self._silences >= self.flow.limits.silence_prompts:
            yield self._speaker.prompt("silence_goodbye")
            yield self._close(Ending(self._disposition_so_far(), "silence"))
            return
        self._silences += 1
        self.outcome.silence_prompts += 1
        yield self._speaker.prompt("still_there")
        yield self._listen()

    async def pressed(self, digit: str, now: float, words: str = "") -> AsyncIterator[Act]:
        self._now = now
        self._silences = 0
        self._take_up_what_was_cut()
        asked = self._asked_by_keys()
        if words:
            self._keypad.heard(words, asked)
        meaning = self._keypad.press(digit, now, asked)
        self._watcher.note("key_taken", now, digit=digit, meaning=type(meaning).__name__)
        if isinstance(meaning, Keyed):
            async for act in self.heard(meaning.words, now):
                yield act
        elif isinstance(meaning, OptOut) and (fired := self._fire("opt_out_clear", "pressed 9")) is not None:
            self._caller_said("(pressed 9)")
            async for act in self._react(fired, Applied(), (), Reply()):
                yield act
        else:
            yield self._listen()

    # Who is on the line.

    def told(self, what: Told, now: float) -> AsyncIterator[Act] | None:
        self._now = now
        again, self._beeped = self._beeped, self._beeped or what == "beep_start"
        verdict = self._pickup.told(what, now)
        beep = what == "beep_start" and not again
        if self.outcome.disposition and not (beep and self.outcome.disposition == "voicemail_left"):
            return None
        card = self._machine_card
        if card is not None and card.listens_to == "recording":
            return self._signal("beep") if beep else self._signal("no_beep") if what == "beep_timeout" else None
        if not self._begun or verdict.kind == "person" or ((card is not None or self._holding) and not beep):
            return None  # `answered` weighs it with the first words; a screener is dealt with, or heard out first
        return self._met(verdict, "", beep=beep)

    @property
    def _machine_card(self) -> TalkNode[NodeSettings] | None:
        """The open card, if it is one that deals with a machine."""
        card = self._walker.talking if self._begun else None
        return card if card is not None and card.quiet_s() is not None else None

    async def _met(self, verdict: Verdict, words: str, *, beep: bool = False) -> AsyncIterator[Act]:
        """It is no person, or nobody knows yet."""
        self.outcome.answered_by = "" if verdict.kind == "doubt" else verdict.kind
        self._speaker.forget_disclosures()  # nobody has heard them; a person who comes hears all of them
        if words:
            self._caller_said(words)
        if verdict.kind == "doubt":
            self._held_words = words or self._held_words
            yield self._listen()
            return
        fired = self._fire(TRIGGERS.get(verdict.kind, ""), words or "(machine detection)")
        if fired is not None:
            async for act in self._react(fired, Applied(), (), Reply()):
                if not (beep and isinstance(act, Listen)):
                    yield act
            if beep and self._machine_card is not None:
                async for act in self._signal("beep"):
                    yield act
        elif verdict.kind == "screening" and not self._opened:
            async for act in self._open(""):  # a flow without a card for it: its opening says who calls, and why
                yield act
        else:
            yield self._close(ending_for(verdict.kind, words))

    def _weighed(self, words: str) -> AsyncIterator[Act] | None:
        """How to go on if these are not the words of a person we talk with; None: it is an ordinary turn."""
        card = self._machine_card
        if card is None:
            if self._pickup.settled:
                return None
            words = f"{self._held_words} {words}".strip() if self._holding else words
            self._holding = False
            verdict = self._pickup.said(words, self._now, to_us=self._opened)
            if verdict.kind == "person":
                self.outcome.answered_by = "person"
                return None if self._opened else self._open(f"{self._held_words} {words}".strip())
            return self._met(verdict, words)
        kind = kind_of(words)
        if card.listens_to == "recording":
            if kind in ("screening", "phone_menu", "carrier_message"):
                return self._met(self._pickup.found(kind, self._now), words)
            return self._signal(words=words, intentions=("person_speaks",) if kind == "person" else ())
        if kind == "voicemail":
            return self._met(self._pickup.found(kind, self._now), words)
        if kind in ("screening", "phone_menu", "carrier_message"):
            return self._signal(words=words, intentions=("call_screening",))
        if asks_to_hold(words):
            return self._signal(words=words, intentions=("asked_to_hold",))
        self._pickup.found("person", self._now)
        self.outcome.answered_by, self._opened = "person", True
        return None

    def _silence_at_a_machine(self) -> AsyncIterator[Act] | None:
        if self._pickup.in_doubt or self._holding:
            self._holding = False
            verdict = self._pickup.silence(self._now)
            if verdict.kind != "person":
                return self._met(verdict, "")
            return self._again("") if self._opened else self._open(self._held_words)
        return None if self._machine_card is None else self._signal("silence")

    async def _signal(
        self,
        signal: Literal["", "beep", "no_beep", "silence"] = "",
        words: str = "",
        intentions: tuple[str, ...] = (),
    ) -> AsyncIterator[Act]:
        """Something that only the open card understands."""
        if words:
            self._caller_said(words)
        heard = Heard(words, self._turn, intentions=intentions, signal=signal)
        async for act in self._arrive(self._walker.hear(heard, (), None), Reply()):
            yield act

    def _asked_by_keys(self) -> Awaited:
        ask = self._speaker.open_ask
        if ask is None:
            return Awaited()
        return awaited(ask.expecting, self.book[ask.slot].slot.type if ask.slot else None, ask.wording)

    def _take_up_what_was_cut(self) -> None:
        if self._speaker.cut_short():
            self._asking.uncount()

    def _fire(self, trigger: str, why: str) -> Fired | None:
        return self._reflexes.fire([Behaved(trigger, why, 1.0)], self._now)

    async def time_is_up(self, now: float) -> AsyncIterator[Act]:
        self._now = now
        yield self._speaker.prompt("time_is_up")
        yield self._close(Ending(self._disposition_so_far(), "time_limit"))

    def played(self, played: Played) -> None:
        question_lost = self._speaker.played(played)
        self._watcher.note(
            "agent_heard", played.ended, id=played.id, text=played.text, complete=played.complete, began=played.started
        )
        if question_lost:
            self._asking.uncount()

    def measured(self, times: TurnTimes) -> None:
        self._watcher.note(
            "latency", self._now, turn=self._turn, wait=times.wait, stt=times.stt, mind=times.mind, voice=times.voice,
            queue=times.queue, total=times.total,
        )  # fmt: skip

    def hung_up(self, by: EndedBy, now: float, problem: str = "") -> None:
        self._now = now
        self.outcome.problem = problem
        card = self._machine_card
        if not self.outcome.disposition:
            self.outcome.disposition = (card.if_hung_up if card is not None else "") or self._disposition_so_far()
        elif self.outcome.disposition == "voicemail_left" and self._speaker.mostly_unheard():
            self.outcome.disposition, self.outcome.reason = "voicemail_no_message", "cut_off"
        self._walker.abandon()
        self._thinking.drop_draft()
        if self._amendment is not None:
            if (commands := self._amendment.thought.understood) is not None:
                self._amendment.apply(commands, self.book, self._proof())
            self._amendment.thought.drop()

    # One turn.

    async def _greeted(self, greeting: str) -> tuple[Command, ...]:
        """What the caller showed when picking up. A hosted model is not asked: the opening is due at once."""
        if self._thinking.hosted:
            self._caller_said(greeting)
            return tuple(Behaved(each.value.value, each.words, each.confidence) for each in reflexes.detect(greeting))
        thought = self._thinking.anew(self._view(), greeting, self._turn + 1)
        self._caller_said(greeting)
        return await thought.commands()

    async def _take_turn(self, words: str, said_before: str = "", again: bool = False) -> AsyncIterator[Act]:
        """Understand, apply, and go on. `said_before`: a sentence that is owed first. `again`: these words take the
        place of others that were misheard."""
        thought, drafted = self._thinking.take(words, self._turn + (not again))
        self._thought = thought
        try:
            if not again:
                self._caller_said(words)
            commands = await thought.commands()
            fired = self._reflexes.fire(self._behaviours(commands), self._now)
            stranger = fired is not None and fired.reflex.trigger in STRANGERS
            applied = Applied() if stranger else apply(self.book, commands, words, self._turn, self._proof())
            self._keep_filled()
            self._take_note(words, commands, applied, drafted)
            owed = Reply(reaction=(Line(said_before),) if said_before else ())
            turn = (
                self._react(fired, applied, _besides(commands, fired), owed)
                if fired
                else self._go_on(applied, commands, owed)
            )
            async for act in turn:
                yield act
        finally:
            thought.drop()
            if self._thought is thought:  # a shell may close this turn's acts after the next turn has begun
                self._thought = None

    async def _put_right(self) -> str:
        """Put the slots right if the turn before was misheard, and give the sentence that admits it."""
        amendment, self._amendment = self._amendment, None
        if amendment is None:
            return ""
        was = misheard.values(self.book)
        try:
            commands = await amendment.thought.commands()
        except Exception as error:  # the slots stay as they were heard first; the turn that is due goes on
            self._watcher.note("not_put_right", self._now, problem=str(error) or repr(error))
            return ""
        applied = amendment.apply(commands, self.book, self._proof())
        self._take_note(amendment.thought.words, commands, applied, drafted=False)
        differences = tuple(misheard.changed(was, self.book))
        for slot, before, value in differences:
            self._note_taken_back(slot, before, value, amendment.thought.words)
        appointment, when = self.outcome.appointment, ""
        if appointment is not None and not amendment.before.booked:
            moment = self._moment()
            when = spoken_time(appointment.opening.start.astimezone(moment.tzinfo), moment, full=True)
        return misheard.admission(differences, self.book, self._phrases, when)

    def _correct_transcript(self, words: str, meaning: bool, again: bool = False) -> None:
        turn = next((each for each in reversed(self.outcome.transcript) if each.who == "caller"), None)
        if turn is not None and turn.turn == self._turn:
            self._watcher.note(
                "revised", self._now, was=turn.text, words=words, meaning=meaning, again=again, turn=self._turn
            )
            turn.text = self._last_words = words

    def _note_taken_back(self, slot: str, was: Scalar | None, value: Scalar | None, words: str) -> None:
        record = self.book[slot]
        self._watcher.note(
            "slot", self._now, slot=slot, value=value, words=words, was=was, state=record.state.value, turn=self._turn
        )

    def _account(self, spent: Spent, wasted: bool, turn: int) -> None:
        self._watcher.note(
            "model_spent", self._now, model=spent.model, purpose=spent.purpose, prompt_tokens=spent.prompt_tokens,
            cached_tokens=spent.cached_tokens, output_tokens=spent.output_tokens, first_ms=spent.first_ms,
            total_ms=spent.total_ms, outcome=spent.outcome, wasted=wasted, turn=turn,
        )  # fmt: skip

    def _behaviours(self, commands: Sequence[Command]) -> list[Behaved]:
        """What the caller did besides answering: behaviours that are an answer to the open question drop out."""
        ask = self._speaker.open_ask
        answered = ask is not None and any(isinstance(each, Answered) for each in commands)
        answers = {"goodbye"} if answered else set()
        if ask is not None and ask.about in ABOUT_CALLING_BACK:
            answers.add("bad_time")
        return [each for each in commands if isinstance(each, Behaved) and each.trigger not in answers]

    def _caller_said(self, words: str) -> None:
        self._turn += 1
        self._speaker.turn = self._turn
        self._last_words = self._unanswered = words
        if self._retaken:
            self._retaken = False  # it stands in the transcript already
            return
        self.outcome.transcript.append(Spoken("caller", words, self._now, self._turn))
        self._watcher.note("caller_said", self._now, text=words, turn=self._turn)

    def _take_note(self, words: str, commands: Sequence[Command], applied: Applied, drafted: bool) -> None:
        for change in applied.changes:
            self._watcher.note(
                "slot", self._now, slot=change.slot, value=change.value, words=change.words, was=change.was,
                state=change.state.value, turn=self._turn, confidence=self.book[change.slot].confidence,
            )  # fmt: skip
            check = self.book[change.slot].slot.check
            if check is not None and check.action and change.value is not None and change.was != change.value:
                self.outcome.act(check.action, self._now, **{change.slot: change.value})
            record = self.book[change.slot]
            if record.corrected_from is not None and record.value is not None:
                self.outcome.corrections[change.slot] = (record.corrected_from, record.value)
        self._watcher.note(
            "understood", self._now, turn=self._turn, words=words, commands=[repr(command) for command in commands],
            refused=[f"{refusal.slot}: {refusal.why}" for refusal in applied.refusals], drafted=drafted,
        )  # fmt: skip

    async def _react(
        self, fired: Fired, applied: Applied, commands: Sequence[Command], owed: Reply
    ) -> AsyncIterator[Act]:
        """A reflex speaks first, then goes back to where the talk was, elsewhere, or ends the call."""
        action = fired.action
        if self._thought is not None:
            self._thought.drop()
            self._thought = None
        self._watcher.note("reflex", self._now, reflex=fired.reflex.id, words=fired.words, then=action.then)
        if action.flag:
            self.outcome.flag(action.flag)
        if action.action == "record_opt_out" or action.disposition == "do_not_call":
            await self._opt_out(fired.words)
        elif action.action:
            self.outcome.act(action.action, self._now)
        if action.action == "stop_recording":
            self.outcome.recording = "declined"
            yield StopRecording()
        said = self._phrases.pick(f"reflex:{fired.reflex.id}:{action.then}", action.say) if action.say else ""
        reply = replace(owed, reaction=(*owed.reaction, *((Line(self._fill(said), fixed=True),) if said else ())))
        if action.then == "end":
            async for say in self._speaker.speak(reply):
                yield say
            yield self._close(Ending(action.disposition or self._disposition_so_far(), action.reason or ""))
        elif action.then == "go" and action.go:
            self._walker.jump(action.go, f"reflex {fired.reflex.id}")
            async for act in self._arrive(self._walker.enter(), reply):
                yield act
        elif "?" in said:
            # The reflex asks something itself; another question beside it would drown it.
            known = answers(self.flow, [each for each in commands if isinstance(each, Asked)], self._fill)
            own = (Line(self._fill(said), fixed=True),)
            async for act in self._say_and_listen(replace(owed, answers=known, lines=own)):
                yield act
        elif applied.changes or any(isinstance(each, Asked) and each.knowledge for each in commands):
            async for act in self._go_on(applied, commands, reply):
                yield act
        elif not action.ask_again:
            async for act in self._say_and_listen(reply):
                yield act
        elif not said:
            async for act in self._again(""):
                yield act
        elif self._speaker.open_ask is None:
            async for act in self._go_on(applied, commands, reply):
                yield act
        else:
            async for act in self._say_and_listen(replace(reply, ask=self._asking.again())):
                yield act

    async def _go_on(self, applied: Applied, commands: Sequence[Command], reply: Reply) -> AsyncIterator[Act]:
        """The ordinary turn: answer the caller's questions, then let the open card decide."""
        asked = [each for each in commands if isinstance(each, Asked)]
        answer = next((each for each in commands if isinstance(each, Answered)), None)
        intended = {each.edge for each in commands if isinstance(each, Intended)}
        open_ask = self._speaker.open_ask
        waits_for_slot = open_ask is not None and open_ask.slot is not None
        known_answers = self._answers(asked)
        opener, unclear = "", False
        if asked and not known_answers and not applied.changes and (waits_for_slot or open_ask is None):
            opener = self._phrases.next("unknown_answer")
        elif open_ask is not None and not (applied.changes or asked or reply.reaction or intended):
            unclear = waits_for_slot or answer is None
            opener = self._phrases.next("unclear") if unclear else ""
        taken = acknowledgements(self.book, applied.changes, self._phrases, self._fill, bool(reply.reaction))
        reply = replace(reply, opener=opener, acknowledge=taken, answers=known_answers)
        again = self._speaker.loose_question
        if again and asked and answer is None and not (applied.changes or intended) and self._digressions < MOST_ASIDES:
            # "Is this Dana?" - "Who is calling?": the answer to our question is still to come.
            self._digressions += 1
            async for act in self._say_and_listen(replace(reply, lines=(Line(again, fixed=True),))):
                yield act
            return
        self._digressions = 0
        heard = Heard(
            words=self._last_words,
            turn=self._turn,
            answer=answer.answer if answer else None,
            slots=applied.touched,
            question=asked[0].words if asked else "",
            intentions=tuple(each.trigger for each in commands if isinstance(each, Behaved)),
        )
        last_asked = open_ask.slot if open_ask else None
        walk = self._walker.hear(heard, intended, last_asked)
        async for act in self._arrive(walk, reply, puzzled=unclear, aside=bool(asked)):
            yield act

    def _answers(self, asked: Sequence[Asked]) -> tuple[Answer, ...]:
        """What is known about the caller's questions: this call's own facts first, then the flow's knowledge."""
        if not asked:
            return ()
        appointment = self.outcome.appointment
        if appointment is not None and asks_for_the_time(asked):
            moment = self._moment()
            when = spoken_time(appointment.opening.start.astimezone(moment.tzinfo), moment, full=True)
            return (Answer("appointment", self._phrases.next("appointment_again").replace("{when}", when)),)
        slot = self._asking.last_slot
        return answers(self.flow, asked, self._fill) or reason_for(self.book[slot] if slot else None, asked)

    async def _arrive(
        self, walk: AsyncIterator[str | Arrival], reply: Reply, puzzled: bool = False, aside: bool = False
    ) -> AsyncIterator[Act]:
        """Follow a walk to its rest, then say all that has come together. `aside`: the caller asked something."""
        async for item in walk:
            if isinstance(item, str):
                yield self._speaker.line(Line(item), kind="filler")
                continue
            self._patience_s = item.patience_s
            if item.patience_s is None:
                self._let_go()
            if item.lost:
                reply = replace(reply, opener=self._fill(self._phrases.next("cannot_understand")), acknowledge=())
            elif puzzled and (item.lines or item.ending or not self._asking.asked_last(item)):
                reply = replace(reply, opener="")
            ask = self._asking.ask(item, puzzled, aside)
            said = replace(reply, lines=(*reply.lines, *item.lines), ask=ask)
            if item.ending is None:
                async for act in self._say_and_listen(said):
                    yield act
                return
            if item.ending.disposition == "do_not_call":
                await self._opt_out(self._last_words)
            async for say in self._speaker.speak(said):
                yield say
            yield self._close(item.ending)

    def _let_go(self) -> None:
        """Nobody waits for a transfer any more: stop the dialling. One that is over stays as it is."""
        transfers = self._outside.transfers
        if transfers.state is not None and transfers.state.outcome is None:
            transfers.call_off()

    async def _opt_out(self, words: str) -> None:
        """Before a word is said about it: the number is on the suppression list, whichever way the flow came here."""
        if not self.outcome.opted_out:
            await self._outside.opt_out(self.lead.phone, words)
            self.outcome.opted_out = True
            self.outcome.act("record_opt_out", self._now)

    async def _again(self, apology: str) -> AsyncIterator[Act]:
        """Put the open question again after an apology; with nothing open, repeat what was said last."""
        ask = self._asking.again()
        lines = () if ask is not None else tuple(Line(text) for text in (self._speaker.last_said,) if text)
        async for act in self._say_and_listen(Reply(opener=apology, lines=lines, ask=ask)):
            yield act

    async def _say_and_listen(self, reply: Reply) -> AsyncIterator[Act]:
        async for say in self._speaker.speak(reply, self._thought):
            yield say
        yield self._listen()

    def _listen(self) -> Listen:
        ask = self._speaker.open_ask
        kind = "waiting" if self.waiting else "listening"
        self._watcher.note(kind, self._now, asked=ask.about if ask else "", turn=self._turn)
        self._note_checkpoint()
        return Listen(ask.expecting if ask else "speech")

    def _close(self, ending: Ending) -> Close:
        disposition, reason = ending.disposition, ending.reason
        self._patience_s = None
        self._let_go()
        standing = self.standing()
        if disposition == "unqualified" and not reason:
            reason = standing.reason
        self.outcome.disposition, self.outcome.reason = disposition, reason
        self.outcome.act("end_call", self._now)
        self._watcher.note("closing", self._now, disposition=disposition, reason=reason)
        self._note_checkpoint()
        return Close(disposition, reason)

    def _disposition_so_far(self) -> str:
        """What the call amounts to if it ends here, without the flow having said so."""
        if self.outcome.opted_out:
            return "do_not_call"
        if self.outcome.appointment is not None:
            return "booked"
        transfer = self._outside.transfers.state
        if transfer is not None and transfer.outcome is not None and transfer.outcome.result == "answered":
            return "transferred"
        if self.outcome.callback is not None:
            return "callback_scheduled"
        if self.standing().state == "unqualified":
            return "unqualified"
        spoke = any(turn.who == "caller" for turn in self.outcome.transcript)
        return "incomplete_hangup" if spoke else "no_input"

    def _acted(self, action: Action) -> None:
        self._watcher.note("acted", action.at, action=action.name, details=dict(action.details))

    # What is kept for the case that the process dies, and taken up again (see `resumption`).

    def _note_checkpoint(self) -> None:
        """A turn is over: from here the call could be taken up."""
        self._unanswered = ""
        self._checkpoint = self.memory()
        self._watcher.note(resumption.CHECKPOINT, self._now, memory=dict(self._checkpoint))

    def _keep_filled(self) -> None:
        """In a turn that is taken once more: what it had filled at first and would now miss."""
        lost = {id: kept for id, kept in self._filled.items() if not self.book[id].settled}
        self._filled = {}
        if lost:
            resumption.slots_in(self.book, {**resumption.slots_out(self.book), **lost})

    def memory(self) -> dict[str, Json]:
        """The state of the talk, but for what the journal's other entries tell (transcript, what was heard, actions).
        A JSON document; `recall` reads it."""
        return {
            **self._unknown.fields,
            "v": resumption.VERSION,
            "slots": resumption.slots_out(self.book),
            "outcome": resumption.outcome_out(self.outcome),
            "walk": self._walker.memory(),
            "speaker": self._speaker.memory(),
            "reflexes": self._reflexes.memory(),
            "phrases": self._phrases.memory(),
            "turn": self._turn,
            "pickup": self._pickup.memory(),
            "opened": self._opened,
            "last_words": self._last_words,
            "silences": self._silences,
            "asides": self._digressions,
            "counted": self._asking.counted,
            "patience_s": self._patience_s,
        }

    def recall(self, memory: resumption.Memory) -> None:
        """Go back to the state of a checkpoint. Fields of a newer version are kept for the next one."""
        parts = {name: part for name, part in memory.items() if isinstance(part, dict)}
        counts = {name: count for name, count in memory.items() if isinstance(count, int)}
        resumption.slots_in(self.book, parts.get("slots"))
        resumption.outcome_in(self.outcome, parts.get("outcome"))
        self._walker.recall(parts.get("walk", {}))
        self._speaker.recall(parts.get("speaker", {}), self.book)
        self._reflexes.recall(parts.get("reflexes", {}))
        self._phrases.recall(parts.get("phrases", {}))
        self._turn, self._silences = counts.get("turn", 0), counts.get("silences", 0)
        self._digressions, self._asking.counted = counts.get("asides", 0), memory.get("counted") is True
        self._last_words = str(memory.get("last_words") or "")
        self._pickup.recall(parts.get("pickup", {}))
        self._begun, self._opened = True, memory.get("opened") is True
        patience_s = memory.get("patience_s")
        self._patience_s = float(patience_s) if isinstance(patience_s, int | float) else None
        self.outcome.opted_out = any(action.name == "record_opt_out" for action in self.outcome.actions)
        self._unknown.fields = {}
        self._unknown.keep(memory, self.memory())
        self._checkpoint = memory
        # A talk with a checkpoint has begun; whoever spoke in it was weighed then.
        self._begun = self._opened = self._pickup.settled = True

    def said_before(self, id: int, text: str, kind: str, protected: bool, at: float, turn: int) -> None:
        self._speaker.said_before(id, text, kind, protected, at, turn)

    def heard_before(self, played: Played) -> None:
        if self._speaker.played(played):
            self._asking.uncount()

    def take_up(self, unanswered: str, at: float) -> None:
        self._now, self._unanswered = at, unanswered
        if self._speaker.give_up_waiting(at):
            self._asking.uncount()
        self.outcome.opted_out = any(action.name == "record_opt_out" for action in self.outcome.actions)

    # What the walker and the cards see of the call.

    def standing(self) -> Qualification:
        """Qualified or not, computed from the criteria."""
        return qualification(self.flow, self.facts())

    def facts(self) -> FlowFacts:
        return rule_facts(self.flow, self.book, self.lead, self.outcome, self._moment())

    def context(self, card: Node[NodeSettings], memory: dict[str, str], fillers: asyncio.Queue[str]) -> CardContext:
        if card.effects.outside and not isinstance(getattr(card.settings, "calendar", None), str):
            self._reached.changed = True  # who acts outside without a calendar cannot be watched
        return CardContext(
            flow=self.flow,
            book=self.book,
            outcome=self.outcome,
            outside=self._outside,
            call_id=self.talk.call_id,
            lead=self.lead,
            now=self._moment(),
            at=self._now,
            last_words=self._last_words,
            budget_s=card.effects.budget_s,
            say_filler=fillers.put_nowait,
            written=self.talk.written,
            memory=memory,
            reached=self._reached,
        )

    def give_up_to(self) -> str | None:
        return self._reflexes.target_of("wants_person")

    def _moment(self) -> datetime:
        return self.talk.moment(self._now)

    def _proof(self) -> Moment:
        return Moment(self._moment(), self.lead.phone)

    def _fill(self, text: str) -> str:
        return fill(text, text_facts(self.flow, self.book, self.lead))

    def _view(self) -> TurnView:
        return TurnView(
            flow=self.flow,
            book=self.book,
            lead=self.lead,
            now=self._moment(),
            ask=self._speaker.expected_ask,
            open_edges=self._walker.intentions(),
            last_said=self._speaker.last_said,
            card=self._walker.at,
            agenda=self._agenda(),
            history=talk_so_far(self.outcome.transcript),
            on_spent=lambda spent: self._account(spent, spent.outcome not in FRUITFUL, self._turn),
            on_note=lambda note: self._watcher.note("model_note", self._now, note=note, turn=self._turn),
        )

    def _agenda(self) -> tuple[Ask, ...]:
        ask = self._speaker.expected_ask
        return agenda(self.flow, self._walker.cards, self._walker.at, self.book, self.facts(), ask, self._fill)

    def _repeatable(self) -> str:
        return " ".join(repeatable(self.flow, self.lead, self.outcome, self._speaker.open_ask, self._moment()))


def _besides(commands: Sequence[Command], fired: Fired) -> tuple[Command, ...]:
    """What a reflex leaves to be answered: the question that set it off is not put to the knowledge as well."""
    words = fired.words.lower()

    def same(asked: str) -> bool:
        return asked.lower() in words or words in asked.lower()

    return tuple(each for each in commands if not (isinstance(each, Asked) and same(each.words)))
