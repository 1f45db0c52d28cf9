"""A line spoken exactly as written: disclosures, legal text, explanations."""

from typing import Literal

from pydantic import Field

from engine.sdk import Heard, Naming, NodeSettings, Step, TalkContext, TalkNode, marks


class FixedLineSettings(NodeSettings):
    text: str = Field(
        title="What to say",
        description="Spoken word for word.",
        min_length=1,
        examples=["This is {assistant}, an AI assistant for {seller}. This call is recorded."],
        json_schema_extra=marks(format="long_text", fills=()),
    )
    then: Literal["go_on", "listen"] = Field(
        "go_on",
        title="And then",
        description="Wait only where the line asks something.",
        json_schema_extra=marks(labels={"go_on": "Go on at once", "listen": "Wait for the caller"}),
    )
    discloses: tuple[Literal["identity", "ai", "recording", "opt_out"], ...] = Field(
        (),
        title="Makes known",
        description="Which legal notices this line contains. They must have been said before the first question.",
        json_schema_extra=marks(
            labels={
                "identity": "Who calls",
                "ai": "That it is an AI",
                "recording": "That it is recorded",
                "opt_out": "How to stop the calls",
            }
        ),
    )


class FixedLine(TalkNode[FixedLineSettings]):
    type = "fixed_line"
    title = "Fixed line"
    summary = "Says a text exactly as written. Use it for disclosures and other wording that must not change."
    icon = "text_snippet"
    shelf = "talk"

    async def enter(self, ctx: TalkContext) -> Step:
        step = Step().say(ctx.fill(self.settings.text), fixed=True, discloses=self.settings.discloses)
        return step.wait() if self.settings.then == "listen" else step.leave()

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        return Step().leave()

    def fixed_lines(self) -> tuple[str, ...]:
        return (self.settings.text,)

    def texts(self) -> tuple[str, ...]:
        return (self.settings.text,)

    def describe(self, naming: Naming) -> str:
        verb = "Asks" if self.asks() else "Says"
        return f"{verb}: “{self.settings.text}”"

    def discloses_what(self) -> frozenset[str]:
        return frozenset(self.settings.discloses)

    def asks(self) -> bool:
        return self.settings.then == "listen" and "?" in self.settings.text
