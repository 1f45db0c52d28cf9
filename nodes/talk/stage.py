"""A stage of the conversation: a goal and the slots it wants. The order is a wish, not a script."""

from zlib import crc32

from pydantic import Field

from engine.sdk import Heard, Json, Naming, NodeSettings, Step, TalkContext, TalkNode, marks


class StageSettings(NodeSettings):
    goal: str = Field(
        title="Goal",
        description="What this part of the call is for, in plain words.",
        min_length=1,
        examples=["Find out what is wrong with the roof and how soon somebody should come."],
        json_schema_extra=marks(format="long_text"),
    )
    slots: tuple[str, ...] = Field(
        (),
        title="Things to find out",
        description="In the order you would ask; answers are taken in any order.",
        json_schema_extra=marks(refers="slot", ordered=True),
    )
    question: tuple[str, ...] = Field(
        (),
        title="Question",
        description="What to ask when there is nothing to find out here. Of several wordings each call uses one.",
        json_schema_extra=marks(format="phrases", group="Question of its own"),
    )
    tone: str = Field(
        "",
        title="Tone",
        description="How to talk here, if different from the rest of the call.",
        examples=["Brief and calm: the caller may have water coming in."],
        json_schema_extra=marks(format="long_text", advanced=True),
    )
    enough_when: dict[str, Json] | None = Field(
        None,
        title="Enough when",
        description="Go on as soon as this holds, even if something is still open.",
        json_schema_extra=marks(refers="rule", advanced=True),
    )
    max_turns: int = Field(
        0,
        title="Longest stay",
        description="Go on after so many answers of the caller; 0 for no limit.",
        ge=0,
        json_schema_extra=marks(advanced=True),
    )


class Stage(TalkNode[StageSettings]):
    type = "stage"
    title = "Stage"
    summary = "A part of the conversation with a goal and the things it should find out."
    icon = "forum"
    shelf = "talk"

    async def enter(self, ctx: TalkContext) -> Step:
        return self._next(ctx, turns=0)

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        return self._next(ctx, turns=int(ctx.memory.get("turns", "0")) + 1)

    def _next(self, ctx: TalkContext, turns: int) -> Step:
        settings = self.settings
        if settings.enough_when is not None and ctx.holds(settings.enough_when):
            return Step().leave()
        if settings.max_turns and turns >= settings.max_turns:
            return Step().leave()
        if settings.slots:
            return Step().want(*settings.slots).leave().remember(turns=str(turns))
        if settings.question and turns == 0:
            wording = settings.question[crc32(ctx.call_id.encode()) % len(settings.question)]
            return Step().ask(ctx.fill(wording), about="stage").remember(turns="0")
        return Step().leave()

    def slots_wanted(self) -> tuple[str, ...]:
        return self.settings.slots

    def describe(self, naming: Naming) -> str:
        if self.settings.question and not self.settings.slots:
            return f"Asks: “{self.settings.question[0]}”"
        return self.settings.goal

    def texts(self) -> tuple[str, ...]:
        return self.settings.question

    def asks(self) -> bool:
        return bool(self.settings.slots or self.settings.question)
