"""The end of the call, with its outcome."""

from pydantic import Field

from engine.sdk import Naming, NodeSettings, Step, TalkContext, TalkNode, marks


class EndSettings(NodeSettings):
    disposition: str = Field(
        title="Outcome",
        description="What reports count this call as.",
        min_length=1,
        json_schema_extra=marks(refers="outcome"),
    )
    reason: str = Field(
        "",
        title="Reason",
        description="Left empty, the first criterion that was not met gives the reason.",
        json_schema_extra=marks(refers="reason"),
    )
    say: str = Field(
        "",
        title="Last words",
        description="Spoken word for word before hanging up.",
        examples=["Thanks for your time, {first_name}. Goodbye!"],
        json_schema_extra=marks(format="long_text", fills=()),
    )


class End(TalkNode[EndSettings]):
    type = "end"
    title = "End"
    summary = "Says goodbye and hangs up. The outcome stands in every report."
    icon = "call_end"
    shelf = "talk"
    exits = ()
    terminal = True

    async def enter(self, ctx: TalkContext) -> Step:
        step = Step().finish(self.settings.disposition, self.settings.reason)
        return step.say(ctx.fill(self.settings.say), fixed=True) if self.settings.say else step

    def fixed_lines(self) -> tuple[str, ...]:
        return (self.settings.say,) if self.settings.say else ()

    def describe(self, naming: Naming) -> str:
        return f"Ends with: “{self.settings.say}”" if self.settings.say else "Hangs up without a word"

    def texts(self) -> tuple[str, ...]:
        return (self.settings.say,)
