"""Files with personal data: recordings, deleted and put into an export, and uploaded lists of leads, deleted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)


def kept_file(name: str | None, folder: Path) -> Path | None:
    """The recording's file, if it is there and lies where recordings lie: a row never leads elsewhere."""
    path = Path(name).resolve() if name else None
    return path if path and path.is_relative_to(folder.resolve()) and path.is_file() else None


async def delete_imports(import_ids: Iterable[str], folder: Path) -> None:
    """Uploaded files of leads. Raises OSError where one cannot be deleted."""
    files = [folder / f"{each}.csv" for each in import_ids]

    def delete() -> None:
        for file in files:
            file.unlink(missing_ok=True)

    await asyncio.to_thread(delete)


async def delete_recordings(names: Iterable[str | None], folder: Path) -> int:
    """How many were there. Raises OSError where one cannot be deleted: its row must stay then."""
    return await asyncio.to_thread(_delete, [name for name in names if name], folder)


def _delete(names: list[str], folder: Path) -> int:
    there = [path for name in names if (path := kept_file(name, folder)) is not None]
    for path in there:
        path.unlink(missing_ok=True)
    return len(there)
