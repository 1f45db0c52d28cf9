"""A talk with a draft in text: a person plays the caller, the engine's own conversation answers, and tells why.

Time is virtual and moves with what is said. Calendar, colleague and do-not-call list are made of paper: nothing is
booked, sent or written. A talk can be held again from its moves, which is how it goes back and survives its process.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from engine.call.acts import Act, Close, Listen, Say
from engine.call.conversation import FlowConversation
from engine.call.scene import CallTalk
from engine.call.trial_outside import TrialOutside
from engine.call.walker import FlowBroken
from engine.dialogue.model import DialogueModel
from engine.dialogue.slots import SlotRecord
from engine.flow.model import Flow
from engine.flow.rules import Standing
from engine.sdk import Calendar, Json, Lead, SlotType
from engine.sdk.registry import NodeTypes
from engine.simulate.colleague import TextTransfers
from engine.simulate.pace import THINKING_S, play, spoken_s

log = logging.getLogger(__name__)

MoveKind = Literal["picks_up", "says", "is_silent", "hangs_up"]

MOST_MOVES: Final = 80
"""A call that goes on longer than this goes round in circles."""

MOST_WAITS: Final = 40
"""So often in a row a card that waits for a colleague is told that time has passed."""


@dataclass(frozen=True, slots=True)
class Move:
    """What the caller does. `text`: of `picks_up` (may be empty) and `says`."""

    kind: MoveKind
    text: str = ""


@dataclass(frozen=True, slots=True)
class ChatSetting:
    """`starts`: aware, when the phone is picked up. `colleague`: whether one takes the call if asked. `inbound`: the
    caller has called us. `calendars`: by name, scratch ones."""

    lead: Lead
    starts: datetime
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    colleague: bool = True
    inbound: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What the conversation noted, as in a journal. `at`: seconds on the call's clock."""

    kind: str
    at: float
    facts: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """A move of the caller and all that came of it. `said`: what the agent said, sentence by sentence. `cards`: those
    that were open, in order; the last one is open now. `standing`: qualified, unqualified or open, after it. `problem`:
    why the call would break off here, in plain words. `took_s`: real time."""

    move: Move
    at: float
    said: Sequence[str]
    notes: Sequence[Note]
    cards: Sequence[str]
    standing: Standing
    problem: str = ""
    took_s: float = 0.0


class ChatOver(Exception):
    """The call has ended: there is nobody to talk to."""


class DraftChat:
    """One talk. Not for two moves at once."""

    def __init__(self, flow: Flow, nodes: NodeTypes, model: DialogueModel, setting: ChatSetting) -> None:
        """Raises `NodeTypeUnknown`, `SettingsInvalid`, KeyError or ValueError for a flow no call can be held with."""
        self.flow = flow
        self.turns: list[ChatTurn] = []
        self.over = False
        self._now = 0.0
        self._notes: list[Note] = []
        start = setting.starts
        self.conversation = FlowConversation(
            CallTalk(
                call_id="call_in_text",
                flow=flow,
                lead=setting.lead,
                moment=lambda at: start + timedelta(seconds=at),
                inbound=setting.inbound,
            ),
            nodes,
            model,
            TrialOutside(setting.calendars, TextTransfers(setting.colleague, lambda: self._now)),
            self,
        )

    def note(self, kind: str, at: float, **facts: Json) -> None:
        """As a `Watcher` of its own conversation."""
        self._notes.append(Note(kind, at, facts))

    async def make(self, move: Move) -> ChatTurn:
        """Make a move and hear the answer. Raises `ChatOver`."""
        if self.over:
            raise ChatOver("The call is over. Begin again, or go back a turn.")
        began, at, self._notes = time.monotonic(), self._now, []
        first_card, problem = self.conversation.card, ""
        said: list[str] = []
        try:
            await self._answer(move, said)
        except FlowBroken as broken:
            problem = str(broken)
        except Exception as error:  # whatever a card of somebody else's does: the person who tries it out is told
            log.exception("A talk with a draft broke off")
            problem = f"The card {self._card_name()} failed: {error!r}."
        if len(self.turns) + 1 >= MOST_MOVES and not self.over:
            problem = problem or f"The call did not end within {MOST_MOVES} turns."
        if problem and not self.over:
            self.conversation.hung_up("failure", self._now, problem)
            self.over = True
        moved = [str(note.facts["card"]) for note in self._notes if note.kind == "moved"]
        turn = ChatTurn(
            move,
            at,
            tuple(said),
            tuple(self._notes),
            (first_card, *moved),
            self.conversation.standing().state,
            problem,
            time.monotonic() - began,
        )
        self.turns.append(turn)
        return turn

    async def _answer(self, move: Move, said: list[str]) -> None:
        conversation = self.conversation
        match move.kind:
            case "hangs_up":
                conversation.hung_up("caller", self._now)
                self.over = True
                return
            case "picks_up":
                self._now += spoken_s(move.text)
                acts = conversation.answered(move.text, self._now)
            case "says":
                self._now += spoken_s(move.text) + THINKING_S
                acts = conversation.heard(move.text, self._now)
            case "is_silent":
                self._now += conversation.silence_after
                acts = conversation.silent(self._now)
        await self._listen_to(acts, said)
        for _ in range(MOST_WAITS):
            # A colleague's phone rings, or nobody knows yet who picked up: nothing to say for the caller.
            if self.over or not conversation.waiting:
                return
            self._now += conversation.silence_after
            await self._listen_to(conversation.silent(self._now), said)

    async def _listen_to(self, acts: AsyncIterator[Act], said: list[str]) -> None:
        says: list[Say] = []
        async for act in acts:
            if isinstance(act, Say):
                says.append(act)
            elif isinstance(act, Close):
                self.over = True
                break
            elif isinstance(act, Listen):
                break
        self._now += play(self.conversation, says, self._now)
        said += [say.text for say in says]
        if self.over:
            self.conversation.hung_up("assistant", self._now)

    def _card_name(self) -> str:
        card = next((each for each in self.flow.nodes if each.id == self.conversation.card), None)
        return f"'{card.name}'" if card is not None else "that is open"

    @property
    def moves(self) -> tuple[Move, ...]:
        """What the caller did so far: all that is needed to hold this talk again."""
        return tuple(turn.move for turn in self.turns)

    def replies(self) -> tuple[str, ...]:
        """Answers to the open question that can be given with one press: its choices, yes and no."""
        ask = self.conversation.open_ask
        if self.over or ask is None:
            return ()
        if ask.slot is not None and (slot := self.conversation.book[ask.slot].slot).type is SlotType.CHOICE:
            return tuple(choice.label or str(choice.value) for choice in slot.choices)
        yes_no = ask.expecting == "yes_no" or (
            ask.slot is not None and self.conversation.book[ask.slot].slot.type is SlotType.YES_NO
        )
        return ("Yes.", "No.") if yes_no else ()

    def wanted(self) -> frozenset[str]:
        """Slots that the open card wants to know."""
        card = next((each for each in self.flow.nodes if each.id == self.conversation.card), None)
        slots = card.settings.get("slots") if card is not None else None
        return frozenset(str(each) for each in slots) if isinstance(slots, list | tuple) else frozenset()

    def slots(self) -> tuple[SlotRecord, ...]:
        """Everything there is to find out, in the flow's order."""
        return tuple(self.conversation.book)


async def hold(chat: DraftChat, moves: Sequence[Move]) -> None:
    """Make the moves one after the other, as far as the call goes on: with another draft it may end sooner."""
    for move in moves:
        if chat.over:
            return
        await chat.make(move)
