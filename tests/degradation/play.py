"""Plays one cell: a form, a call, a fault at its moment, and what came of it, read off the line's tape, the API and the
journal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from engine.simulate.api_client import ApiRefused, CallEvent, CallView, LeadlineApi
from engine.simulate.network.call import LoopbackCall
from engine.simulate.network.phone import Line
from engine.simulate.script import ScriptedCaller
from engine.simulate.sound_call import LiveTrace
from engine.simulate.speaking_caller import SpeakingCaller
from tests.degradation.cells import Cell, Outcome, longest_silence
from tests.degradation.house import SCENARIO, House, Visit
from tests.degradation.trouble import Trouble
from tests.support.api import TOKEN

RING_S: Final = 12.0
"""A phone that has not rung by then never will."""

CALL_S: Final = 120.0

SETTLE_TRIES: Final = 100

MOMENTS: Final = {"mid_turn": 2, "mid_booking": 3}
"""At which line of the caller a fault sets in: the pickup is the first."""

TELLING: Final = frozenset(
    {"trouble", "voice_changed", "ear_changed", "model_note", "speech_broke_off", "no_audio", "media_lost", "line_lost",
     "line_back", "handed_over", "taken_over", "carrier_error", "warmed_up"}
)  # fmt: skip
"""Kinds of journal entries that can say what happened."""


class _Caller(SpeakingCaller):
    """Sets the trouble going when its line of that number begins."""

    def __init__(self, house: House, trace: LiveTrace, at_line: int, begin: Callable[[], None]) -> None:
        script = ScriptedCaller(house.suite, house.suite.get(SCENARIO))
        super().__init__(script, house.voice, trace, answer_after_s=0.5, channel=house.world.channel)
        self._at_line, self._begin = at_line, begin
        self._begun = False
        self.rang = False

    async def on_call(self, line: Line) -> None:
        watch = asyncio.create_task(self._watch())
        try:
            await super().on_call(line)
        finally:
            watch.cancel()

    def ring(self) -> Any:
        self.rang = True
        return super().ring()

    async def _watch(self) -> None:
        while len(self.lines) < self._at_line:
            await self._ticked.wait()
        # A few words into the sentence: the recogniser has begun, the turn is open.
        await self._until(self.now + 0.3)
        self._begin()


async def play(house: House, cell: Cell) -> Outcome:
    """Hold one call with the fault of `cell`."""
    began = time.monotonic()
    async with house.visit() as visit:
        trouble = Trouble(cell, visit, house.leadline.network)
        async with LeadlineApi(house.leadline.settings.public_url, TOKEN) as api:
            lead_id: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            trace = LiveTrace(api, lead_id, lambda event: None)
            at_line = MOMENTS.get(cell.moment, 10_000)
            caller = _Caller(house, trace, at_line, trouble.begin)
            house.leadline.network.register(visit.number, lambda: caller)
            if cell.moment == "start":
                trouble.begin()
            lead_id.set_result(await api.send_form(_form(visit)))
            await _until(RING_S, lambda: caller.rang or trouble.final)
            if caller.rang:
                await _until(CALL_S, lambda: bool(caller.end_status))
            trouble.end()
            view = await _settled(api, lead_id.result(), caller.rang)
            why = await api.why_not_called(lead_id.result()) if view is None else ""
        return _outcome(cell, house, visit, caller, view, why, trouble, time.monotonic() - began)


def _form(visit: Visit) -> dict[str, object]:
    return {
        "id": visit.flow_id,
        "first_name": "Marcus",
        "last_name": "Bell",
        "phone": visit.number,
        "email": f"{visit.flow_id}@example.com",
        "country": "US",
        "flow": visit.flow_id,
        "answers": {},
        "consent": {
            "call": True,
            "text": "I agree to be called by Harborline, also by an AI assistant.",
            "at": "2026-09-15T10:14:00-07:00",
        },
        "page_url": "https://example.com/quote",
    }


async def _until(seconds: float, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:  # noqa: ASYNC110  phones tell nobody
        await asyncio.sleep(0.02)


async def _settled(api: LeadlineApi, lead_id: str, rang: bool) -> CallView | None:
    """The call once it is over; None if none was made. A machine that is busy with other calls may answer late."""
    view = None
    for _ in range(SETTLE_TRIES):
        with suppress(ApiRefused):
            lead = await api._ask("GET", f"/leads/{lead_id}")
            placed = lead["calls"]
            if isinstance(placed, list) and placed:
                view = await api.call(str(placed[0]))
                if view.over:
                    return view
            elif not rang:
                return None
        await asyncio.sleep(0.1)
    return view


def _outcome(
    cell: Cell,
    house: House,
    visit: Visit,
    caller: _Caller,
    view: CallView | None,
    why: str,
    trouble: Trouble,
    seconds: float,
) -> Outcome:
    calls = [call for call in house.leadline.network.calls if call.to == visit.number]
    silence = max((_silence(call) for call in calls), default=0.0)
    return Outcome(
        cell=cell,
        rang=caller.rang,
        state=view.state if view else "finished",
        disposition=(view.disposition or "") if view else "",
        problem=view.problem if view else why,
        silence_s=round(silence, 2),
        struck=trouble.struck,
        noted=tuple(_noted(view.journal)) if view else (),
        seconds=round(seconds, 1),
    )


def _silence(call: LoopbackCall) -> float:
    return longest_silence(call.tape.left, call.tape.right) if call.tape is not None else 0.0


def _noted(journal: tuple[CallEvent, ...]) -> list[str]:
    found = []
    for event in journal:
        if event.kind not in TELLING or (event.kind == "warmed_up" and not event.facts.get("failed")):
            continue
        words = next((str(value) for key, value in event.facts.items() if key in ("problem", "note", "text")), "")
        found.append(f"{event.kind}: {words}" if words else event.kind)
    return list(dict.fromkeys(found))
