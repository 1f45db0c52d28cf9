"""Finds the dialogue model of a call's flow, for cards that have a text written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from engine.flow.document import FlowDocument, FlowRefused
from engine.flow.model import Flow
from engine.providers.accounts import ConnectionInvalid, GeminiAccount, gemini_account
from engine.providers.choice import Defaults, Mind, choose
from engine.sdk import Connection, NoWriter, WrittenText
from engine.store import Database, flows

if TYPE_CHECKING:
    from engine.mind.access import GeminiClient


class Writer(Protocol):
    async def write(
        self, flow_id: str, version: int, connections: Mapping[str, Connection], instructions: str, text: str
    ) -> WrittenText:
        """By the model that this version of the flow is held with. Raises `NoWriter`."""
        ...


class FlowWriter:
    """`defaults`: the settings, for flows that name no model."""

    def __init__(self, database: Database, defaults: Defaults) -> None:
        self._database = database
        self._defaults = defaults
        self._clients: dict[GeminiAccount, GeminiClient] = {}

    async def write(
        self, flow_id: str, version: int, connections: Mapping[str, Connection], instructions: str, text: str
    ) -> WrittenText:
        mind = choose(self._defaults, await self._flow(flow_id, version)).mind
        if mind.engine == "offline":
            raise NoWriter("The flow is held without a hosted model.")
        # Google's client is loaded only where it is wanted.
        from engine.mind.writing import written

        return await written(self._client(mind, connections), mind.models, instructions, text)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _flow(self, flow_id: str, version: int) -> Flow | None:
        async with self._database.read() as tx:
            kept = await flows.read_version(tx, flow_id, version)
        try:
            return FlowDocument.load(kept.text).flow if kept else None
        except FlowRefused:
            return None

    def _client(self, mind: Mind, connections: Mapping[str, Connection]) -> GeminiClient:
        from engine.mind.access import AccessInvalid
        from engine.providers.hosted import gemini_client

        if mind.connection not in connections:
            raise NoWriter(f"No connection is called '{mind.connection}'.")
        try:
            account = gemini_account(connections[mind.connection])
            if account not in self._clients:
                self._clients[account] = gemini_client(account)
        except (ConnectionInvalid, AccessInvalid) as problem:
            raise NoWriter(str(problem)) from None
        return self._clients[account]
