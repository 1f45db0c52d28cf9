"""A small client of Leadline's own API, for the demonstration, the simulator and `leadline call`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from engine.sdk import CallResult, Json


class ApiRefused(Exception):
    """The API could not be reached or said no. The message is the API's own, for people."""


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One entry of a call's journal. `at`: seconds since the answer, negative while it rang."""

    kind: str
    at: float
    facts: Mapping[str, Json]


_ENDED: Final = frozenset({"done", "failed", "dead"})


@dataclass(frozen=True, slots=True)
class StepState:
    """A card of the after-call lane and how it stands."""

    node: str
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as the API shows it. `lane_state`: of the after-call lane, empty while there is none.
    `document`: the whole answer, as it came."""

    id: str
    state: str
    problem: str
    disposition: str | None
    form_to_ring_ms: int | None
    result: CallResult | None
    journal: tuple[CallEvent, ...]
    lane_state: str
    steps: tuple[StepState, ...]
    document: Mapping[str, Json]

    @property
    def over(self) -> bool:
        return self.state in ("finished", "failed")

    @property
    def at_rest(self) -> bool:
        """Whether nothing more happens after the call just now: all is done, or waits for its time."""
        return self.lane_state in _ENDED or (bool(self.waits) and not self.unfinished)

    @property
    def waits(self) -> tuple[StepState, ...]:
        """Cards whose time has not come, such as a reminder's."""
        return tuple(step for step in self.steps if step.state == "waiting")

    @property
    def unfinished(self) -> tuple[StepState, ...]:
        """Cards that are not done although their time has come."""
        fine = {"done", "skipped", "waiting"} | ({"blocked"} if self.waits else set())
        return tuple(step for step in self.steps if step.state not in fine)


class LeadlineApi:
    """`address`: such as http://127.0.0.1:8080. Use it in an `async with`."""

    def __init__(self, address: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.address = address
        # No connection is kept: the server lets idle ones go, and a request must not meet one that is just closing.
        fresh = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(base_url=address, headers=headers, timeout=10.0, trust_env=False, limits=fresh)

    async def __aenter__(self) -> LeadlineApi:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send_form(self, fields: Mapping[str, object]) -> str:
        """Send a website form as JSON. Returns the lead's id. Raises `ApiRefused` with what is wrong in it."""
        answer = await self._ask("POST", "/leads/website", json=fields)
        return str(answer["lead_id"])

    async def call_of(self, lead_id: str, within_s: float) -> str:
        """The id of the newest call with a lead, waiting for it to be placed. Raises `ApiRefused`."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            placed = (await self._ask("GET", f"/leads/{lead_id}"))["calls"]
            if isinstance(placed, list) and placed:
                return str(placed[0])
            await asyncio.sleep(0.1)
        raise ApiRefused(f"No call was placed within {within_s:.0f} seconds. {await self.why_not_called(lead_id)}")

    async def call_to(self, number: str) -> str:
        """The id of the newest call to a number (E.164). Raises `ApiRefused`."""
        listed = (await self._ask("GET", "/calls?limit=50"))["calls"]
        for call in listed if isinstance(listed, list) else ():
            if isinstance(call, dict) and call.get("to_number") == number:
                return str(call["id"])
        raise ApiRefused(f"There is no call to {number[:-4]}....")

    async def why_not_called(self, lead_id: str) -> str:
        """What is known about a lead that was not called, in a sentence; empty if nothing is."""
        lead = await self._ask("GET", f"/leads/{lead_id}")
        placed = lead["calls"]
        if isinstance(placed, list) and placed:
            view = await self.call(str(placed[0]))
            return f"The call is '{view.state}'. {view.problem}".strip()
        return str(lead.get("reason") or "The lead waits to be called.")

    async def call(self, call_id: str) -> CallView:
        """Raises `ApiRefused`."""
        document = await self._ask("GET", f"/calls/{call_id}")
        lane = document.get("after_call")
        steps = lane.get("steps") if isinstance(lane, dict) else None
        entries = document.get("journal")
        found = document.get("result")
        disposition, ring = document.get("disposition"), document.get("form_to_ring_ms")
        return CallView(
            id=call_id,
            state=str(document["state"]),
            problem=str(document["problem"]),
            disposition=disposition if isinstance(disposition, str) else None,
            form_to_ring_ms=ring if isinstance(ring, int) else None,
            result=CallResult.model_validate(found) if found else None,
            journal=tuple(_event(each) for each in entries) if isinstance(entries, list) else (),
            lane_state=str(lane["state"]) if isinstance(lane, dict) else "",
            steps=tuple(_step(each) for each in steps) if isinstance(steps, list) else (),
            document=document,
        )

    async def events(self, call_id: str) -> AsyncIterator[CallEvent]:
        """The live events of a call from its beginning, until it has ended."""
        timeout = httpx.Timeout(10.0, read=60.0)
        async with self._http.stream("GET", f"/calls/{call_id}/events", timeout=timeout) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ApiRefused(f"The events of call {call_id} cannot be read: HTTP {answer.status_code}.")
            async for line in answer.aiter_lines():
                if not line.startswith("data: "):
                    continue
                event = _event(json.loads(line.removeprefix("data: ")))
                yield event
                if event.kind == "ended":
                    return

    async def save_recording(self, call_id: str, file: Path) -> bool:
        """Write the stereo recording to `file`. False if none was kept."""
        answer = await self._http.get(f"/calls/{call_id}/recording")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        answer.raise_for_status()
        await asyncio.to_thread(file.write_bytes, answer.content)
        return True

    async def _ask(self, method: str, path: str, json: object = None) -> dict[str, Json]:
        try:
            answer = await self._http.request(method, path, json=json)
        except httpx.HTTPError as problem:
            raise ApiRefused(
                f"No Leadline answers at {self.address} ({type(problem).__name__}). `leadline up` starts one."
            ) from problem
        try:
            document = answer.json()
        except ValueError:
            document = {}
        if answer.is_success and isinstance(document, dict):
            return document
        detail = document.get("detail") if isinstance(document, dict) else None
        raise ApiRefused(str(detail or f"{self.address}{path} answered HTTP {answer.status_code}."))


def _event(entry: Json) -> CallEvent:
    assert isinstance(entry, dict)
    facts, at_ms = entry.get("facts"), entry.get("at_ms")
    return CallEvent(
        kind=str(entry["kind"]),
        at=at_ms / 1000 if isinstance(at_ms, int | float) else 0.0,
        facts=facts if isinstance(facts, dict) else {},
    )


def _step(step: Json) -> StepState:
    assert isinstance(step, dict)
    return StepState(node=str(step["id"]), state=str(step["state"]), note=str(step["note"]))
