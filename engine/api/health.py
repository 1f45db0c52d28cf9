"""Is it alive, can it take calls, and how is it doing."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel
from sqlalchemy import select

from engine.api.auth import NEEDS_PUBLISHER, NEEDS_TOKEN
from engine.api.services import Use
from engine.observe.metrics import METRICS
from engine.settings import shown
from engine.store import DatabaseDown

router = APIRouter(tags=["health"])

DATABASE_WITHIN_S = 2.0


class Ready(BaseModel):
    """Each part says `ok`, or in plain words what is wrong with it. `dialling` does not count for `ready`: a process
    that calls nobody, since the carrier's webhooks are not believed, must go on being reached by them."""

    ready: bool
    database: str
    models: str
    calls: str
    dialling: str


@router.get("/", include_in_schema=False)
async def welcome() -> dict[str, str]:
    return {
        "leadline": "AI phone calls that qualify sales leads",
        "api": "/docs",
        "openapi": "/openapi.json",
        "health": "/health",
        "ready": "/ready",
    }


class SettingOut(BaseModel):
    """`value`: empty for a secret and for one that is not set. `chosen`: somebody set it, it is not the default."""

    variable: str
    value: str
    chosen: bool
    secret: bool
    description: str


@router.get("/settings", dependencies=[NEEDS_PUBLISHER])
async def settings(use: Use) -> list[SettingOut]:
    """What this process goes by. Settings are environment variables: change them there and start it again."""
    return [SettingOut(**asdict(each)) for each in shown(use.settings)]


@router.get("/health")
async def health() -> dict[str, str]:
    """The process lives."""
    return {"status": "alive"}


@router.get("/ready", responses={503: {"model": Ready}}, response_model=Ready)
async def ready(use: Use) -> Response:
    """Whether new calls can be taken: 200, or 503 with what is missing. The port opens after the models are loaded."""
    database = "ok"
    try:
        async with asyncio.timeout(DATABASE_WITHIN_S), use.database.read() as tx:
            await tx.execute(select(1))
    except (DatabaseDown, TimeoutError):
        database = "The database does not answer."
    calls = "This process is being stopped." if use.switchboard.draining else "ok"
    fine = database == calls == "ok"
    state = Ready(ready=fine, database=database, models="ok", calls=calls, dialling=use.dialer.why_paused or "ok")
    return JSONResponse(state.model_dump(), 200 if fine else 503)


@router.get("/metrics", response_class=PlainTextResponse, dependencies=[NEEDS_TOKEN])
async def metrics(use: Use) -> str:
    """Counters and quantiles of this process, in Prometheus' text format."""
    board = use.switchboard
    return METRICS.text(
        calls_live=len(board.calls),
        lines_free=board.free,
        draining=int(board.draining),
        dialling_paused=int(bool(use.dialer.why_paused)),
    )
