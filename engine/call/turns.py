"""The ordinary turn: understands what the caller said, keeps it with its evidence, and decides how to go on.

The model turns the utterance into commands; `apply` writes slots; a reflex speaks first if one fires, else the open
card decides. A hosted model's thought goes along, so that the words it offers can be released if the plan agrees.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from engine.call.acts import Act, StopRecording
from engine.call.arriving import Arriving
from engine.call.asking import Asking
from engine.call.caller_side import CallerSide
from engine.call.endings import Endings
from engine.call.replying import Reply, acknowledgements, answers, asks_for_the_time, reason_for
from engine.call.scene import Scene
from engine.call.speaker import Speaker
from engine.call.thinking import Thinking
from engine.call.thought import Thought
from engine.call.walker import Walker
from engine.dialogue.apply import Applied, apply
from engine.dialogue.brief import Answer
from engine.dialogue.commands import Answered, Asked, Behaved, Command, Intended
from engine.dialogue.opening_answers import meant
from engine.dialogue.recognisers import reflexes, when
from engine.dialogue.reflexes import Fired
from engine.sdk import Ending, Heard, Line

STRANGERS: Final = frozenset({"child", "voicemail_greeting", "wrong_number"})
"""Who shows one of these is not the lead: nothing they say fills a slot."""

ABOUT_CALLING_BACK: Final = frozenset({"callback_time", "confirm_callback"})
"""Questions to which "call me at six" is an answer, not a wish to end the talk."""

ABOUT_AN_APPOINTMENT: Final = frozenset({"which_appointment", "change_appointment", "confirm_cancel"})
"""Questions to which "cancel" is an answer, not a wish to hear no more of us, and "I'm busy then" a reason to move."""

ABOUT_TIMES: Final = frozenset({"offer_times", "confirm_booking"})
"""Questions to which "I'm at work until four" is a wish."""

TRIGGERED: Final[Mapping[str, tuple[str, ...]]] = {
    "off_the_list": ("opt_out_clear",),
    "perhaps_off_the_list": ("opt_out_maybe",),
}
"""Which behaviour an answer to a question of the law amounts to."""

ENDS_AT_ONCE: Final = frozenset({"goodbye", "opt_out_maybe"})
"""Wishes to end the call (Washington, Connecticut: within ten seconds)."""

MOST_ASIDES: Final = 2
"""Counter-questions in a row after which a card's question is not put again, but the talk goes on."""


class Turns:
    """One call's. `asides`: the caller's counter-questions in a row."""

    def __init__(
        self, scene: Scene, walker: Walker, speaker: Speaker, asking: Asking, caller: CallerSide, thinking: Thinking,
        arriving: Arriving, endings: Endings,
    ) -> None:  # fmt: skip
        self._scene, self._walker, self._speaker, self._asking = scene, walker, speaker, asking
        self._caller, self._thinking, self._arriving, self._endings = caller, thinking, arriving, endings
        self.asides = 0

    async def take(self, words: str, said_before: str = "", again: bool = False) -> AsyncIterator[Act]:
        """Understand, apply, and go on. `said_before`: a sentence that is owed first. `again`: these words take the
        place of others that were misheard."""
        scene = self._scene
        thought, drafted = self._thinking.take(words, scene.turn + (not again))
        try:
            if not again:
                self._caller.said(words)
            commands = await thought.commands()
            wish = meant(self._speaker.heard_question, words)
            behaviours = [
                *self._behaviours(commands),
                *(Behaved(each, words, 0.95) for each in TRIGGERED.get(wish, ())),
            ]
            if wish == "end" or self._must_end(behaviours):
                thought.drop()
                self._caller.understood(words, commands, Applied(), drafted)
                async for act in self._farewell():
                    yield act
                return
            fired = scene.reflexes.fire(behaviours, scene.now)
            stranger = fired is not None and fired.reflex.trigger in STRANGERS
            applied = Applied() if stranger else apply(scene.book, commands, words, scene.turn, scene.proof())
            self._caller.keep_filled()
            self._caller.understood(words, commands, applied, drafted)
            owed = Reply(reaction=(Line(said_before),) if said_before else ())
            if fired:
                thought.drop()
                turn = self.react(fired, applied, _besides(commands, fired), owed)
            else:
                turn = self._go_on(applied, commands, owed, thought)
            async for act in turn:
                yield act
        finally:
            thought.drop()

    def _must_end(self, behaviours: Sequence[Behaved]) -> bool:
        """Where the law counts the seconds, a wish to end that is no wish to come off the list ends the call at once,
        without a question more."""
        if self._scene.talk.duties.end_within_s is None:
            return False
        found = {each.trigger for each in behaviours}
        return bool(found & ENDS_AT_ONCE) and "opt_out_clear" not in found

    async def _farewell(self) -> AsyncIterator[Act]:
        ending = Ending("not_interested")
        last = (Line(self._scene.phrases.next("farewell"), fixed=True),)
        async for say in self._speaker.speak(Reply(lines=self._endings.last_words(last, ending)), last=True):
            yield say
        yield self._endings.close(ending)

    async def greeted(self, greeting: str) -> tuple[Command, ...]:
        """What the caller showed when picking up. A hosted model is not asked: the opening is due at once."""
        if self._thinking.hosted:
            self._caller.said(greeting)
            return tuple(Behaved(each.value.value, each.words, each.confidence) for each in reflexes.detect(greeting))
        thought, _ = self._thinking.take(greeting, self._scene.turn + 1)
        self._caller.said(greeting)
        return await thought.commands()

    def fire(self, trigger: str, why: str) -> Fired | None:
        """The flow's reflex to something that is known without a model."""
        return self._scene.reflexes.fire([Behaved(trigger, why, 1.0)], self._scene.now)

    async def react(
        self, fired: Fired, applied: Applied | None = None, commands: Sequence[Command] = (), owed: Reply | None = None
    ) -> AsyncIterator[Act]:
        """A reflex speaks first, then goes back to where the talk was, elsewhere, or ends the call."""
        scene, action = self._scene, fired.action
        applied, owed = applied or Applied(), owed or Reply()
        scene.note("reflex", reflex=fired.reflex.id, words=fired.words, then=action.then)
        if action.flag:
            scene.outcome.flag(action.flag)
        if action.action == "record_opt_out" or action.disposition == "do_not_call":
            await scene.opt_out(fired.words)
        elif action.action:
            scene.outcome.act(action.action, scene.now)
        if action.action == "stop_recording":
            scene.outcome.recording = "declined"
            yield StopRecording()
        said = scene.phrases.pick(f"reflex:{fired.reflex.id}:{action.then}", action.say) if action.say else ""
        own = (Line(scene.fill(said), fixed=True),) if said else ()
        reply = replace(owed, reaction=(*owed.reaction, *own))
        if action.then == "end":
            ending = Ending(action.disposition or self._endings.so_far, action.reason or "")
            reply = replace(reply, reaction=self._endings.last_words(reply.reaction, ending))
            async for say in self._speaker.speak(reply, last=True):
                yield say
            yield self._endings.close(ending)
        elif action.then == "go" and action.go:
            self._walker.jump(action.go, f"reflex {fired.reflex.id}")
            async for act in self._arriving.arrive(self._walker.enter(), reply):
                yield act
        elif "?" in said:
            # The reflex asks something itself; another question beside it would drown it.
            known = answers(scene.flow, [each for each in commands if isinstance(each, Asked)], scene.fill)
            async for act in self._arriving.say_and_listen(replace(owed, answers=known, lines=own)):
                yield act
        elif applied.changes or any(isinstance(each, Asked) and each.knowledge for each in commands):
            async for act in self._go_on(applied, commands, reply):
                yield act
        elif not action.ask_again:
            async for act in self._arriving.say_and_listen(reply):
                yield act
        elif not said:
            async for act in self._arriving.again(""):
                yield act
        elif self._speaker.open_ask is None:
            async for act in self._go_on(applied, commands, reply):
                yield act
        else:
            async for act in self._arriving.say_and_listen(replace(reply, ask=self._asking.again())):
                yield act

    async def _go_on(
        self, applied: Applied, commands: Sequence[Command], reply: Reply, thought: Thought | None = None
    ) -> AsyncIterator[Act]:
        """Answer the caller's questions, then let the open card decide."""
        scene = self._scene
        asked = [each for each in commands if isinstance(each, Asked)]
        answer = next((each for each in commands if isinstance(each, Answered)), None)
        intended = {each.edge for each in commands if isinstance(each, Intended)}
        open_ask = self._speaker.open_ask
        waits_for_slot = open_ask is not None and open_ask.slot is not None
        known_answers = self._answers(asked)
        again = self._speaker.loose_question
        invited = _INVITES.search(again) is not None  # "What can I do for you?" - "Can I move my appointment?"
        opener, unclear = "", False
        if asked and not invited and not known_answers and not applied.changes and (waits_for_slot or open_ask is None):
            opener = scene.phrases.next("unknown_answer")
        elif open_ask is not None and not (applied.changes or asked or reply.reaction or intended):
            unclear = waits_for_slot or answer is None
            opener = scene.phrases.next("unclear") if unclear else ""
        taken = acknowledgements(scene.book, applied.changes, scene.phrases, scene.fill, bool(reply.reaction))
        reply = replace(reply, opener=opener, acknowledge=taken, answers=known_answers)
        if (
            again
            and not invited
            and asked
            and answer is None
            and not (applied.changes or intended)
            and self.asides < MOST_ASIDES
        ):
            # "Is this Dana?" - "Who is calling?": the answer to our question is still to come.
            self.asides += 1
            async for act in self._arriving.say_and_listen(replace(reply, lines=(Line(again, fixed=True),)), thought):
                yield act
            return
        self.asides = 0
        heard = Heard(
            words=scene.last_words,
            turn=scene.turn,
            answer=answer.answer if answer else None,
            slots=applied.touched,
            question=asked[0].words if asked else "",
            intentions=tuple(each.trigger for each in commands if isinstance(each, Behaved)),
        )
        last_asked = open_ask.slot if open_ask else None
        walk = self._walker.hear(heard, intended, last_asked)
        async for act in self._arriving.arrive(walk, reply, thought, puzzled=unclear, aside=bool(asked)):
            yield act

    def _answers(self, asked: Sequence[Asked]) -> tuple[Answer, ...]:
        """What is known about the caller's questions: this call's own facts first, then the flow's knowledge."""
        scene = self._scene
        if not asked:
            return ()
        if (when := scene.appointment_time()) and asks_for_the_time(asked):
            return (Answer("appointment", scene.phrases.next("appointment_again").replace("{when}", when)),)
        slot = self._asking.last_slot
        return answers(scene.flow, asked, scene.fill) or reason_for(scene.book[slot] if slot else None, asked)

    def _names_a_time(self) -> bool:
        """Whether the caller says when they can ("I'm at work until four"), and not when to be called."""
        scene = self._scene
        found = when.find(scene.last_words, scene.moment())
        return any(each.value.constrains for each in found) and _CALL_ME.search(scene.last_words) is None

    def _behaviours(self, commands: Sequence[Command]) -> list[Behaved]:
        """What the caller did besides answering: behaviours that are an answer to the open question drop out."""
        ask = self._speaker.open_ask
        answered = ask is not None and any(isinstance(each, Answered) for each in commands)
        answers = {"goodbye"} if answered else set()
        if ask is not None and ask.about in ABOUT_CALLING_BACK:
            answers.add("bad_time")
        if ask is not None and ask.about in ABOUT_AN_APPOINTMENT:
            answers |= {"opt_out_maybe", "bad_time"}
        if ask is not None and ask.about in ABOUT_TIMES and self._names_a_time():
            answers.add("bad_time")
        return [each for each in commands if isinstance(each, Behaved) and each.trigger not in answers]


_INVITES: Final = re.compile(r"\b(?:what|how) (?:can|may|could) (?:i|we) (?:do|help)\b", re.IGNORECASE)
_CALL_ME: Final = re.compile(r"\b(?:call|phone|ring|try)\b", re.IGNORECASE)


def _besides(commands: Sequence[Command], fired: Fired) -> tuple[Command, ...]:
    """What a reflex leaves to be answered: the question that set it off is not put to the knowledge as well."""
    words = fired.words.lower()

    def same(asked: str) -> bool:
        return asked.lower() in words or words in asked.lower()

    return tuple(each for each in commands if not (isinstance(each, Asked) and same(each.words)))
