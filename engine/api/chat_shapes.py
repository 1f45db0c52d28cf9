"""What goes over the wire about a talk with a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from engine.api.problems import ProblemOut
from engine.api.turns import TurnOut
from engine.schedule.scratch import Mood
from engine.simulate.chat import MOST_MOVES, MoveKind

Text = Annotated[str, Field(max_length=1000)]
Short = Annotated[str, Field(max_length=200)]


class MoveIn(BaseModel):
    """What the caller of a talk does. `text`: what they say."""

    kind: MoveKind
    text: Text = ""


class LeadIn(BaseModel):
    """`form`: what the caller typed into the website's form, by field name."""

    first_name: Short = "Dana"
    last_name: Short = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    email: Short = ""
    form: dict[Short, Short] = Field(default_factory=dict, max_length=50)


class ChatIn(BaseModel):
    """`revision`: the draft that was looked at; without it the newest. `local_time`: when the phone is picked up, in
    the business's own time zone; without it now. `calendar`: all working hours free, the first chosen time just taken,
    nothing free, or no answer. `colleague`: whether one takes the call if it is put through. `inbound`: the caller has
    called us. `greeting`: how the phone is picked up. `moves`: made already, for a talk that is held again."""

    flow_id: str
    revision: int | None = Field(default=None, ge=1)
    lead: LeadIn = LeadIn()
    local_time: datetime | None = None
    calendar: Mood = "free"
    colleague: bool = True
    inbound: bool = False
    greeting: Text = "Hello?"
    moves: list[MoveIn] = Field(default_factory=list, max_length=MOST_MOVES)


class SaysIn(BaseModel):
    """`seen`: how many turns the client knows; a move that was made for another state of the talk is refused."""

    text: Annotated[str, Field(min_length=1, max_length=1000)]
    seen: int | None = None


class SeenIn(BaseModel):
    """`seen`: the turn up to which the client has seen the talk."""

    seen: int | None = None


class RestartIn(BaseModel):
    """`keep`: hold the talk again with the newest draft, instead of beginning anew."""

    keep: bool = False


class ChatTurnOut(BaseModel):
    """A move of the caller and what came of it. `cards`: those that were open, in order. `standing`: qualified,
    unqualified or open, after it. `problem`: why a call would break off here. `took_ms`: real time."""

    number: int
    kind: MoveKind
    caller: str
    agent: list[str]
    why: TurnOut
    cards: list[str]
    standing: Literal["qualified", "unqualified", "open"]
    problem: str
    took_ms: float


class ChatSlotOut(BaseModel):
    """A thing to find out as it stands. `words`: the caller's own; `source`: call, lead_form, crm or rule. `from_form`:
    only suggested by the form so far. `wanted`: the open card asks for it."""

    slot: str
    label: str
    need: str
    state: str
    value: str | int | float | bool | None
    in_words: str
    words: str
    source: str
    turn: int
    confidence: float
    asks: int
    wanted: bool
    from_form: bool


class ChatEnd(BaseModel):
    """What came of the call, once it is over."""

    disposition: str
    reason: str
    flags: list[str]
    opted_out: bool
    appointment: datetime | None
    callback: datetime | None
    explanation: str


class ChatOut(BaseModel):
    """`revision`: of the draft that talks; `newest`: of the draft as it stands. `card`: the open one. `visited`: all
    cards so far. `asked`: what the agent waits for, a slot or a question of the card. `replies`: answers that can be
    given with one press. `mind`: who understands and words; `left_out`: what was chosen and cannot be used."""

    id: str
    flow_id: str
    revision: int
    newest: int
    turns: list[ChatTurnOut]
    slots: list[ChatSlotOut]
    card: str
    visited: list[str]
    asked: str
    replies: list[str]
    standing: Literal["qualified", "unqualified", "open"]
    explanation: str
    over: bool
    end: ChatEnd | None
    mind: list[str]
    left_out: list[str]


class ChatMoved(ProblemOut):
    """The talk went on meanwhile: as it stands now."""

    chat: ChatOut
