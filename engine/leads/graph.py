"""Meta's Graph API, as far as leads go: one lead, the leads of a form, who is subscribed to a page.

The token goes into a header, never into an address: addresses end up in logs.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import httpx

from engine.leads.graph_errors import GraphTrouble, read_trouble
from engine.leads.meta_account import MetaAccount
from engine.leads.sources.meta_event import read_id
from engine.sdk import Json

WITHIN_S: Final = 10.0
ANSWER_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of one answer: a hundred leads are a tenth of it."""
PAGE_OF_LEADS: Final = 100

_ANSWERS: Final = "id,created_time,field_data,form_id,is_organic,platform,custom_disclaimer_responses"
FIELDS: Final = (f"{_ANSWERS},ad_id,ad_name,adset_id,campaign_id", _ANSWERS, "id,created_time,field_data")
"""Asked in turn, until the token may read them: those of advertisements need a right of their own."""


class Graph:
    """One for a process. Every method raises `GraphTrouble`."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._fields: dict[tuple[str, str], int] = {}
        """By connection and token: which of `FIELDS` it may read."""

    async def lead(self, account: MetaAccount, leadgen_id: str) -> Mapping[str, Json]:
        """What Graph tells of it; see `engine.leads.sources.meta`."""
        return await self._read_fields(account, leadgen_id, {})

    async def leads_of(self, account: MetaAccount, form_id: str, since: datetime) -> AsyncIterator[Mapping[str, Json]]:
        """All leads of a form since then, newest first, page by page."""
        newer = [{"field": "time_created", "operator": "GREATER_THAN", "value": int(since.timestamp())}]
        query = {"filtering": json.dumps(newer), "limit": str(PAGE_OF_LEADS)}
        seen: set[str] = set()
        while True:
            page = await self._read_fields(account, f"{form_id}/leads", query)
            found = page.get("data")
            for each in found if isinstance(found, list) else []:
                if isinstance(each, dict):
                    yield each
            after = _after(page)
            if not after or after in seen:
                return
            seen.add(after)
            query["after"] = after

    async def page_name(self, account: MetaAccount) -> str:
        """Of the page that the token is for. `GraphTrouble` of kind `other` with code 0 if it is another page."""
        found = await self._ask("GET", account, "me", {"fields": "id,name"})
        if read_id(found.get("id")) != account.page_id:
            raise GraphTrouble("other")
        return str(found.get("name") or account.page_id)

    async def is_subscribed(self, account: MetaAccount) -> bool:
        """Whether an app gets word of the page's leads."""
        found = (await self._ask("GET", account, f"{account.page_id}/subscribed_apps", {})).get("data")
        apps = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        return any("leadgen" in (_list(each.get("subscribed_fields"))) for each in apps)

    async def subscribe(self, account: MetaAccount) -> None:
        await self._ask("POST", account, f"{account.page_id}/subscribed_apps", {"subscribed_fields": "leadgen"})

    async def _read_fields(self, account: MetaAccount, path: str, query: Mapping[str, str]) -> Mapping[str, Json]:
        key = account.name, account.page_token
        while True:
            step = self._fields.get(key, 0)
            try:
                return await self._ask("GET", account, path, {**query, "fields": FIELDS[step]})
            except GraphTrouble as trouble:
                if trouble.kind not in ("fields", "rights") or step + 1 == len(FIELDS):
                    # A right that is missing altogether is asked for anew once it was given.
                    if trouble.kind == "rights":
                        self._fields.pop(key, None)
                    raise
                self._fields[key] = step + 1

    async def _ask(self, method: str, account: MetaAccount, path: str, query: Mapping[str, str]) -> Mapping[str, Json]:
        headers = {"Authorization": f"Bearer {account.page_token}"}
        try:
            async with self._client.stream(
                method, f"{account.graph}/{path}", params=dict(query), headers=headers, timeout=WITHIN_S
            ) as answer:
                body = b""
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > ANSWER_LIMIT:
                        raise GraphTrouble("transient")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            # Neither the address nor the driver's words are passed on: they may name a person.
            raise GraphTrouble("transient") from None
        if not answer.is_success:
            raise read_trouble(answer.status_code, body)
        with suppress(ValueError, RecursionError):
            data: Json = json.loads(body)
            if isinstance(data, dict):
                return data
        raise GraphTrouble("transient")


def open_client() -> httpx.AsyncClient:
    """With what the machine says of proxies for Meta, and without it for an emulator on this machine."""
    direct = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=32, max_keepalive_connections=16))
    here = {f"all://{host}": direct for host in ("127.0.0.1", "localhost", "[::1]")}
    return httpx.AsyncClient(mounts=here, follow_redirects=False)


def _after(page: Mapping[str, Json]) -> str:
    """The cursor of the page that follows; empty on the last one."""
    paging = page.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else ""


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()
