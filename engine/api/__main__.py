"""`python -m engine.api`: the web server with the live calls. Ends with 2 and a sentence when it cannot start."""

from __future__ import annotations

import asyncio
import os
import sys

import uvloop

from engine.api.app import create_app
from engine.api.server import PortBusy, Server, bind, keep_for_good
from engine.observe import logs
from engine.settings import Settings, SettingsProblem, load
from engine.speech.ports import SpeechError
from engine.store import Database, DatabaseDown
from engine.store.connections import WrongKey
from engine.store.migration import MigrationProblem

CANNOT_START = 2


def main() -> int:
    try:
        settings = load()
        logs.set_up(settings.log_level, settings.log_format)
        with bind(settings) as listener:
            uvloop.run(_serve(settings, listener.fileno()))
    except (SettingsProblem, PortBusy, DatabaseDown, MigrationProblem, SpeechError, WrongKey) as problem:
        sys.stderr.write(f"Leadline cannot start. {problem}\n")
        return CANNOT_START
    except KeyboardInterrupt:
        return 130
    return 0


async def _serve(settings: Settings, listener: int) -> None:
    # The web server swallows what its lifespan raises and logs a traceback: it is entered by ourselves, so that a
    # problem arrives as what it is, and the port is silent until all models are loaded.
    app = create_app(settings)
    await _database_answers(settings)
    async with app.router.lifespan_context(app):
        server = Server(app, settings.drain_s)
        server.config.lifespan = "off"
        server.config.fd = os.dup(listener)
        keep_for_good()
        await server.serve()


async def _database_answers(settings: Settings) -> None:
    database = Database(settings.database_address)
    try:
        async with asyncio.timeout(15), database.read():
            pass
    except TimeoutError:
        raise DatabaseDown(f"The database {database.where} does not answer.") from None
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(main())
