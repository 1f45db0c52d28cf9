"""Asks another system in the middle of a call, and takes its answers into the things to find out."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.sdk import (
    ConnectionMissing,
    ConnectionWithheld,
    Effects,
    Exit,
    Heard,
    Naming,
    NodeSettings,
    Permanent,
    Scalar,
    Step,
    TalkContext,
    TalkNode,
    Transient,
    marks,
)
from nodes.connect.asking import Reply, ask
from nodes.connect.http import answer, request
from nodes.connect.http.answer import LIMIT, Outcome
from nodes.connect.http.place import HTTP_API, TOKEN, Place, place_of
from nodes.connect.http.request import IDEMPOTENT, OURS, Known, Method, NotKnown, Request

LONGEST_S: Final = 20
OWN: Final = ("phone", "email", "call_id")
"""Placeholders that only this card fills."""
PAUSE_S: Final = 0.5  # before a second try, where the service names none


class Header(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(title="Header", description="Its name.", examples=["X-Source"])
    value: str = Field(
        title="Value", description="No secrets: they belong into the connection.", json_schema_extra=marks(fills=OWN)
    )

    @field_validator("name")
    @classmethod
    def _a_name(cls, name: str) -> str:
        if not TOKEN.fullmatch(name.strip()):
            raise ValueError(f"“{name}” is no name of a header. Write it like X-Source")
        if name.strip().lower() in OURS:
            raise ValueError(f"The header {name} is set by Leadline. Take it out")
        return name.strip()


class Taken(BaseModel):
    """A value of the answer. As text it is the slot that it fills: so the flow's checks read lists of them."""

    model_config = ConfigDict(extra="allow", frozen=True)

    path: str = Field(
        title="Where in the answer",
        description="The way into the JSON: customer.tier, results[0].id.",
        examples=["customer.tier"],
    )
    slot: str = Field(
        title="Thing to find out",
        description="Gets the value, if it is one that fits.",
        min_length=1,
        json_schema_extra=marks(refers="slot"),
    )

    @field_validator("path")
    @classmethod
    def _a_path(cls, path: str) -> str:
        answer.steps(path)
        return path.strip()

    def __str__(self) -> str:
        return self.slot


class HttpSettings(NodeSettings):
    connection: str = Field(
        "web_service",
        title="Connection",
        description="The web service: its address and secret.",
        json_schema_extra=marks(refers="connection:http_api"),
    )
    method: Method = Field(
        "GET",
        title="Method",
        description="Read, or change something.",
        json_schema_extra=marks(
            labels={
                "GET": "GET (read)",
                "POST": "POST (make)",
                "PUT": "PUT (set)",
                "PATCH": "PATCH (change)",
                "DELETE": "DELETE (remove)",
            }
        ),
    )
    path: str = Field(
        "",
        title="Address",
        description="What comes behind the connection's address. What a placeholder stands for must be known by then.",
        examples=["/customers?phone={phone}"],
        json_schema_extra=marks(fills=OWN),
    )
    body: str = Field(
        "",
        title="Data (JSON)",
        description="Sent along. A text that is nothing but a placeholder becomes the value itself.",
        examples=['{"zip": "{slot:zip}"}'],
        json_schema_extra=marks(format="long_text", fills=OWN),
    )
    takes: tuple[Taken, ...] = Field(
        (),
        title="What is taken from the answer",
        description="Values that do not fit the thing to find out are left out.",
    )
    found_when: str = Field(
        "",
        title="Found when there is",
        description="A place in the answer; if nothing stands there, the card leaves by “Not found”. Empty: every good "
        "answer counts as found.",
        examples=["results[0]"],
    )
    longest_s: int = Field(
        6, title="Longest wait (seconds)", description="Then the card leaves by “Failed”.", ge=1, le=LONGEST_S
    )
    slow: str = Field(
        "One moment, I'm looking that up.",
        title="While it takes long",
        description="Said when the answer takes longer than a breath.",
        json_schema_extra=marks(fills=(), group="Wording"),
    )
    failed: str = Field(
        "",
        title="When it failed",
        description="Said before the card leaves by “Failed”. Empty: nothing is said.",
        json_schema_extra=marks(fills=(), group="Wording"),
    )
    example_answer: str = Field(
        "",
        title="Example answer (JSON)",
        description="Taken for the answer in tests, where the service is not asked. Without one, tests leave by "
        "“Failed”.",
        examples=['{"customer": {"tier": "gold"}}'],
        json_schema_extra=marks(format="long_text"),
    )
    headers: tuple[Header, ...] = Field((), title="Headers", json_schema_extra=marks(advanced=True))
    idempotency_key: bool = Field(
        True,
        title="Send an Idempotency-Key",
        description="With requests that change something, so that a service that knows this header does it once. "
        "Without it they are never tried a second time.",
        json_schema_extra=marks(advanced=True),
    )
    action: str = Field(
        "http_request",
        title="Name in reports",
        description="What the record of the call says was done.",
        examples=["check_warranty"],
        json_schema_extra=marks(advanced=True),
    )

    @field_validator("path")
    @classmethod
    def _only_a_path(cls, path: str) -> str:
        path = path.strip()
        if "://" in path or path.startswith("//") or "\\" in path or "#" in path or any(map(str.isspace, path)):
            raise ValueError("Write only what comes behind the connection's address, such as /customers?phone={phone}")
        return path

    @field_validator("found_when")
    @classmethod
    def _a_path(cls, path: str) -> str:
        answer.steps(path)
        return path.strip()

    @field_validator("body", "example_answer")
    @classmethod
    def _json(cls, text: str) -> str:
        try:
            json.loads(text or "null")
        except ValueError as problem:
            raise ValueError(f"This is no JSON: {problem}. Texts, placeholders too, stand in quotation marks") from None
        return text

    @model_validator(mode="after")
    def _reading_sends_nothing(self) -> HttpSettings:
        if self.method == "GET" and self.body.strip():
            raise ValueError("GET only reads and sends no data. Choose POST, or empty the data")
        return self


class HttpRequest(TalkNode[HttpSettings]):
    type = "http_request"
    title = "Ask a web service"
    summary = (
        "Sends an HTTP request in the middle of the call and takes what is in the answer. The caller hears a filler if "
        "it takes longer than a breath."
    )
    icon = "cloud"
    shelf = "connect"
    connection_kinds = (HTTP_API,)
    exits = (
        Exit("ok", "Found"),
        Exit("not_found", "Not found"),
        Exit("failed", "Failed", failure=True),
    )
    effects = Effects(speaks=True, writes=("takes",), outside=True, budget_s=LONGEST_S + 2.0)

    async def enter(self, ctx: TalkContext) -> Step:
        try:
            outcome = await ctx.covered(self._asked(ctx), self.settings.slow)
        except TimeoutError:
            outcome = Outcome("failed", "there was no answer in time", {})
        return self._left(ctx, outcome)

    def _left(self, ctx: TalkContext, outcome: Outcome) -> Step:
        own = self.settings
        left_out = [
            each.slot
            for each in own.takes
            if each.path in outcome.values
            and not ctx.take(each.slot, outcome.values[each.path], f"{own.connection}: {each.path}")
        ]
        told = {"left_out": ", ".join(left_out)} if left_out else {}
        ctx.acted(own.action, connection=own.connection, method=own.method, result=outcome.note, **told)
        step = Step().say(ctx.fill(own.failed)) if outcome.exit == "failed" and own.failed else Step()
        return step.leave(outcome.exit)

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        """Only after a restart in the middle of the request."""
        return await self.waited(ctx)

    async def waited(self, ctx: TalkContext) -> Step:
        own = self.settings
        if own.idempotency_key or own.method in IDEMPOTENT:
            return await self.enter(ctx)
        return self._left(ctx, Outcome("failed", "not sent again after a restart: it may have been done", {}))

    async def _asked(self, ctx: TalkContext) -> Outcome:
        own = self.settings
        paths = [each.path for each in own.takes]
        try:
            place = place_of(ctx.connection(own.connection))
            sent = self._request(place, ctx)
        except ConnectionWithheld:
            if not own.example_answer.strip():
                return Outcome("failed", "not asked: this is a test, and the card has no example answer", {})
            return answer.read(json.loads(own.example_answer), paths, own.found_when, "the example answer")
        except NotKnown as missing:
            return Outcome("failed", f"not asked: {missing} is not known", {})
        except (ConnectionMissing, Permanent) as problem:
            return Outcome("failed", f"not asked: {problem}", {})
        try:
            async with asyncio.timeout(own.longest_s):
                reply = await _answered(place, sent)
        except TimeoutError:
            return Outcome("failed", f"there was no answer within {own.longest_s} seconds", {})
        except (Permanent, Transient) as problem:
            return Outcome("failed", str(problem), {})
        return answer.judged(reply, paths, own.found_when)

    def _request(self, place: Place, ctx: TalkContext) -> Request:
        """Raises `NotKnown`."""
        own, known = self.settings, _known(ctx)
        url = request.address(place.base, own.path, known)
        headers = [(each.name, each.value) for each in own.headers if each.name.lower() != place.header.lower()]
        return request.request(
            own.method,
            url,
            headers,
            request.body(own.body, known),
            known,
            ctx.call_id,
            with_key=own.idempotency_key,
        )

    def describe(self, naming: Naming) -> str:
        own = self.settings
        return f"Asks “{own.connection}”: {own.method} {own.path or '/'}"

    def slots_needed(self) -> tuple[str, ...]:
        """Without what stands in the address there is nothing to ask."""
        names = sorted(request.names_in(self.settings.path))
        return tuple(name.removeprefix("slot:") for name in names if name.startswith("slot:"))

    def texts(self) -> tuple[str, ...]:
        own = self.settings
        return (own.path, own.body, own.slow, own.failed, *(each.value for each in own.headers))


async def _answered(place: Place, sent: Request) -> Reply:
    """The answer, after a second try where that can do no harm. Raises `Permanent`, `Transient`."""
    headers = {**sent.headers, **place.signed}
    for last in (not sent.repeatable, True):
        try:
            reply = await ask(
                place.who, sent.method, sent.url, sent.body, headers, place.reach, LIMIT + 1, place.advice
            )
            pause = reply.pause_s
            if last or not answer.may_pass(reply):
                return reply
        except Transient:
            if last:
                raise
            pause = None
        await asyncio.sleep(PAUSE_S if pause is None else pause)
    raise AssertionError("the last try returns or raises")


def _known(ctx: TalkContext) -> Known:
    """Values as programs want them: the ZIP as it is noted, a yes as true, not as it would be spoken."""

    def value(name: str) -> Scalar | None:
        if name.startswith("slot:"):
            slot = ctx.slot(name.removeprefix("slot:"))
            return slot.value if slot.known else None
        own: dict[str, str] = {"phone": ctx.lead.phone, "email": ctx.lead.email or "", "call_id": ctx.call_id}
        if name in own:
            return own[name] or None
        text = ctx.fill(f"{{{name}}}")
        return None if text == f"{{{name}}}" else text or None

    return value
