"""What the API works with for imports of leads: where uploaded files lie, and the work behind."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.datastructures import UploadFile

from engine.api.background import Background
from engine.api.doors.door import Doors, DoorStuck, NoDoor
from engine.leads import Inlet
from engine.leads.csv_import import Imports, ImportStuck
from engine.leads.reading import Arrival
from engine.settings import Settings
from engine.store import Database

FILE_BYTES: Final = 50 * 1024 * 1024
_PIECE: Final = 256 * 1024


class FileTooLarge(ValueError):
    pass


@dataclass(frozen=True)
class ImportDesk:
    work: Imports
    background: Background
    settings: Settings
    doors: Doors

    async def arrival(self, source_id: str) -> Arrival:
        """Raises `ImportStuck`."""
        try:
            door = await self.doors.behind(source_id)
        except NoDoor:
            raise ImportStuck("The lead source, or its campaign, is not there any more.") from None
        except DoorStuck as stuck:
            raise ImportStuck(f"{stuck} Then start the import again.") from None
        return door.later(self.settings.clock.now(), allow_fiction=self.settings.phone == "simulated")

    async def keep(self, import_id: str, upload: UploadFile) -> tuple[int, str]:
        """Write what was uploaded to its place, readable by this user only; gives size and SHA-256. Raises
        `FileTooLarge`."""
        place = self.work.file(import_id)
        place.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        file = await asyncio.to_thread(os.open, place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            while piece := await upload.read(_PIECE):
                size += len(piece)
                _check(size)
                digest.update(piece)
                await asyncio.to_thread(os.write, file, piece)
            await asyncio.to_thread(os.fsync, file)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        finally:
            os.close(file)
        return size, digest.hexdigest()


def _check(size: int) -> None:
    if size > FILE_BYTES:
        raise FileTooLarge


@asynccontextmanager
async def open_imports(settings: Settings, database: Database, doors: Doors, inlet: Inlet) -> AsyncIterator[ImportDesk]:
    """Importing while the block lasts."""
    background = Background("imports")

    async def behind(source_id: str) -> Arrival:
        return await desk.arrival(source_id)

    folder: Path = settings.data_dir / "imports"
    work = Imports(database, inlet, folder, behind, background, settings.clock)
    desk = ImportDesk(work, background, settings, doors)
    working = asyncio.create_task(work.run())
    try:
        yield desk
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        background.close()
