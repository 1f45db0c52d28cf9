"""Puts the caller through to a colleague, and stays with them until somebody has taken the call."""

from __future__ import annotations

import re
from typing import Final, Literal

from pydantic import Field, field_validator, model_validator

from engine.sdk import (
    Effects,
    Exit,
    Heard,
    Naming,
    NodeSettings,
    Step,
    TalkContext,
    TalkNode,
    TransferOutcome,
    TransferRequest,
    TransferState,
    marks,
)
from nodes.handoff.hours import read, staffed

SOON_S: Final = 0.1
"""Silence after a line that has to be heard to its end before something is done."""

NEVER_MIND: Final = re.compile(
    r"\b(?:never ?mind|forget (?:about )?(?:it|that)|don'?t bother|no need|not necessary|changed? my mind|rather not"
    r"|(?:cancel|stop|drop) (?:it|that|the call|ringing|calling (?:them|him|her))|let'?s (?:just )?go on)\b",
    re.IGNORECASE,
)
"""A caller who would rather not wait for a colleague, besides a plain no."""


_TO_CALLER: Final = "Wording for the caller"


class TransferSettings(NodeSettings):
    who: str = Field(
        "a colleague",
        title="Who takes the call",
        description="As reports name them.",
        examples=["the front desk"],
    )
    connection: str = Field(
        "front_desk",
        title="Whose number",
        description="The connection that holds the colleague's number, so that the number does not stand in the flow.",
        json_schema_extra=marks(refers="connection:phone"),
    )
    number: str = Field(
        "",
        title="Or this number",
        description="Used instead of the connection. International, with the plus.",
        examples=["+14155550150"],
        pattern=r"^(\+[1-9]\d{6,14})?$",
        json_schema_extra=marks(format="phone", advanced=True),
    )
    hours: tuple[str, ...] = Field(
        (),
        title="When somebody is there",
        description="In the business's own time. Outside these hours nobody is dialled.",
        json_schema_extra=marks(format="opening_hours"),
    )
    mode: Literal["warm", "cold"] = Field(
        "warm",
        title="How",
        description="Warm: the assistant stays until the colleague has accepted. Cold: the caller hears the ringing.",
        json_schema_extra=marks(labels={"warm": "Warm", "cold": "Cold"}),
    )
    ring_s: int = Field(25, title="Let it ring (seconds)", description="Then it counts as nobody free.", ge=5, le=60)
    every_s: float = Field(
        3.0,
        title="Longest silence while it rings (seconds)",
        description="Then a waiting line is said.",
        ge=1.0,
        le=4.0,
        json_schema_extra=marks(advanced=True),
    )
    summary: str = Field(
        "This is {assistant}, the AI assistant of {seller}. {first_name} {last_name} is on the line about {topic} "
        "and would like to talk to a person.",
        title="What the colleague hears",
        description="One sentence about the caller, before they take the call. Only when warm.",
        max_length=300,
        json_schema_extra=marks(format="long_text", fills=(), group="Wording for the colleague"),
    )
    keys: str = Field(
        "Press 1 to take the call, or 2 if you cannot.",
        title="How the colleague takes it",
        description="Key 1 takes the call, any other key declines. A voicemail presses none.",
        max_length=120,
        json_schema_extra=marks(fills=(), group="Wording for the colleague"),
    )
    announce: str = Field(
        "One moment, I'll see who is free.",
        title="Before it rings",
        json_schema_extra=marks(fills=(), group=_TO_CALLER),
    )
    announce_cold: str = Field(
        "One moment, I'll put you through.",
        title="Before it rings, when cold",
        json_schema_extra=marks(fills=(), group=_TO_CALLER),
    )
    waiting: tuple[str, ...] = Field(
        (
            "It's ringing now.",
            "Thanks for waiting, I'm still trying to reach someone.",
            "Still ringing. If you'd rather go on with me, just say never mind.",
            "One more moment, please.",
        ),
        title="While it rings",
        description="Said in turn, so have two at least.",
        min_length=2,
        json_schema_extra=marks(format="phrases", group=_TO_CALLER),
    )
    connecting: str = Field(
        "I have a colleague on the line. I'm putting you through now.",
        title="When the colleague takes the call",
        json_schema_extra=marks(fills=(), group=_TO_CALLER),
    )
    nobody: str = Field(
        "I'm sorry, nobody is free just now.",
        title="When nobody takes the call",
        json_schema_extra=marks(fills=(), group=_TO_CALLER),
    )
    closed: str = Field(
        "I'm sorry, nobody is in the office right now.",
        title="Outside these hours",
        json_schema_extra=marks(fills=(), group=_TO_CALLER),
    )
    called_off: str = Field(
        "Okay, no problem.",
        title="When the caller would rather not",
        json_schema_extra=marks(fills=(), group=_TO_CALLER),
    )

    @field_validator("hours")
    @classmethod
    def _readable(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        for line in lines:
            read(line)
        return lines

    @model_validator(mode="after")
    def _reachable(self) -> TransferSettings:
        if not self.number and not self.connection:
            raise ValueError("Give the colleague's number, or the connection that holds it.")
        return self


class Transfer(TalkNode[TransferSettings]):
    type = "transfer"
    title = "Put through to a colleague"
    summary = (
        "Calls a colleague and puts the caller through. If nobody takes the call, the caller is told and the talk goes "
        "on."
    )
    icon = "phone_forwarded"
    shelf = "handoff"
    exits = (
        Exit("connected", "Connected"),
        Exit("nobody_free", "Nobody free", failure=True),
        Exit("called_off", "Caller would rather not"),
    )
    effects = Effects(speaks=True, outside=True, hands_over=True)

    async def enter(self, ctx: TalkContext) -> Step:
        settings, state = self.settings, ctx.transferring
        if state is not None and state.stage != "over":
            return await self._go_on(ctx, state)  # asked for once more while it rings: nobody is dialled twice
        if not staffed(settings.hours, ctx.now):
            ctx.acted("transfer_call", to=settings.who, result="outside hours")
            return Step().say(ctx.fill(settings.closed), fixed=True).leave("nobody_free")
        if settings.mode == "cold":
            # The caller leaves us with the order: what we say has to be heard before.
            return Step().say(ctx.fill(settings.announce_cold), fixed=True).wait(SOON_S).remember(announced="yes")
        begun = await ctx.transfer(self._request(ctx))
        if begun.stage == "over":
            return await self._go_on(ctx, begun)
        return Step().say(ctx.fill(settings.announce), fixed=True).wait(settings.every_s)

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        if heard.answer == "no" or NEVER_MIND.search(heard.words):
            return await self._call_off(ctx)
        state = ctx.transferring
        if state is not None and state.stage == "ringing" and heard.question:
            return Step().wait(self.settings.every_s)  # the question is answered: no waiting line on top of it
        return await self.waited(ctx)

    async def waited(self, ctx: TalkContext) -> Step:
        if ctx.memory.get("announced"):
            state = await ctx.transfer(self._request(ctx))
            return (await self._go_on(ctx, state)).remember(announced="")
        # Nothing known of a transfer that was begun: the process that had begun it is gone.
        return await self._go_on(ctx, ctx.transferring or TransferState("over", TransferOutcome("failed", "lost")))

    async def _go_on(self, ctx: TalkContext, state: TransferState) -> Step:
        if state.outcome is not None:
            return self._leave(ctx, state.outcome)
        if state.stage == "ringing":
            return self._still_ringing(ctx)
        if not ctx.memory.get("joining"):
            line = ctx.fill(self.settings.connecting)
            return Step().say(line, fixed=True).wait(SOON_S).remember(joining="yes")
        return self._leave(ctx, await ctx.put_through())

    def _still_ringing(self, ctx: TalkContext) -> Step:
        settings = self.settings
        if settings.mode == "cold":
            return Step().wait(settings.every_s)  # the caller hears the ringing, not us
        said = int(ctx.memory.get("said", "0"))
        line = ctx.fill(settings.waiting[said % len(settings.waiting)])
        return Step().say(line, fixed=True).wait(settings.every_s).remember(said=str(said + 1))

    async def _call_off(self, ctx: TalkContext) -> Step:
        outcome = TransferOutcome("failed", "called_off") if ctx.memory.get("announced") else await ctx.call_off()
        return self._leave(ctx, outcome)

    def _leave(self, ctx: TalkContext, outcome: TransferOutcome) -> Step:
        settings = self.settings
        ctx.acted("transfer_call", to=settings.who, mode=settings.mode, result=str(outcome))
        if outcome.result == "answered":
            return Step().leave("connected")
        if outcome.code == "called_off":
            return Step().say(ctx.fill(settings.called_off), fixed=True).leave("called_off")
        return Step().say(ctx.fill(settings.nobody), fixed=True).leave("nobody_free")

    def _request(self, ctx: TalkContext) -> TransferRequest:
        settings = self.settings
        return TransferRequest(
            who=settings.who,
            number=settings.number,
            connection="" if settings.number else settings.connection,
            mode=settings.mode,
            ring_s=settings.ring_s,
            summary=f"{ctx.fill(settings.summary)} {settings.keys}".strip(),
        )

    def describe(self, naming: Naming) -> str:
        settings = self.settings
        when = f", {' and '.join(settings.hours)}" if settings.hours else ""
        return f"Rings {settings.who} and puts the caller through{when}"

    def fixed_lines(self) -> tuple[str, ...]:
        settings = self.settings
        first = settings.announce_cold if settings.mode == "cold" else settings.announce
        return (first, *settings.waiting, settings.connecting, settings.nobody, settings.closed, settings.called_off)

    def texts(self) -> tuple[str, ...]:
        settings = self.settings
        return (
            *self.fixed_lines(), settings.announce, settings.announce_cold, settings.summary, settings.keys,
        )  # fmt: skip

    def asks(self) -> bool:
        return True  # it listens while it rings
