"""Posts what Meta posts, byte for byte as it packs it: non-ASCII as \\uXXXX in small hex, slashes as \\/, signed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import Sequence
from typing import Any

import httpx

from tests.emulators.meta_graph.people import FormLead

PAGE_NAME = "Zoë/Dächer"


def change(lead: FormLead, numbers: bool = False) -> dict[str, Any]:
    """`numbers`: ids as JSON numbers instead of texts."""
    ids = {"leadgen_id": lead.id, "page_id": lead.page_id, "form_id": lead.form_id}
    if lead.ad_id:
        ids |= {"ad_id": lead.ad_id, "adgroup_id": lead.ad_id}
    given: dict[str, Any] = {name: int(id) for name, id in ids.items()} if numbers else dict(ids)
    return {"field": "leadgen", "value": {**given, "created_time": int(lead.created.timestamp())}}


def body_of(*changes: dict[str, Any], page_id: str = "1122334455", entries: bool = False) -> bytes:
    """`entries`: each change in an entry of its own."""
    packs = [[each] for each in changes] if entries else [list(changes)]
    # The name stands in for what Meta may add: it makes the bytes differ from what a JSON library would write.
    made = [{"id": page_id, "time": 1795356395, "page_name": PAGE_NAME, "changes": pack} for pack in packs]
    return json.dumps({"object": "page", "entry": made}).replace("/", "\\/").encode()


class MetaSender:
    """`url`: the address of the lead source. `secret`: the app's."""

    def __init__(self, url: str, secret: str, verify_token: str) -> None:
        self.url, self.secret, self.verify_token = url, secret, verify_token

    def signature(self, body: bytes) -> str:
        return "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()

    async def handshake(self, challenge: str = "1158201444", token: str | None = None) -> httpx.Response:
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token or self.verify_token}
        async with httpx.AsyncClient() as web:
            return await web.get(self.url, params=query)

    async def post(self, body: bytes, signature: str | None = None) -> httpx.Response:
        """`signature`: another one than the right one."""
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature or self.signature(body)}
        async with httpx.AsyncClient(timeout=30) as web:
            return await web.post(self.url, content=body, headers=headers)

    async def send(self, *leads: FormLead, numbers: bool = False, entries: bool = False) -> httpx.Response:
        """All of them in one post."""
        return await self.post(body_of(*(change(each, numbers) for each in leads), entries=entries))

    async def burst(self, leads: Sequence[FormLead], seed: int | None = None) -> list[httpx.Response]:
        """One post each, all at once; `seed`: in another order than they were sent by the people."""
        order = list(leads)
        if seed is not None:
            random.Random(seed).shuffle(order)
        async with httpx.AsyncClient(timeout=60) as web:

            async def one(lead: FormLead) -> httpx.Response:
                body = body_of(change(lead))
                headers = {"Content-Type": "application/json", "X-Hub-Signature-256": self.signature(body)}
                return await web.post(self.url, content=body, headers=headers)

            return await asyncio.gather(*(one(each) for each in order))
