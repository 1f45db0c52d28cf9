"""Node types: one class each, declared once, used by the engine, the validator, the builder's forms and the docs.

    class Hello(TalkNode[NodeSettings]):
        type = "acme.hello"
        title = "Say hello"

        async def enter(self, ctx: TalkContext) -> Step:
            return say("Hello!").leave()

An instance is one card of a flow with its settings; it keeps nothing between turns (`Step.remember` does).
"""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, Protocol, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from engine.sdk.connection_kinds import ConnectionKind
from engine.sdk.contexts import AfterCallContext, AheadContext, Heard, QuietContext, StepOutcome, TalkContext
from engine.sdk.steps import Step
from engine.sdk.values import Json, Scalar

Kind = Literal["talk", "quiet", "after_call"]


@dataclass(frozen=True, slots=True)
class Exit:
    """A named way out. `failure`: taken when the node's outside work did not succeed; it must lead somewhere."""

    name: str
    label: str
    failure: bool = False


NEXT = Exit("next", "Next")


@dataclass(frozen=True, slots=True)
class Effects:
    """What a node does to the world, declared so that flows can be checked before a call.

    `reads`/`writes`: names of settings that hold slot ids, or slot ids themselves. `outside`: it calls other systems.
    `budget_s`: longest time it may take before the engine gives up on it. `hands_over`: the caller may be put through
    to somebody, and the call goes on without us: no limit of ours may cut it.
    """

    speaks: bool = False
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    outside: bool = False
    budget_s: float = 8.0
    hands_over: bool = False


class Naming(Protocol):
    """What the flow around a card calls its things, for `Node.describe`."""

    def slot(self, id: str) -> str:
        """'the ZIP'."""
        ...

    def value(self, slot: str, value: Scalar) -> str:
        """A value as people read it, by the slot's own choices: 'a house', '$1,200'."""
        ...


class NodeSettings(BaseModel):
    """Base of every node's settings. Fields not understood are kept: they may belong to a newer version."""

    model_config = ConfigDict(extra="allow", frozen=True)


S = TypeVar("S", bound=NodeSettings, covariant=True)


class Node(ABC, Generic[S]):
    """Base of all node types. Subclass `TalkNode`, `QuietNode` or `AfterCallNode`."""

    type: ClassVar[str]
    """Permanent name, with a package prefix for types that do not ship with Leadline: `acme.credit_check`."""
    title: ClassVar[str]
    """What the card is called in the palette, in a user's words."""
    kind: ClassVar[Kind]
    version: ClassVar[int] = 1
    summary: ClassVar[str] = ""
    """One sentence of help."""
    icon: ClassVar[str] = "circle"
    shelf: ClassVar[str] = "other"
    """Group of the palette: talk, decide, schedule, handoff, connect, aftercall."""
    exits: ClassVar[tuple[Exit, ...]] = (NEXT,)
    effects: ClassVar[Effects] = Effects()
    connection_kinds: ClassVar[tuple[ConnectionKind, ...]] = ()
    """Sorts of accounts that the node works with, so that people can enter and test them."""
    terminal: ClassVar[bool] = False
    """The call ends here; the node needs no way out."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @classmethod
    def settings_model(cls) -> builtins.type[NodeSettings]:
        """The settings class given as the type argument: `class Hello(TalkNode[HelloSettings])`."""
        for klass in cls.__mro__:
            for base in getattr(klass, "__orig_bases__", ()):
                origin, args = get_origin(base), get_args(base)
                if isinstance(origin, type) and issubclass(origin, Node) and args and isinstance(args[0], type):
                    return args[0]
        return NodeSettings

    @classmethod
    def settings_schema(cls) -> dict[str, Json]:
        """JSON Schema of the settings, from which the builder makes its form."""
        return cls.settings_model().model_json_schema()

    @classmethod
    def migrate(cls, settings: dict[str, Json], from_version: int) -> dict[str, Json]:
        """Settings of an older version of this node in today's form. The default changes nothing."""
        return settings

    def slots_wanted(self) -> tuple[str, ...]:
        """Slots that this card asks for; the validator counts them as asked."""
        return ()

    def slots_needed(self) -> tuple[str, ...]:
        """Slots that must be known before this card can do its work."""
        return ()

    def texts(self) -> tuple[str, ...]:
        """All texts of this card that may hold {placeholders}, for the validator."""
        return ()

    def describe(self, naming: Naming) -> str:
        """What this card does, in one line for the canvas: 'Asks when to call back'. Empty: its ways out say it.

        The default is the card's first text in quotation marks.
        """
        return next((f"“{text}”" for text in self.texts() if text), "")

    def discloses_what(self) -> frozenset[str]:
        """Which of ai, recording, opt_out this card makes known to the caller."""
        return frozenset()

    def asks(self) -> bool:
        """Whether the card puts a question to the caller."""
        return bool(self.slots_wanted())


class TalkNode(Node[S]):
    """A card of the conversation: it may speak, ask, and hear what the caller says."""

    kind = "talk"
    effects = Effects(speaks=True)
    shelf = "talk"
    listens_to: ClassVar[Literal["caller", "recording"]] = "caller"
    """`recording`: what is said while the card is open comes from a machine; nothing is read out of it."""
    if_hung_up: ClassVar[str] = ""
    """Outcome of a call whose line is closed while the card is open; empty: as far as the talk had come."""

    @abstractmethod
    async def enter(self, ctx: TalkContext) -> Step:
        """The flow has arrived here."""

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        """The caller spoke while this card was open. What they said is already applied to the slots and their
        questions will be answered; return how to go on. The default leaves."""
        return Step().leave()

    def quiet_s(self) -> float | None:
        """Seconds of silence after which the card wants to be told (`Heard.signal`). None: nobody is left waiting, the
        engine asks whether the caller is still there."""
        return None

    async def left(self, ctx: TalkContext) -> None:
        """The caller hung up, or the talk was sent elsewhere, while the card was open: give back what was kept for it,
        such as a time that was held. Nothing can be said any more. The default has nothing to give back."""
        return

    async def waited(self, ctx: TalkContext) -> Step:
        """The step before was `wait(for_s=...)`, and the time has passed in silence or there is news of what the card
        waits for. The default leaves."""
        return Step().leave()

    def fixed_lines(self) -> tuple[str, ...]:
        """Texts spoken word for word, to be synthesised before the call."""
        return ()


class QuietNode(Node[S]):
    """A card that decides or acts without a word. Returns the name of an exit."""

    kind = "quiet"
    shelf = "decide"
    looks_ahead: ClassVar[bool] = False
    """`ahead` is begun while the telephone rings, so that nobody waits for another system before the greeting."""

    @abstractmethod
    async def run(self, ctx: QuietContext) -> str: ...

    async def ahead(self, ctx: AheadContext) -> Mapping[str, str] | None:
        """Look something up before anybody has answered; it must change nothing outside. What it returns is small, and
        `run` finds it with `QuietContext.found_ahead`. Raise `StepFailed` when nothing can be told."""
        return None


class AfterCallNode(Node[S]):
    """A card of the lane behind the call: one task of the post-call run.

    `run` may be repeated after a crash: use `ctx.key` so that the effect happens once. Raise `Transient` when a later
    try may work and `Permanent` when only a person can help.
    """

    kind = "after_call"
    shelf = "aftercall"
    effects = Effects(outside=True, budget_s=60.0)

    @abstractmethod
    async def run(self, ctx: AfterCallContext) -> StepOutcome: ...
