"""One lead, one call: two dialers at once, a carrier that is busy, silent or out of reach."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.call.live import CallOrder, LiveCall
from engine.call.switchboard import House, Switchboard
from engine.clock import Clock
from engine.dialing import Dialer, Dialled, Line, NotDialled, Placing, Telephones
from engine.dialing.first_due import first_due
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.leads import Arrival, Inlet, read_submission
from engine.sdk.registry import discover
from engine.simulate.network import LoopbackNetwork, NoAnswerPhone, demo_credentials
from engine.store import Database, calls, flows, leads, opt_outs, suppression
from engine.telephony.client import Credentials, VonageClient
from engine.telephony.line_tokens import LineTokens
from tests.support import call_fakes
from tests.support.api import QuickTts

PHONE = "+14155552671"
FLOW = "home_services_v1"
TELEPHONES = Telephones("+14155550100", real=False)
FORM = {"name": "Dana Reyes", "phone": PHONE, "consent": "on", "consent_text": "An AI may call me."}


@dataclass
class Desk:
    """Two processes' dialers on one database and one network."""

    database: Database
    network: LoopbackNetwork
    clock: Clock
    dialers: list[Dialer]
    boards: list[Switchboard]
    clients: list[VonageClient]

    async def lead(self, ago: timedelta = timedelta(), **changes: str) -> str:
        form = read_submission({**FORM, **changes}, Arrival(FLOW, "Harborline Home Services LLC", "US"))
        return (await Inlet(self.database, Clock(-ago)).take_in(form)).lead.id

    async def states(self) -> list[tuple[str, str | None]]:
        async with self.database.read() as tx:
            return [(each.state, each.disposition) for each in await calls.recent(tx)]


@asynccontextmanager
async def desk(database: Database, folder: Path, calls_per_second: float = 50.0) -> AsyncIterator[Desk]:
    clock = Clock()
    document = shipped.load("home_services")
    async with database.begin() as tx:
        await flows.save_draft(tx, FLOW, "Home", document.save(), by="test", now=clock.now())
        await flows.publish(tx, FLOW, 1, document.save(), by="test", now=clock.now())
    account = demo_credentials(folder / "account")
    async with AsyncExitStack() as open_things:
        network = await open_things.enter_async_context(
            LoopbackNetwork(
                folder,
                application_id=account.application_id,
                api_key=account.api_key,
                signature_secret=account.signature_secret,
                public_key_pem=account.public_key_pem,
                calls_per_second=calls_per_second,
            )
        )
        network.register_others(NoAnswerPhone)
        fakes = call_fakes.Engines(call_fakes.FakeStt({}), tts=QuickTts())
        boards, dialers, clients = [], [], []
        for _ in range(2):
            client = VonageClient(
                Credentials(account.application_id, account.private_key_file),
                api_host=network.api_host,
                ca_file=network.ca_file,
                timeout_s=3,
            )
            open_things.callback(client.close)
            clients.append(client)
            engines = Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))
            house = House("http://127.0.0.1:9", folder / "recordings", max_calls=8)
            board = Switchboard(database, discover(), engines, house, clock, client, LineTokens("secret"))
            boards.append(board)
            line = Line(client, "+14155550100", "http://127.0.0.1:9")
            dialers.append(
                Dialer(
                    database,
                    board,
                    Placing(database, board, line, clock),
                    clock,
                    TELEPHONES,
                )
            )
        try:
            yield Desk(database, network, clock, dialers, boards, clients)
        finally:
            for board in boards:
                await board.drain(0.0)


async def test_two_dialers_on_one_lead_place_one_call(database: Database, tmp_path: Path) -> None:
    async with desk(database, tmp_path) as here:
        lead_id = await here.lead()
        outcomes = await asyncio.gather(*(here.dialers[turn % 2].call_lead(lead_id) for turn in range(6)))
        assert sum(isinstance(each, Dialled) for each in outcomes) == 1
        assert {each.state for each in outcomes if isinstance(each, NotDialled)} == {"claimed"}
        assert len(here.network.calls) == 1
        assert len(await here.states()) == 1


async def test_two_forms_of_one_person_are_one_call(database: Database, tmp_path: Path) -> None:
    async with desk(database, tmp_path) as here:
        # So long after each other that the second form is another wish.
        one, other = await here.lead(timedelta(hours=30), service="Roof"), await here.lead(service="Gutters")
        assert one != other
        await asyncio.gather(here.dialers[0].call_lead(one), here.dialers[1].call_lead(other))
        assert len(here.network.calls) == 1


async def test_a_suppressed_number_is_never_dialled(database: Database, tmp_path: Path) -> None:
    async with desk(database, tmp_path) as here:
        lead_id = await here.lead()
        async with database.begin() as tx:
            await suppression.add(tx, PHONE, "asked us to stop", "call_0", here.clock.now())
        outcome = await here.dialers[0].call_lead(lead_id)
        assert isinstance(outcome, NotDialled)
        assert outcome.state == "not_allowed"
        assert here.network.calls == []
        async with database.read() as tx:
            lead = await leads.read(tx, lead_id)
            assert lead is not None
            assert lead.state == "closed"
            assert list(await first_due(tx, here.clock.now() + timedelta(days=1), 100)) == []


@pytest.mark.parametrize("sqlite_or_postgresql", ["sqlite"], indirect=True)
async def test_a_lost_answer_is_not_dialled_again(database: Database, tmp_path: Path) -> None:
    async with desk(database, tmp_path) as here:
        here.network.swallow_answers = 1
        outcome = await here.dialers[0].call_lead(await here.lead())
        assert isinstance(outcome, NotDialled)
        assert outcome.state == "unknown"
        assert len(here.network.calls) == 1
        assert await here.states() == [("placed", None)]  # its webhooks will tell
        [live] = here.boards[0].calls
        assert live.tally.kinds["trouble"] == 1, "the journal says why nobody knows"


@pytest.mark.parametrize("sqlite_or_postgresql", ["sqlite"], indirect=True)
async def test_a_carrier_out_of_reach_is_asked_again_and_then_told_in_plain_words(
    database: Database, tmp_path: Path
) -> None:
    async with desk(database, tmp_path) as here:
        lead_id = await here.lead()
        nowhere = VonageClient(
            Credentials("app", demo_credentials(tmp_path / "account").private_key_file), api_host="localhost:9"
        )
        line = Line(nowhere, "+14155550100", "http://127.0.0.1:9")
        placing = Placing(database, here.boards[0], line, here.clock)
        outcome = await Dialer(database, here.boards[0], placing, here.clock, TELEPHONES).call_lead(lead_id)
        nowhere.close()
        assert isinstance(outcome, NotDialled)
        assert outcome.state == "unreachable"
        assert "Nothing was sent" in outcome.why
        assert await here.states() == [("failed", "failed")]
        assert here.boards[0].calls == ()


@pytest.mark.parametrize("sqlite_or_postgresql", ["sqlite"], indirect=True)
async def test_leads_that_are_due_are_dialled_after_a_restart(database: Database, tmp_path: Path) -> None:
    async with desk(database, tmp_path) as here:
        await here.lead()
        running = asyncio.create_task(here.dialers[0].run())
        async with asyncio.timeout(10):
            call = await here.network.next_call()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert call in here.network.calls
        assert len(here.network.calls) == 1


@pytest.mark.parametrize("sqlite_or_postgresql", ["sqlite"], indirect=True)
async def test_an_opt_out_between_claim_and_request_ends_the_call_in_plain_words_and_asks_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(database, tmp_path) as here:
        lead_id = await here.lead()
        prepare = here.boards[0].prepare

        async def slowly(order: CallOrder) -> LiveCall:
            async with database.begin() as tx:
                await opt_outs.record(tx, PHONE, "text_1", "wrote STOP", here.clock.now())
            return await prepare(order)

        monkeypatch.setattr(here.boards[0], "prepare", slowly)
        outcome = await here.dialers[0].call_lead(lead_id)
        assert isinstance(outcome, NotDialled)
        assert outcome.state == "withdrawn"
        assert here.network.calls == []
        async with database.read() as tx:
            [call] = await calls.recent(tx)
        assert (call.state, call.reason, call.requested_at) == ("failed", "not_placed", None)
        assert "do-not-call" in call.problem
