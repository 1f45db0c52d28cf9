"""The server: routes, sign-in, quota, faults, and a log of who went away before the end."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.emulators.faults import Fault, FaultPlan
from tests.emulators.gemini.brains import Brain, OfflineBrain
from tests.emulators.gemini.protocol import (
    LEAST_CACHED,
    MODELS,
    Generate,
    Refused,
    info,
    invalid,
    lower_camel,
    named_error,
    read_generate,
    tokens,
)
from tests.emulators.gemini.streams import Chunk, event, events
from tests.emulators.gemini.tokens import SignIn

SHAPES = Path(__file__).with_name("shapes")
GARBAGE = b'data: {"candidates":[{"content":{"parts":[{"te\x00\xff\r\n\r\n'


class Cut(Exception):
    """Raised in the middle of a body, so that the server drops the connection."""


@dataclass
class Served:
    """One request to generate. `gone`: set when the client went away before the end. `sent`: bodies of events sent."""

    model: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    client: tuple[str, int]
    status: int = 200
    sent: int = 0
    complete: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class GeminiEmulator:
    """`async with GeminiEmulator() as gemini`: `gemini.address` is the base URL, without a version.

    `keys`: API keys that it knows. `project`, `locations`: of Vertex mode. `segments`: bodies are cut into TCP
    segments of at most so many bytes (None: an event a segment). `quota`: requests it answers, None for all.
    `replay`: an answer in bytes, from `shapes/`, instead of what the brain thinks of.
    """

    def __init__(
        self,
        brain: Brain | None = None,
        port: int = 0,
        keys: tuple[str, ...] = ("emulator",),
        project: str = "emulated-project",
        locations: tuple[str, ...] = ("global", "us-central1", "europe-west4"),
        host: str = "127.0.0.1",
    ) -> None:
        self.brain: Brain = brain or OfflineBrain()
        self.faults = FaultPlan()
        self.sign_in = SignIn()
        self.keys, self.project, self.locations = keys, project, locations
        self.served: list[Served] = []
        self.segments: int | None = None
        self.quota: int | None = None
        self.replay: bytes | None = None
        self.date: str | None = None
        self.thoughtless: set[str] = set()
        """Versions of the API that know nothing of thinking."""
        self._cached: set[str] = set()
        self._chance = random.Random(7)
        routes = [
            Route("/", self._front_door),
            Route("/token", self._token, methods=["POST"]),
            Route("/{version}/models", self._models),
            Route("/{version}/publishers/google/models/{model}", self._model),
            Route("/{version}/models/{model}", self._model),
            Route("/{version}/models/{model}:{verb}", self._generate, methods=["POST"]),
            Route(
                "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}:{verb}",
                self._generate,
                methods=["POST"],
            ),
        ]
        app = Starlette(routes=routes, exception_handlers={Refused: _refusal})  # type: ignore[dict-item]
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off", ws="none", date_header=False, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server((host, port))
        self._host = host

    @property
    def address(self) -> str:
        return f"http://{self._host}:{self._socket.getsockname()[1]}"

    @property
    def key_file(self) -> str:
        """The key file of a service account that this server knows."""
        return self.sign_in.key_file(f"{self.address}/token", self.project)

    async def __aenter__(self) -> Self:
        # Already listening: who connects before the server is ready waits in the socket's queue.
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._task

    # Who asks.

    def _admit(self, request: Request) -> None:
        """Raises `Refused` for a key or a token that Google would not take."""
        project = request.path_params.get("project")
        if project is None and request.url.path.split("/")[2] != "publishers":
            key = request.headers.get("x-goog-api-key") or request.query_params.get("key", "")
            if not key:
                raise Refused(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
            if key not in self.keys:
                raise named_error("API_KEY_INVALID")
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        state = self.sign_in.holds(token) if scheme == "Bearer" else "unknown"
        if state != "ok":
            raise named_error("ACCESS_TOKEN_EXPIRED" if state == "expired" else "UNAUTHENTICATED")
        if project is not None and project != self.project:
            message = (
                "Permission 'aiplatform.endpoints.predict' denied on resource "
                f"'//aiplatform.googleapis.com/projects/{project}' (or it may not exist)."
            )
            raise Refused(403, "PERMISSION_DENIED", message, [info("IAM_PERMISSION_DENIED")])
        location = request.path_params.get("location")
        if location is not None and location not in self.locations:
            message = f"Publisher Model `projects/{project}/locations/{location}/...` was not found."
            raise Refused(404, "NOT_FOUND", message)

    def _known(self, model: str) -> str:
        if model not in MODELS:
            raise Refused(404, "NOT_FOUND", f"models/{model} is not found for API version v1, or is not supported.")
        return model

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        status, body = self.sign_in.exchange(str(form.get("assertion", "")))
        return JSONResponse(body, status)

    async def _front_door(self, request: Request) -> Response:
        """Google answers here too: with nothing, and with the time."""
        return Response(status_code=404, headers={"date": self.date or formatdate(usegmt=True)})

    # Models.

    async def _models(self, request: Request) -> Response:
        self._check_version(request)
        self._admit(request)
        return JSONResponse({"models": [_described(model) for model in MODELS]})

    async def _model(self, request: Request) -> Response:
        self._check_version(request)
        self._admit(request)
        return JSONResponse(_described(self._known(request.path_params["model"])))

    @staticmethod
    def _check_version(request: Request) -> None:
        if request.path_params["version"] not in ("v1", "v1beta", "v1beta1"):
            raise Refused(404, "NOT_FOUND", "Unknown version.")

    # Generating.

    async def _generate(self, request: Request) -> Response:
        path = request.path_params
        data = await request.json()
        client = (request.client.host, request.client.port) if request.client else ("", 0)
        served = Served(path["model"], request.url.path, dict(request.headers), data, client)
        counting = path["verb"] == "countTokens"
        if not counting:
            self.served.append(served)
        fault = None if counting else self.faults.strike()
        changed = self.faults.changed
        headers = {"date": self.date} if self.date is not None else {}
        try:
            await self._hinder(fault, served)
            self._check_version(request)
            self._admit(request)
            body = {key: value for key, value in data.items() if key != "generateContentRequest"}
            settings = lower_camel(body).get("generationConfig") or {}
            if path["version"] in self.thoughtless and "thinkingConfig" in settings:
                place = "generation_config"
                raise invalid(f"Unknown name \"thinkingConfig\" at '{place}': Cannot find field.", place)
            generate = read_generate(self._known(path["model"]), body)
            if self.quota is not None and len(self.served) > self.quota:
                raise named_error("RESOURCE_EXHAUSTED", seconds=17)
            if counting:
                return JSONResponse({"totalTokens": generate.prompt_tokens})
            chunks = await self.brain.answer(generate)
        except Refused as refused:
            served.status = refused.code
            return JSONResponse(refused.body(), refused.code, headers)
        cached = self._implicit_cache(generate)
        if path["verb"] == "generateContent":
            return JSONResponse(_joined([body for _, body in events(generate, chunks, cached)]))
        if path["verb"] != "streamGenerateContent" or request.query_params.get("alt") != "sse":
            return JSONResponse(Refused(404, "NOT_FOUND", "Unknown method.").body(), 404)
        return _Stream(served, self._bytes(generate, chunks, cached, fault, changed))

    async def _hinder(self, fault: Fault | None, served: Served) -> None:
        """What goes wrong before the answer begins."""
        if fault is None:
            return
        if fault.kind == "refuse":
            key = served.headers.get("x-goog-api-key", "")
            raise named_error(fault.error, fault.message, fault.seconds, key)
        if fault.kind == "rate_limit":
            raise named_error("RESOURCE_EXHAUSTED", seconds=fault.seconds or 30)
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)

    async def _bytes(
        self, request: Generate, chunks: list[Chunk], cached: int, fault: Fault | None, changed: asyncio.Event
    ) -> AsyncIterator[tuple[bytes, float]]:
        """The body in segments, each with the pause before it."""
        if self.replay is not None:
            for segment in self._segments(self.replay):
                yield segment, 0.0
            return
        for at, (chunk, body) in enumerate(events(request, chunks, cached)):
            if changed.is_set():
                changed, fault = self.faults.changed, self.faults.strike()
                at = max(at, 1)
            if fault is not None and at > 0:
                if fault.kind == "cut":
                    raise Cut
                if fault.kind == "corrupt":
                    yield GARBAGE, 0.0
                    return
                if fault.kind == "refuse":
                    yield event(named_error(fault.error, fault.message, fault.seconds).body()), 0.0
                    return
            stalls = fault is not None and fault.kind == "stall" and at > 0
            for segment in self._segments(chunk.raw or event(body)):
                yield segment, 3600.0 if stalls else chunk.delay_s

    def _segments(self, data: bytes) -> list[bytes]:
        if self.segments is None:
            return [data]
        found, at = [], 0
        while at < len(data):
            size = self._chance.randint(1, self.segments)
            found.append(data[at : at + size])
            at += size
        return found

    def _implicit_cache(self, request: Generate) -> int:
        """Google caches common prefixes by itself: tokens of the instruction, once it was seen before."""
        size = tokens(request.system)
        if size < LEAST_CACHED:
            return 0
        known = request.system in self._cached
        self._cached.add(request.system)
        return size if known else 0


class _Stream(Response):
    """Sends segments until the end or until the client has gone."""

    media_type = "text/event-stream"

    def __init__(self, served: Served, segments: AsyncIterator[tuple[bytes, float]]) -> None:
        self.served, self.segments = served, segments
        self.status_code, self.background, self.body = 200, None, b""
        self.raw_headers = [(b"content-type", b"text/event-stream")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        watching = asyncio.create_task(self._watch(receive))
        try:
            async for segment, delay_s in self.segments:
                if delay_s:
                    await asyncio.wait({watching}, timeout=delay_s)
                if watching.done():
                    return
                await send({"type": "http.response.body", "body": segment, "more_body": True})
                self.served.sent += 1
                await asyncio.sleep(0)
            self.served.complete = True
            watching.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watching.cancel()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not self.served.complete:
            self.served.gone.set()


def _joined(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """The unary answer: all text in one part, the last finish reason and usage."""
    parts = [
        part
        for body in bodies
        for candidate in body.get("candidates", [])
        for part in candidate.get("content", {}).get("parts", [])
    ]
    text = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    last = json.loads(json.dumps(bodies[-1]))
    for candidate in last.get("candidates", []):
        candidate["content"] = {"role": "model", "parts": [{"text": text}]}
    found: dict[str, Any] = last
    return found


def _described(model: str) -> dict[str, Any]:
    return {
        "name": f"models/{model}",
        "displayName": model,
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": ["generateContent", "countTokens", "createCachedContent"],
    }


async def _refusal(request: Request, refused: Refused) -> Response:
    return JSONResponse(refused.body(), refused.code)
