"""Google Ads' lead form webhook: its payloads, its test button, and how it sends again what was not taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

FIRST_ID = 9_007_199_254_740_993
"""Beyond 2^53: a reader that goes through floats turns it into another id."""
TRIES = 4


@dataclass
class GoogleAds:
    """A lead form whose leads go to `url` with `key`. `answers`: every answer it was given, in order."""

    client: httpx.AsyncClient
    url: str
    key: str
    form_id: int | str = 40_000_000_000
    again_s: float = 0.02
    answers: list[httpx.Response] = field(default_factory=list)
    _count: int = 0

    def lead(
        self,
        columns: Mapping[str, str] | Sequence[Mapping[str, object]] | None = None,
        *,
        test: bool = False,
        **changes: object,
    ) -> dict[str, object]:
        """A payload. `columns`: values by column id, or whole entries; `changes`: other members, None takes one out."""
        self._count += 1
        given = columns if columns is not None else {
            "FULL_NAME": "Zoë Miller", "EMAIL": "zoe@example.org", "PHONE_NUMBER": f"+1415555{3000 + self._count}",
            "what_is_your_budget": "5k",
        }  # fmt: skip
        entries = (
            [{"column_id": name, "column_name": name.title(), "string_value": value} for name, value in given.items()]
            if isinstance(given, Mapping)
            else list(given)
        )
        made: dict[str, object] = {
            "lead_id": f"TeSter-{FIRST_ID + self._count}", "api_version": "1.0", "form_id": self.form_id,
            "campaign_id": FIRST_ID, "google_key": self.key, "is_test": test, "gcl_id": f"gcl-{self._count}",
            "adgroup_id": 20_000_000_000, "creative_id": 30_000_000_000,
            "lead_submit_time": "2026-11-22T14:06:30Z", "user_column_data": entries, **changes,
        }  # fmt: skip
        if not test:
            made["is_test"] = False
        return {name: value for name, value in made.items() if value is not None}

    async def send(self, lead: Mapping[str, object]) -> httpx.Response:
        """Posts it; what is answered with 5xx, or not at all, is sent again."""
        body = json.dumps(lead, ensure_ascii=True).encode()
        for attempt in range(TRIES):
            try:
                answer = await self.client.post(self.url, content=body, headers={"Content-Type": "application/json"})
            except httpx.TransportError:
                if attempt == TRIES - 1:
                    raise
            else:
                self.answers.append(answer)
                if answer.status_code < 500:
                    break
            await asyncio.sleep(self.again_s * 2**attempt)
        return answer

    async def send_test_data(self) -> str:
        """What the button does, and what it shows the advertiser: empty if all is well."""
        answer = await self.send(self.lead({"FULL_NAME": "Test Name", "PHONE_NUMBER": "+16505550123"}, test=True))
        return "" if answer.status_code == 200 else str(answer.json()["message"])
