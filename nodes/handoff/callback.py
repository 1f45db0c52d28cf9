"""Agrees a time for another call."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from engine.sdk import Exit, Heard, Naming, NodeSettings, Step, TalkContext, TalkNode, marks


class CallbackSettings(NodeSettings):
    by: Literal["assistant", "human"] = Field(
        "human",
        title="Who calls back",
        description="The assistant calls by itself at the agreed time; a colleague finds the call in the list.",
        json_schema_extra=marks(labels={"assistant": "The assistant", "human": "A colleague"}),
    )
    why: str = Field(
        "busy",
        title="Why",
        description="Stands in reports and tells a colleague what the call back is about.",
        examples=["human_requested"],
        json_schema_extra=marks(refers="reason"),
    )
    ask: str = Field(
        "When would be a good time to call you back?",
        title="Question",
        description="Not asked when the caller has just named a time.",
        json_schema_extra=marks(fills=()),
    )
    confirm: str = Field(
        "So we'll call you {when}. Is that right?",
        title="Read-back",
        description="So that nobody is called at a time they did not mean.",
        json_schema_extra=marks(fills=("when",), group="Wording"),
    )
    done: str = Field(
        "Great, we'll call you {when}.",
        title="When agreed",
        json_schema_extra=marks(fills=("when",), group="Wording"),
    )
    open_end: str = Field(
        "No problem, a colleague will call you back as soon as possible.",
        title="When no time is named",
        description="Said after the last try; the call back is then due in an hour.",
        json_schema_extra=marks(fills=(), group="Wording"),
    )
    language: str = Field(
        "",
        title="Language",
        description="If whoever calls back must speak another language: es, zh and so on.",
        examples=["es"],
        json_schema_extra=marks(advanced=True),
    )
    max_asks: int = Field(
        2,
        title="Ask at most",
        description="Times the question is put before the card gives up on a time.",
        ge=1,
        le=5,
        json_schema_extra=marks(advanced=True),
    )


class Callback(TalkNode[CallbackSettings]):
    type = "callback"
    title = "Call back later"
    summary = "Agrees when to call again, and who does it."
    icon = "phone_callback"
    shelf = "handoff"
    exits = (Exit("scheduled", "Agreed"), Exit("declined", "No call wanted"))

    async def enter(self, ctx: TalkContext) -> Step:
        named = ctx.point_in_time(ctx.last_words)
        if named is not None:
            return self._read_back(ctx, named)
        return Step().ask(ctx.fill(self.settings.ask), about="callback_time").remember(asks="1")

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        kept = ctx.memory.get("at")
        at = datetime.fromisoformat(kept) if kept else None
        named = ctx.point_in_time(heard.words)
        if named is not None and named != at:
            return self._read_back(ctx, named)
        if at is not None and (heard.answer == "yes" or named == at):
            return self._agree(ctx, at)
        if at is None and heard.answer == "no":
            return Step().leave("declined")
        asks = int(ctx.memory.get("asks", "0"))
        if asks >= self.settings.max_asks:
            when = ctx.now + timedelta(hours=1)
            ctx.schedule_callback(when, by=self.settings.by, why=self.settings.why, language=self.settings.language)
            return Step().say(ctx.fill(self.settings.open_end)).leave("scheduled")
        if at is not None and heard.answer != "no":
            return self._read_back(ctx, at, asks + 1)
        # A time that was refused is forgotten, or the next yes would agree to it.
        return Step().ask(ctx.fill(self.settings.ask), about="callback_time").remember(asks=str(asks + 1), at="")

    def _read_back(self, ctx: TalkContext, at: datetime, asks: int | None = None) -> Step:
        text = ctx.fill(self.settings.confirm).replace("{when}", ctx.spoken_time(at))
        step = Step().ask(text, about="confirm_callback", expecting="yes_no")
        counted = int(ctx.memory.get("asks", "0")) if asks is None else asks
        return step.remember(at=at.isoformat(), asks=str(counted))

    def _agree(self, ctx: TalkContext, at: datetime) -> Step:
        ctx.schedule_callback(at, by=self.settings.by, why=self.settings.why, language=self.settings.language)
        return Step().say(ctx.fill(self.settings.done).replace("{when}", ctx.spoken_time(at))).leave("scheduled")

    def describe(self, naming: Naming) -> str:
        who = "the assistant" if self.settings.by == "assistant" else "a colleague"
        return f"Agrees when {who} calls back"

    def texts(self) -> tuple[str, ...]:
        return (self.settings.ask, self.settings.confirm, self.settings.done, self.settings.open_end)

    def asks(self) -> bool:
        return True
