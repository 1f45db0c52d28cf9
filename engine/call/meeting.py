"""Who is met on the line: a person is opened to, a machine gets the card that deals with it.

What is known of who picked up stands in `pickup`, the weighing in `answerer`; here stands what the talk does about it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final, Literal

from engine.call.acts import Act, Listen
from engine.call.answerer import DOUBT_S, Verdict
from engine.call.arriving import Arriving
from engine.call.caller_side import CallerSide
from engine.call.endings import Endings
from engine.call.pickup import TRIGGERS, Pickup, ending_for
from engine.call.replying import Reply
from engine.call.scene import Scene
from engine.call.speaker import Speaker
from engine.call.told import Told
from engine.call.turns import Turns
from engine.call.walker import Walker
from engine.dialogue.apply import apply
from engine.dialogue.commands import Behaved
from engine.dialogue.recognisers.answerer import asks_to_hold, kind_of
from engine.sdk import Heard, Json, NodeSettings, TalkNode

BEEP_S: Final = 5.0
"""So long after a greeting's end a beep that the carrier listens for is waited for."""

AT_PICKUP: Final = frozenset(
    {"child", "voicemail_greeting", "bad_time", "wrong_number", "opt_out_clear", "other_language"}
)
"""Behaviours that are answered even when they come before the agent has said a word."""

UNINTRODUCED: Final = frozenset({"child", "voicemail_greeting"})
"""Their own first words say who is calling; the short opening would tell a child about recordings."""


class Meeting:
    """One call's. `begun`: the phone was picked up and somebody or something has been met. `opened`: a person was."""

    def __init__(
        self, scene: Scene, walker: Walker, speaker: Speaker, caller: CallerSide, turns: Turns, arriving: Arriving,
        endings: Endings,
    ) -> None:  # fmt: skip
        self._scene, self._walker, self._speaker, self._caller = scene, walker, speaker, caller
        self._turns, self._arriving, self._endings = turns, arriving, endings
        self.pickup = Pickup(scene.watcher)
        self.begun = self.opened = False
        self._beeped = False
        self._held_words = ""
        self._holding = False

    @property
    def unsure(self) -> bool:
        """Whether it is still open who is on the line."""
        return self.pickup.in_doubt or self._holding

    @property
    def machine_card(self) -> TalkNode[NodeSettings] | None:
        """The open card, if it is one that deals with a machine."""
        card = self._walker.talking if self.begun else None
        return card if card is not None and card.quiet_s() is not None else None

    @property
    def silence_after(self) -> float | None:
        """The silence that tells something here; None: that of an ordinary talk."""
        if self.unsure:
            return DOUBT_S
        if (card := self.machine_card) is not None and (quiet := card.quiet_s()) is not None:
            # Where the carrier listens for the beep, it is given the time to tell of it.
            return max(quiet, BEEP_S) if card.listens_to == "recording" and self.pickup.beep_expected else quiet
        return None

    def recall(self, memory: Mapping[str, Json]) -> None:
        """A talk with a checkpoint has begun; whoever spoke in it was weighed then."""
        self.pickup.recall(memory)
        self.begun = self.opened = self.pickup.settled = True

    async def answered(self, greeting: str, more: bool) -> AsyncIterator[Act]:
        """The phone was picked up with these words. `more`: they go on."""
        self.begun = True
        if self._scene.talk.inbound:
            self.pickup.settled = True  # whoever calls us is somebody
            async for act in self._open(greeting):
                yield act
            return
        verdict = self.pickup.said(greeting, self._scene.now, to_us=False)
        if more and verdict.kind == "screening":
            self._held_words, self._holding = greeting, True  # answered when it has finished asking
            yield self._arriving.listen()
            return
        async for act in self._open(greeting) if verdict.kind == "person" else self._met(verdict, greeting):
            yield act

    def told(self, what: Told) -> AsyncIterator[Act] | None:
        """The carrier's machine detection has spoken. None: the talk goes on."""
        outcome = self._scene.outcome
        again, self._beeped = self._beeped, self._beeped or what == "beep_start"
        verdict = self.pickup.told(what, self._scene.now)
        beep = what == "beep_start" and not again
        if outcome.disposition and not (beep and outcome.disposition == "voicemail_left"):
            return None
        card = self.machine_card
        if card is not None and card.listens_to == "recording":
            return self._signal("beep") if beep else self._signal("no_beep") if what == "beep_timeout" else None
        if not self.begun or verdict.kind == "person" or ((card is not None or self._holding) and not beep):
            return None  # `answered` weighs it with the first words; a screener is dealt with, or heard out first
        return self._met(verdict, "", beep=beep)

    def weighed(self, words: str) -> AsyncIterator[Act] | None:
        """How to go on if these are not the words of a person we talk with; None: it is an ordinary turn."""
        outcome, now = self._scene.outcome, self._scene.now
        card = self.machine_card
        if card is None:
            if self.pickup.settled:
                return None
            words = f"{self._held_words} {words}".strip() if self._holding else words
            self._holding = False
            verdict = self.pickup.said(words, now, to_us=self.opened)
            if verdict.kind == "person":
                outcome.answered_by = "person"
                return None if self.opened else self._open(f"{self._held_words} {words}".strip())
            return self._met(verdict, words)
        kind = kind_of(words)
        if card.listens_to == "recording":
            if kind in ("screening", "phone_menu", "carrier_message"):
                return self._met(self.pickup.found(kind, now), words)
            return self._signal(words=words, intentions=("person_speaks",) if kind == "person" else ())
        if kind == "voicemail":
            return self._met(self.pickup.found(kind, now), words)
        if kind in ("screening", "phone_menu", "carrier_message"):
            return self._signal(words=words, intentions=("call_screening",))
        if asks_to_hold(words):
            return self._signal(words=words, intentions=("asked_to_hold",))
        self.pickup.found("person", now)
        outcome.answered_by, self.opened = "person", True
        return None

    def silence(self) -> AsyncIterator[Act] | None:
        """What silence tells of who is there; None: somebody we talk with is silent."""
        if self.unsure:
            self._holding = False
            verdict = self.pickup.silence(self._scene.now)
            if verdict.kind != "person":
                return self._met(verdict, "")
            return self._arriving.again("") if self.opened else self._open(self._held_words)
        return None if self.machine_card is None else self._signal("silence")

    async def _open(self, greeting: str) -> AsyncIterator[Act]:
        """A person is on the line."""
        scene = self._scene
        self.opened = True
        if greeting.strip():
            commands = await self._turns.greeted(greeting)
            noticed = [each for each in commands if isinstance(each, Behaved) and each.trigger in AT_PICKUP]
            fired = scene.reflexes.fire(noticed, scene.now)
            if fired is not None:
                if fired.reflex.trigger not in UNINTRODUCED:
                    for say in self._speaker.introduce():
                        yield say
                async for act in self._turns.react(fired):
                    yield act
                return
            apply(scene.book, commands, greeting, scene.turn, scene.proof())
        async for act in self._arriving.arrive(self._walker.enter(), Reply()):
            yield act

    async def _met(self, verdict: Verdict, words: str, *, beep: bool = False) -> AsyncIterator[Act]:
        """It is no person, or nobody knows yet."""
        self._scene.outcome.answered_by = "" if verdict.kind == "doubt" else verdict.kind
        self._speaker.forget_disclosures()  # nobody has heard them; a person who comes hears all of them
        if words:
            self._caller.said(words)
        if verdict.kind == "doubt":
            self._held_words = words or self._held_words
            yield self._arriving.listen()
            return
        fired = self._turns.fire(TRIGGERS.get(verdict.kind, ""), words or "(machine detection)")
        if fired is not None:
            async for act in self._turns.react(fired):
                if not (beep and isinstance(act, Listen)):
                    yield act
            if beep and self.machine_card is not None:
                async for act in self._signal("beep"):
                    yield act
        elif verdict.kind == "screening" and not self.opened:
            async for act in self._open(""):  # a flow without a card for it: its opening says who calls, and why
                yield act
        else:
            yield self._endings.close(ending_for(verdict.kind, words))

    async def _signal(
        self,
        signal: Literal["", "beep", "no_beep", "silence"] = "",
        words: str = "",
        intentions: tuple[str, ...] = (),
    ) -> AsyncIterator[Act]:
        """Something that only the open card understands."""
        if words:
            self._caller.said(words)
        heard = Heard(words, self._scene.turn, intentions=intentions, signal=signal)
        async for act in self._arriving.arrive(self._walker.hear(heard, (), None), Reply()):
            yield act
