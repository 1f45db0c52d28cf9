"""Answers a call screener ("who is calling, and why?") and waits for the person behind it."""

from pydantic import Field

from engine.sdk import Exit, Heard, Naming, NodeSettings, Step, TalkContext, TalkNode, marks


class ScreeningSettings(NodeSettings):
    text: str = Field(
        "{assistant}, an AI assistant for {seller}, about the request {first_name} sent.",
        title="Who calls, and why",
        description="Spoken word for word. The screener plays it to the person, or writes it on the screen.",
        min_length=1,
        json_schema_extra=marks(format="long_text", fills=()),
    )
    quiet_s: float = Field(
        25.0,
        title="Longest wait (seconds)",
        description="After so long without a word the call ends.",
        ge=5.0,
        le=60.0,
        json_schema_extra=marks(advanced=True),
    )
    max_answers: int = Field(
        2,
        title="Answer at most",
        description="Screeners that ask on are left alone.",
        ge=1,
        le=5,
        json_schema_extra=marks(advanced=True),
    )


class AnswerScreening(TalkNode[ScreeningSettings]):
    type = "answer_screening"
    title = "Answer a call screener"
    summary = "Tells a screening service who calls and why, then waits until the person comes on the line."
    icon = "shield_person"
    shelf = "handoff"
    exits = (Exit("person", "Put through"),)
    if_hung_up = "screened"

    async def enter(self, ctx: TalkContext) -> Step:
        ctx.acted("answer_screening")
        return self._answer(ctx, 1)

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        if heard.signal == "silence":
            return Step().finish("screened")
        if heard.signal or "asked_to_hold" in heard.intentions:
            return Step().wait()
        if "call_screening" in heard.intentions:
            answers = int(ctx.memory.get("answers", "1"))
            if answers >= self.settings.max_answers:
                return Step().finish("screened")
            return self._answer(ctx, answers + 1)
        return Step().leave("person")

    def _answer(self, ctx: TalkContext, count: int) -> Step:
        return Step().say(ctx.fill(self.settings.text), fixed=True).wait().remember(answers=str(count))

    def quiet_s(self) -> float | None:
        return self.settings.quiet_s

    def fixed_lines(self) -> tuple[str, ...]:
        return (self.settings.text,)

    def describe(self, naming: Naming) -> str:
        return f"Tells the screener: “{self.settings.text}”"

    def texts(self) -> tuple[str, ...]:
        return (self.settings.text,)
