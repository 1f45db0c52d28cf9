"""What a process of the lane does: dispatch, carry out, or both. Imports Prefect: put its settings in place first."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from typing import Final, Literal

from prefect.client.orchestration import get_client

from engine.aftercall.alerts import arrange_alerts
from engine.aftercall.executor import Executor
from engine.aftercall.lane import Lane
from engine.aftercall.pool_worker import LeadlineWorker
from engine.aftercall.runs import OUT_OF_REACH
from engine.aftercall.worker import AfterCallWorker, WorkerOptions
from engine.settings import Settings

log = logging.getLogger(__name__)

RESTART_S: Final = (1.0, 5.0, 15.0, 30.0)
"""Pauses before a worker of a pool is started again: it ends by itself when Prefect is away for long."""
LONG_S: Final = 300.0  # a worker that lasted so long had no trouble starting
DISPATCHED_AT_ONCE: Final = 8


async def serve(lane: Lane, settings: Settings, role: Literal["all", "dispatcher", "worker"], at_once: int) -> None:
    """Until cancelled. `at_once`: calls carried out side by side."""
    pool = settings.prefect_pool
    async with asyncio.TaskGroup() as group:
        if role != "worker":
            alert_url = settings.alert_url.get_secret_value() if settings.alert_url else ""
            group.create_task(_arrange(alert_url, _call_page(settings)))
            options = WorkerOptions(at_once=DISPATCHED_AT_ONCE if pool else at_once)
            group.create_task(AfterCallWorker(lane, options, pool).run())
        if pool and role != "dispatcher":
            group.create_task(keep_working(lane, pool, at_once))


async def keep_working(lane: Lane, pool: str, at_once: int) -> None:
    """A worker of the pool, started again whenever it ends. Until cancelled."""
    failures = 0
    while True:
        began = asyncio.get_running_loop().time()
        name = f"{socket.gethostname()}-{os.getpid()}"
        try:
            await LeadlineWorker(pool, name=name, limit=at_once, executor=Executor(lane)).start(printer=log.info)
        except Exception as problem:  # whatever it was: the outbox still holds the calls
            log.warning("the worker of the pool '%s' ended (%s) and is started again", pool, type(problem).__name__)
        failures = 0 if asyncio.get_running_loop().time() - began > LONG_S else failures + 1
        await asyncio.sleep(RESTART_S[min(failures, len(RESTART_S) - 1)])


async def _arrange(address: str, call_page: str) -> None:
    """Prefect may not be there yet."""
    while True:
        try:
            async with get_client() as client:
                await arrange_alerts(client, address, call_page)
        except OUT_OF_REACH:
            await asyncio.sleep(RESTART_S[-1])
        else:
            return


def _call_page(settings: Settings) -> str:
    origins = settings.origins_of_builder
    return f"{origins[0]}/call?call=" if origins else ""
