"""The end of the call, with its outcome."""

from pydantic import Field

from engine.sdk import Naming, NodeSettings, Step, TalkContext, TalkNode


class EndSettings(NodeSettings):
    disposition: str = Field(
        title="Outcome", description="The code that reports use, such as booked or unqualified.", min_length=1
    )
    reason: str = Field("", title="Reason", description="Left empty, the first failed criterion gives the reason.")
    say: str = Field("", title="Last words", description="Spoken word for word before hanging up.")


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
