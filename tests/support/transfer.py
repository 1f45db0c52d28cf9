"""A whole Leadline on loopback in which a caller asks for a person, and a colleague's phone to put them through to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import httpx

from engine.flow import shipped
from engine.providers.stored import vault_of
from engine.sdk import Connection, Json
from engine.settings import Settings
from engine.simulate.network import (
    BusyPhone,
    LoopbackCall,
    LoopbackNetwork,
    MachinePhone,
    NoAnswerPhone,
    PhoneFactory,
    RejectingPhone,
    StaffPhone,
    ToneOrFilePhone,
)
from engine.store import Database, connections, flows
from tests.support.api import Leadline, leadline
from tests.support.call_fakes import tone, voice_frame

WISH, NEVER_MIND, STOP = 1, 2, 3
SENTENCES = {WISH: "Put me through to a person.", NEVER_MIND: "Oh, never mind.", STOP: "Stop calling me."}
ASKS_AT_S = 4.0
"""When the caller says their wish: the opening is over by then."""
SIDE_BY_SIDE = 6
TUESDAY = datetime(2026, 9, 15, 17, 15, tzinfo=UTC)
HELLO = tone(1.0)
"""What a colleague says, over and over."""


def the_caller(*then: tuple[float, int], stays_s: float = 6.5) -> PhoneFactory:
    """Asks for a person; `then`: says these sentences so long after the wish. Hangs up `stays_s` after
    it."""

    def make() -> ToneOrFilePhone:
        sound, at = b"", 0.0
        for after_s, sentence in ((0.0, WISH), *then):
            sound += bytes(640) * round((after_s - at) / 0.02)
            sound += voice_frame(sentence) * 40
            at = after_s + 0.8
        return ToneOrFilePhone(sound, start_after_s=ASKS_AT_S, hang_up_after_s=ASKS_AT_S + stays_s)

    return make


@dataclass(frozen=True)
class Case:
    """A caller, and what becomes of the colleague's phone. `card`: settings of the transfer card; `voicemail`: of the
    card that leaves messages."""

    name: str
    colleague: PhoneFactory | None
    caller: PhoneFactory = field(default_factory=lambda: the_caller(stays_s=6.5))
    card: Mapping[str, Json] = field(default_factory=dict)
    voicemail: Mapping[str, Json] = field(default_factory=dict)


WARM = [
    Case("warm_answered", lambda: StaffPhone(1.0, pcm=HELLO), the_caller(stays_s=9.5)),
    Case("warm_busy", BusyPhone),
    Case("warm_no_answer", NoAnswerPhone, the_caller(stays_s=9.5), {"ring_s": 5}),
    Case("warm_declined", RejectingPhone),
    Case("warm_other_key", lambda: StaffPhone(0.5, key="2")),
    Case("warm_hangs_up", lambda: StaffPhone(0.5, key="", hang_up_after_s=1.5)),
    Case("warm_voicemail", MachinePhone),
    Case("warm_out_of_service", None),
    Case("warm_not_set_up", None, card={"connection": "nobody_knows"}),
    Case("warm_leaves", lambda: StaffPhone(0.5, hang_up_after_s=1.1)),
    Case("warm_never_mind", NoAnswerPhone, the_caller((4.0, NEVER_MIND), stays_s=8.5)),
    Case("warm_stop", NoAnswerPhone, the_caller((3.0, STOP), stays_s=12.5)),
    Case("warm_caller_gone", NoAnswerPhone, the_caller(stays_s=3.5)),
    Case("warm_caller_gone_late", lambda: StaffPhone(0.5, key=""), the_caller(stays_s=4.0)),
]
COLD = [
    Case(f"cold_{name}", colleague, caller or the_caller(stays_s=6.5), {"mode": "cold", **(card or {})})
    for name, colleague, caller, card in (
        ("answered", lambda: StaffPhone(3.0, pcm=HELLO), the_caller(stays_s=9.5), None),
        ("busy", BusyPhone, None, None),
        ("no_answer", NoAnswerPhone, the_caller(stays_s=10.0), {"ring_s": 5}),
        ("declined", RejectingPhone, None, None),
        ("voicemail", MachinePhone, None, None),
        ("out_of_service", None, None, None),
        ("leaves", lambda: StaffPhone(1.0, hang_up_after_s=0.0), None, None),
        ("caller_gone", NoAnswerPhone, the_caller(stays_s=4.5), None),
    )
]

CASES = [*WARM, *COLD]


@dataclass
class Played:
    """A call with a transfer, when it is over. `lead`: the caller's phone; `colleagues`: calls placed to the colleague,
    one if all is well (a cold transfer places none of its own)."""

    lead: LoopbackCall
    colleagues: list[LoopbackCall]
    view: dict[str, Json]

    @property
    def result(self) -> dict[str, Json]:
        return _object(self.view["result"])

    @property
    def disposition(self) -> str:
        return str(_object(self.result["outcome"])["disposition"])

    @property
    def transfer(self) -> dict[str, Json]:
        return _object(self.result["transfer"])

    @property
    def outcome(self) -> str:
        code = self.transfer["code"]
        return f"{self.transfer['result']}" + (f" ({code})" if code else "")

    @property
    def journal(self) -> list[tuple[str, float, dict[str, Json]]]:
        """Kind, seconds on the call's clock, facts."""
        entries = self.view["journal"]
        assert isinstance(entries, list)
        return [
            (str(each["kind"]), float(str(each["at_ms"])) / 1000, _object(each["facts"]))
            for each in map(_object, entries)
        ]

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.journal]

    @property
    def heard(self) -> str:
        """All that the caller heard of the agent."""
        return " ".join(str(facts["text"]) for kind, _, facts in self.journal if kind == "agent_heard")

    def silence(self) -> float:
        """The longest silence in the caller's earpiece, from their wish until they know what came of it."""
        assert self.lead.tape is not None
        until = [
            at for kind, at, facts in self.journal if kind == "agent_heard" and str(facts["text"]).startswith(KNOWS)
        ]
        return self.lead.tape.longest_silence(ASKS_AT_S + 0.8, until[0] if until else None)


KNOWS = ("I'm sorry, nobody is", "Okay, no problem")


def _object(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


class House(Protocol):
    """A running installation, of one process or of several."""

    client: httpx.AsyncClient

    @property
    def network(self) -> LoopbackNetwork: ...

    async def send_form(self, **changes: object) -> httpx.Response: ...


def clock_offset_s() -> float:
    """What brings business time to a moment at which people work."""
    return (TUESDAY - datetime.now(UTC)).total_seconds()


@asynccontextmanager
async def house_with_colleagues(folder: Path, cases: Sequence[Case], **settings: object) -> AsyncIterator[Leadline]:
    """A running Leadline with a flow for each case, so that all can be played side by side."""
    async with leadline(folder, SENTENCES, clock_offset_s=clock_offset_s(), **settings) as house:
        await prepare_cases(house.services.database, house.settings, house.network, cases)
        yield house


async def prepare_cases(
    database: Database, settings: Settings, network: LoopbackNetwork, cases: Sequence[Case]
) -> None:
    """A flow and a colleague's number for each case; the phones are put on the network."""
    now = settings.clock.now()
    text = (shipped.folder() / "home_services.json").read_text()
    vault = vault_of(settings)
    async with database.begin() as tx:
        for number, case in enumerate(cases):
            await connections.save(tx, vault, Connection(case.name, "phone", {"number": _staff(number)}), now)
            flow = json.loads(text) | {"id": f"flow_{case.name}"}
            cards = {node["type"]: node["settings"] for node in flow["nodes"]}
            cards["transfer"] |= {"connection": case.name, **case.card}
            cards["leave_voicemail"] |= case.voicemail
            await flows.save_draft(tx, flow["id"], case.name, json.dumps(flow), by="test", now=now)
            await flows.publish(tx, flow["id"], 1, json.dumps(flow), by="test", now=now)
    network.allow(100.0)  # all at once, which no account of the carrier's could do
    for number, case in enumerate(cases):
        network.register(_lead(number), case.caller)
        if case.colleague is not None:
            network.register(_staff(number), case.colleague)


async def play(house: House, number: int, case: Case, within_s: float = 60.0) -> Played:
    """Call the lead of a case, and come back when the phone was put down and the record is written."""
    sent = await house.send_form(id=case.name, flow=f"flow_{case.name}", phone=_lead(number), name=f"Dana {case.name}")
    assert sent.status_code == 201, sent.text
    async with asyncio.timeout(within_s):
        while not (found := _calls_to(house, _lead(number))):  # noqa: ASYNC110  calls do not tell
            await asyncio.sleep(0.05)
        (lead,) = found
        await lead.answered()
        await lead.ended()
        view: dict[str, Json] = {}
        while view.get("state") not in ("finished", "failed"):
            await asyncio.sleep(0.1)
            ours = (await house.client.get("/calls", params={"lead_id": sent.json()["lead_id"]})).json()["calls"]
            mine = next(each for each in ours if each["flow_id"] == f"flow_{case.name}")
            view = (await house.client.get(f"/calls/{mine['id']}")).json()
    await asyncio.sleep(0.3)  # what comes after the record: a colleague's phone is hung up, the end is noted
    view = (await house.client.get(f"/calls/{view['id']}")).json()
    return Played(lead, _calls_to(house, _staff(number)), view)


async def play_all(folder: Path, cases: Sequence[Case]) -> dict[str, Played]:
    """All cases, by name; a few at a time side by side, so that a busy machine keeps up with their sound."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def in_turn(number: int, case: Case) -> Played:
        async with places:
            return await play(house, number, case)

    async with house_with_colleagues(folder, cases) as house:
        played = await asyncio.gather(*(in_turn(number, case) for number, case in enumerate(cases)))
        assert house.network.violations == []
    return {case.name: each for case, each in zip(cases, played, strict=True)}


def _calls_to(house: House, number: str) -> list[LoopbackCall]:
    return [call for call in house.network.calls if call.to == number]


def _lead(number: int) -> str:
    return f"+1415555267{number:01d}" if number < 10 else f"+141555526{number:02d}"


def _staff(number: int) -> str:
    return f"+1415555{100 + number:04d}"
