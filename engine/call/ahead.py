"""Look-ups that begin while the telephone rings, so that the greeting need not wait for another system."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.sdk import Connection, ConnectionMissing, Lead, Node, NodeSettings, QuietNode, StepFailed

log = logging.getLogger(__name__)

PATIENCE_S: Final = 0.25
"""How long a caller who has said hello is kept waiting for an answer that is not there yet."""

Found = Mapping[str, str] | None


@dataclass(frozen=True)
class _Context:
    lead: Lead
    now: datetime
    connections: Mapping[str, Connection]

    def connection(self, name: str) -> Connection:
        try:
            return self.connections[name]
        except KeyError:
            raise ConnectionMissing(f"No connection is called '{name}'. Add it on the page Connections.") from None


class LookAhead:
    """The look-ups of one call. Cards of one type with the same settings ask once."""

    def __init__(self) -> None:
        self._tasks: dict[tuple[str, str], asyncio.Task[Found]] = {}

    def begin(
        self,
        cards: Sequence[QuietNode[NodeSettings]],
        lead: Lead,
        now: datetime,
        open_connections: Callable[[], Awaitable[Mapping[str, Connection]]],
    ) -> None:
        """For each card, within its own budget. Returns at once."""
        if not cards:
            return
        opening = asyncio.ensure_future(open_connections())
        for card in cards:
            if _question(card) in self._tasks:
                continue
            task = asyncio.create_task(_ask(card, lead, now, opening))
            # Perhaps nobody comes to ask, and then nobody misses the answer.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._tasks[_question(card)] = task

    async def found(self, card: Node[NodeSettings]) -> Found:
        """What the card's look-up found. Raises `StepFailed`."""
        task = self._tasks.get(_question(card))
        if task is None:
            return None
        await asyncio.wait({task}, timeout=PATIENCE_S)
        if not task.done():
            raise StepFailed("The answer was not there when the call was answered.")
        return task.result()


async def _ask(
    card: QuietNode[NodeSettings], lead: Lead, now: datetime, opening: asyncio.Future[Mapping[str, Connection]]
) -> Found:
    try:
        async with asyncio.timeout(card.effects.budget_s):
            return await card.ahead(_Context(lead, now, await asyncio.shield(opening)))
    except StepFailed:
        raise
    except ConnectionMissing as problem:
        raise StepFailed(str(problem)) from None
    except TimeoutError:
        raise StepFailed(f"It took longer than {card.effects.budget_s:g} seconds.") from None
    except Exception as problem:
        # A node of anybody's may raise anything. Its words may hold a secret: only the kind is told.
        log.warning("card type %s raised %s while looking ahead", card.type, type(problem).__name__)
        raise StepFailed(f"The card's program stopped with an unexpected {type(problem).__name__}.") from None


def _question(card: Node[NodeSettings]) -> tuple[str, str]:
    return card.type, card.settings.model_dump_json()
