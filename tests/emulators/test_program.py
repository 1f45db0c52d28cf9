"""The emulators as a program of their own: it says where it serves, can be steered from outside, and ends with us."""

from __future__ import annotations

import httpx
import pytest

from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.providers.declared import all_kinds
from engine.sdk import Connection, Permanent
from engine.sdk.registry import discover
from engine.simulate.emulators import EMULATED_KEY, EMULATED_PROJECT, Emulators
from tests.emulators import trio as trios
from tests.emulators.control import control
from tests.emulators.faults import Fault
from tests.emulators.gemini.server import GeminiEmulator
from tests.emulators.google_speech import Scripted
from tests.emulators.google_voice import ToneSound
from tests.emulators.systems import Everything, Systems
from tests.emulators.trio import Trio


def trio() -> Trio:
    return Trio(Scripted(), ToneSound(), OfflineModel())


async def test_faults_are_set_and_cleared_from_outside() -> None:
    async with trio() as emulators, control(emulators) as address, httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/ready")).json() == emulators.addresses()
        assert (await client.put("/voice/fault", json={"kind": "delay", "seconds": 2.5, "times": 3})).status_code == 204
        assert emulators.voice.faults.standing == Fault("delay", seconds=2.5, times=3)
        assert (await client.get("/voice")).json()["fault"]["seconds"] == 2.5
        assert emulators.speech.faults.standing is None
        assert (await client.delete("/voice/fault")).status_code == 204
        assert emulators.voice.faults.standing is None


async def test_what_is_no_fault_or_no_emulator_is_refused_in_words() -> None:
    async with trio() as emulators, control(emulators) as address, httpx.AsyncClient(base_url=address) as client:
        assert (await client.put("/voice/fault", json={"kind": "explode"})).status_code == 422
        assert (await client.put("/voice/fault", json={"sort": "cut"})).status_code == 422
        assert (await client.put("/radio/fault", json={"kind": "cut"})).status_code == 404
        assert emulators.voice.faults.standing is None


async def test_the_systems_of_a_customer_are_steered_beside_them_and_tell_how_to_connect() -> None:
    async with (
        trio() as emulators,
        Systems() as systems,
        control(Everything(emulators, systems)) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        assert {"gemini", "hubspot", "slack", "zapier", "make", "google_sheets"} <= {*(await client.get("/")).json()}
        told = (await client.get("/connections")).json()
        kinds = all_kinds(discover())
        names = ("hubspot", "slack", "zapier", "make", "google_sheets", "calcom", "google_calendar", "meta_graph")
        for name in (*names, "vonage_sms"):
            kind = kinds[told[name]["kind"]]
            assert kind.test is not None
            await kind.test(Connection(name, kind.kind, told[name]["settings"]))
            assert (await client.get(f"/{name}")).json()["requests"] > 0
        assert (await client.put("/slack/fault", json={"kind": "refuse", "error": "no_service"})).status_code == 204
        with pytest.raises(Permanent, match="no_service"):
            slack = kinds["slack"].test
            assert slack is not None
            await slack(Connection("slack", "slack", told["slack"]["settings"]))
        assert "make" in (await client.get("/radio")).json()["problem"]


async def test_geminis_stand_in_is_taught_a_flow() -> None:
    text = (shipped.folder() / "home_services.json").read_text(encoding="utf-8").replace("home_services_v1", "mine")
    async with trio() as emulators, control(emulators) as address:
        told = Emulators(**emulators.addresses(), control=address)
        await told.teach(text)
        assert "mine" in emulators._brain.flows


def test_the_product_knows_the_key_and_the_project_of_the_emulators() -> None:
    assert (EMULATED_KEY, EMULATED_PROJECT) == (trios.KEY, trios.PROJECT)
    assert GeminiEmulator().keys == (EMULATED_KEY,)
