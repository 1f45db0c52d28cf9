"""Small node types for tests of the flow room: one of each kind, free of what the shipped ones do."""

from pydantic import Field

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    Effects,
    Exit,
    NodeSettings,
    QuietContext,
    QuietNode,
    Step,
    StepOutcome,
    TalkContext,
    TalkNode,
)
from engine.sdk.registry import NodeTypes
from engine.sdk.values import Json


class Fork(QuietNode[NodeSettings]):
    type = "t.fork"
    title = "Fork"

    async def run(self, ctx: QuietContext) -> str:
        return "next"


class FindSettings(NodeSettings):
    slot: str = Field(title="Thing to look up")
    list: str = Field(title="List", json_schema_extra={"refers": "list"})


class Find(QuietNode[FindSettings]):
    type = "t.find"
    title = "Find"
    exits = (Exit("found", "Found"), Exit("missing", "Not found"))
    effects = Effects(reads=("slot",))

    async def run(self, ctx: QuietContext) -> str:
        return "found"


class SpeakSettings(NodeSettings):
    text: str = Field(title="What to say", min_length=1)
    discloses: tuple[str, ...] = ()
    waits: bool = False


class Speak(TalkNode[SpeakSettings]):
    type = "t.speak"
    title = "Speak"

    async def enter(self, ctx: TalkContext) -> Step:
        return Step().say(ctx.fill(self.settings.text)).leave()

    def texts(self) -> tuple[str, ...]:
        return (self.settings.text,)

    def discloses_what(self) -> frozenset[str]:
        return frozenset(self.settings.discloses)

    def asks(self) -> bool:
        return self.settings.waits


class TalkSettings(NodeSettings):
    slots: tuple[str, ...] = Field((), title="Things to find out")
    enough: dict[str, Json] | None = Field(None, title="Enough when", json_schema_extra={"refers": "rule"})


class Talk(TalkNode[TalkSettings]):
    type = "t.talk"
    title = "Talk"
    version = 2

    @classmethod
    def migrate(cls, settings: dict[str, Json], from_version: int) -> dict[str, Json]:
        """Version 1 called its slots `wants`."""
        return {("slots" if key == "wants" else key): value for key, value in settings.items()}

    async def enter(self, ctx: TalkContext) -> Step:
        return Step().want(*self.settings.slots).leave()

    def slots_wanted(self) -> tuple[str, ...]:
        return self.settings.slots


class ReserveSettings(NodeSettings):
    needs: tuple[str, ...] = Field((), title="Needed before")
    slot: str = Field("", title="Keeps the time in")
    offer: str = Field("I have {times}.", title="Offer")
    explain: str = Field("", title="What to explain", json_schema_extra={"refers": "knowledge"})
    instead: str = Field("", title="Card to go to instead", json_schema_extra={"refers": "card"})


class Reserve(TalkNode[ReserveSettings]):
    type = "t.reserve"
    title = "Reserve"
    exits = (Exit("done", "Done"), Exit("failed", "Out of order", failure=True))
    effects = Effects(speaks=True, outside=True, writes=("slot",))

    async def enter(self, ctx: TalkContext) -> Step:
        return Step().leave("done")

    def slots_needed(self) -> tuple[str, ...]:
        return self.settings.needs

    def texts(self) -> tuple[str, ...]:
        return (self.settings.offer,)

    def asks(self) -> bool:
        return True


class Bye(TalkNode[NodeSettings]):
    type = "t.bye"
    title = "Bye"
    exits = ()
    terminal = True

    async def enter(self, ctx: TalkContext) -> Step:
        return Step().finish("done")


class PostSettings(NodeSettings):
    body: str = Field("", title="Message")


class Post(AfterCallNode[PostSettings]):
    type = "t.post"
    title = "Post"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        return StepOutcome("sent")

    def texts(self) -> tuple[str, ...]:
        return (self.settings.body,)


TYPES = NodeTypes({klass.type: klass for klass in (Fork, Find, Speak, Talk, Reserve, Bye, Post)})
