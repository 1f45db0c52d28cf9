"""Leaves a message on a voicemail: once, after the beep, and only when one is due."""

from typing import Final

from pydantic import Field, field_validator

from engine.sdk import Exit, Heard, Naming, NodeSettings, Step, TalkContext, TalkNode, marks

LONGEST_S: Final = 25.0
"""No message may take longer: nobody listens to more, and boxes cut it off."""

_CHARACTERS_A_SECOND: Final = 15.0


class VoicemailSettings(NodeSettings):
    text: str = Field(
        title="Message",
        description="Who calls, for whom, and the number that takes people off the list. At most 25 seconds.",
        min_length=1,
        examples=["Hi {first_name}, this is {assistant}, an AI assistant for {seller}. Call us at {seller_phone}."],
        json_schema_extra=marks(format="long_text", fills=()),
    )
    from_attempt: int = Field(
        2,
        title="From attempt",
        description="No message is left before this attempt; with 2 there is none at the first.",
        ge=1,
    )
    max_per_day: int = Field(
        1,
        title="Messages a day",
        description="At most so many on one number in a day; 0 leaves none at all.",
        ge=0,
        le=3,
    )
    quiet_s: float = Field(
        1.6,
        title="Silence that ends the greeting (seconds)",
        description="It counts where the telephone network does not tell of the beep.",
        ge=0.5,
        le=10.0,
        json_schema_extra=marks(advanced=True),
    )
    patience_turns: int = Field(
        12,
        title="Longest greeting",
        description="Hang up after so many sentences of the machine without a chance to speak.",
        ge=1,
        json_schema_extra=marks(advanced=True),
    )

    @field_validator("text")
    @classmethod
    def _short_enough(cls, text: str) -> str:
        seconds = len(text) / _CHARACTERS_A_SECOND
        if seconds > LONGEST_S:
            raise ValueError(f"the message takes about {seconds:.0f} seconds; it may take {LONGEST_S:.0f}. Shorten it")
        return text


class LeaveVoicemail(TalkNode[VoicemailSettings]):
    type = "leave_voicemail"
    title = "Leave a voicemail"
    summary = "Waits for the beep, leaves one short message and hangs up; or hangs up at once when none is due."
    icon = "voicemail"
    shelf = "handoff"
    exits = (Exit("person", "A person comes on the line"),)
    listens_to = "recording"
    if_hung_up = "voicemail_no_message"

    async def enter(self, ctx: TalkContext) -> Step:
        if ctx.lead.messages_today >= self.settings.max_per_day:
            return Step().finish("voicemail_no_message", "one_a_day")
        if ctx.lead.attempt < max(self.settings.from_attempt, ctx.lead.messages_from):
            return Step().finish("voicemail_no_message", "first_attempt")
        return Step().wait().remember(turns="0", spoke="")

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        spoke = ctx.memory.get("spoke", "")
        if heard.signal == "beep":
            # A message that began before the beep was spoken into the greeting: once more, where it is kept.
            return Step() if spoke == "beep" else self._speak(ctx, "beep", again=bool(spoke))
        if spoke:
            return Step()
        if heard.signal:
            return self._speak(ctx, heard.signal)
        if "person_speaks" in heard.intentions:
            return Step().leave("person")
        turns = int(ctx.memory.get("turns", "0")) + 1
        if turns >= self.settings.patience_turns:
            return Step().finish("voicemail_no_message", "no_beep")
        return Step().wait().remember(turns=str(turns))

    def _speak(self, ctx: TalkContext, after: str, again: bool = False) -> Step:
        if not again:
            ctx.acted("leave_voicemail", after=after)
        return Step().say(ctx.fill(self.settings.text), fixed=True).finish("voicemail_left").remember(spoke=after)

    def quiet_s(self) -> float | None:
        return self.settings.quiet_s

    def fixed_lines(self) -> tuple[str, ...]:
        return (self.settings.text,)

    def describe(self, naming: Naming) -> str:
        return f"Leaves after the beep: “{self.settings.text}”"

    def texts(self) -> tuple[str, ...]:
        return (self.settings.text,)
