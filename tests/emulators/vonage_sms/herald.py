"""Webhooks of the SMS API: somebody answers a text. Signed by the vendor's own SDK, where it knows the method."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import httpx
from vonage_http_client import Auth

Way = Literal["get", "form", "json"]


@dataclass
class TextHerald:
    """`address`: where the account's webhooks go. `method`: as set in the dashboard. `way`: how they are delivered.
    `signed`: rare platform faults leave the signature out."""

    address: str
    secret: str
    method: str = "sha256"
    way: Way = "form"
    signed: bool = True
    key: str = "abcd1234"
    count: int = 0

    async def reply(
        self, client: httpx.AsyncClient, phone: str, text: str, *, at: datetime | None = None, **changed: str
    ) -> httpx.Response:
        """A person (E.164) writes `text` to the business. `changed`: parameters altered after they were signed."""
        self.count += 1
        moment = at or datetime.now(UTC)
        given = {
            "msisdn": phone.removeprefix("+"),
            "to": "14155550100",
            "messageId": f"0B0000{self.count:010X}",
            "text": text,
            "type": "text",
            "keyword": text.split()[0].upper() if text.split() else "",
            "api-key": self.key,
            "message-timestamp": f"{moment:%Y-%m-%d %H:%M:%S}",
            "timestamp": str(int(moment.timestamp())),
            "nonce": f"{self.count:032x}",
        }
        return await self.deliver(client, given | self._signature(given) | changed)

    async def receipt(self, client: httpx.AsyncClient, phone: str, status: str = "delivered") -> httpx.Response:
        """What became of a text that was sent."""
        self.count += 1
        given = {
            "msisdn": phone.removeprefix("+"),
            "to": "14155550100",
            "network-code": "310090",
            "messageId": f"0A0000{self.count:010X}",
            "price": "0.03330000",
            "status": status,
            "err-code": "0",
            "scts": "2611241200",
            "api-key": self.key,
            "timestamp": str(int(datetime.now(UTC).timestamp())),
            "nonce": f"{self.count:032x}",
        }
        return await self.deliver(client, given | self._signature(given))

    async def deliver(self, client: httpx.AsyncClient, given: dict[str, str]) -> httpx.Response:
        match self.way:
            case "get":
                return await client.get(self.address, params=given)
            case "json":
                return await client.post(self.address, json=given)
            case _:
                return await client.post(self.address, data=given)

    def _signature(self, given: dict[str, str]) -> dict[str, str]:
        if not self.signed:
            return {}
        if self.method == "md5hash":
            text = "".join(
                f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in sorted(given.items())
            )
            return {"sig": hashlib.md5(f"{text}{self.secret}".encode()).hexdigest()}
        auth = Auth(api_key=self.key, signature_secret=self.secret, signature_method=self.method)
        return {"sig": auth.sign_params(dict(given)).upper()}
