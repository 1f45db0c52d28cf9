"""Looking at a person's data is written to the audit log, with the name of who looked.

A page in the browser asks for the same thing every few seconds; one entry for some minutes tells as much.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from engine.store import Database, audit

SAME_LOOK: Final = timedelta(minutes=10)
REMEMBERED: Final = 5000


class Looks:
    """One for a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: OrderedDict[tuple[str, str, str], datetime] = OrderedDict()

    async def note(self, who: str, what: str, subject: str, now: datetime) -> None:
        """`who`: see `Caller.who`. `what`: 'saw_lead', 'heard_recording'. Written before it is shown. Raises
        `DatabaseDown`."""
        look = (who, what, subject)
        if (last := self._last.get(look)) is not None and now - last < SAME_LOOK:
            return
        async with self._database.begin() as tx:
            await audit.add(tx, *look, {}, now)
        self._last[look] = now
        self._last.move_to_end(look)
        while len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
