"""A whole Leadline with its outside world on this machine: web server, after-call worker, phone network, CRM stand-in.

Everything speaks its real protocol over loopback on free ports; all files lie in one folder. `leadline demo` and
`leadline simulate --mode sound` play on it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from engine.flow.document import FlowDocument
from engine.schedule.hours import Span, WorkingHours
from engine.sdk import Connection
from engine.simulate.api_client import LeadlineApi
from engine.simulate.emulators import Emulators, start_emulators
from engine.simulate.forwarder import forwarding
from engine.simulate.network import LoopbackNetwork
from engine.simulate.network.credentials import NetworkCredentials, demo_credentials
from engine.simulate.receiver import Receiver
from engine.simulate.scenario import Scenario
from engine.store import Database, connections, flows
from engine.store.appointments import CalendarSetup, appointments, cancel, save_setup
from engine.store.calendar import BuiltInCalendar
from engine.store.connections import open_vault
from engine.store.migration import migrate
from engine.supervisor import Child, Program, Supervisor, free_port

CALENDAR = "main"
AGENT_NUMBER = "+14155550100"
COLLEAGUE_NUMBER = "+14155550150"
"""Whom callers are put through to, by the connection `front_desk` that the shipped flows name."""

Say = Callable[[str], None]
"""Tells a person what is going on, in one short line."""


@dataclass(frozen=True, slots=True)
class StageProviders:
    """`name`: local or google. `emulate`: Google's services are emulators on this machine."""

    name: Literal["local", "google"] = "local"
    emulate: bool = False


LOCAL: Final = StageProviders()


class Stage:
    """One installation for the length of an `async with`.

    `clock`: the moment its business time begins with, None for now. `flow_text`: the flow that calls are made with.
    `servers`: web servers behind one address; the first one that lives gets every new connection. `providers`: who
    listens, speaks and thinks.
    """

    def __init__(
        self,
        folder: Path,
        flow_text: str,
        say: Say,
        clock: datetime | None = None,
        *,
        servers: int = 1,
        providers: StageProviders = LOCAL,
    ) -> None:
        self.folder = folder
        self._providers = providers
        self.flow = FlowDocument.load(flow_text).flow
        self._flow_text = flow_text
        self._say = say
        self._offset_s = (clock - datetime.now(UTC)).total_seconds() if clock is not None else 0.0
        self._servers = servers
        self.servers: list[Child] = []
        self._exits = AsyncExitStack()
        self._token = secrets.token_urlsafe(24)
        self.network: LoopbackNetwork
        self.crm: Receiver
        self.api: LeadlineApi
        self.database: Database
        self.emulators: Emulators | None = None

    @property
    def outbox_folder(self) -> Path:
        return self.folder / "outbox"

    async def __aenter__(self) -> Stage:
        try:
            await self._set()
        except BaseException:
            await self._exits.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()

    async def _set(self) -> None:
        enter = self._exits.enter_async_context
        self.folder.mkdir(parents=True, exist_ok=True)
        account = demo_credentials(self.folder / "carrier")
        self.network = await enter(
            LoopbackNetwork(
                self.folder / "carrier",
                application_id=account.application_id,
                api_key=account.api_key,
                signature_secret=account.signature_secret,
                public_key_pem=account.public_key_pem,
            )
        )
        self.crm = await enter(Receiver())
        port, prefect_port = free_port(), free_port()
        ports = [port] if self._servers == 1 else [free_port() for _ in range(self._servers)]
        environment = self._environment(account, port, prefect_port)
        self._say("Preparing the database, the calendar and the connections ...")
        await self._furnish(environment["LEADLINE_DATABASE_URL"])
        supervisor = await enter(Supervisor(self.folder / "logs"))
        if self._providers.emulate:
            self._say("Starting emulators of Google's speech, voices and Gemini ...")
            await self._emulate(await start_emulators(supervisor))
        self._say("Starting the web server with its speech models, and Prefect beside it ...")
        address = f"http://127.0.0.1:{port}"
        for number, own in enumerate(ports, start=1):
            name = "web-server" if self._servers == 1 else f"web-server-{number}"
            ready = f"http://127.0.0.1:{own}/ready"
            program = Program(
                name, "engine.api", environment={**environment, "LEADLINE_PORT": str(own)}, ready_url=ready, ready_s=120
            )
            self.servers.append(await supervisor.start(program))
        await supervisor.start(Program("after-call", "engine.aftercall", environment=environment, nice=10))
        for server in self.servers:
            await server.ready()
        if ports != [port]:
            await enter(forwarding(port, ports))
        self.api = await enter(LeadlineApi(address, self._token))

    def _environment(self, account: NetworkCredentials, port: int, prefect_port: int) -> dict[str, str]:
        return {
            "LEADLINE_DATA_DIR": str(self.folder),
            "LEADLINE_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder / 'leadline.db'}",
            "LEADLINE_PORT": str(port),
            "LEADLINE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "LEADLINE_API_TOKEN": self._token,
            "LEADLINE_CLOCK_OFFSET_S": f"{self._offset_s:.3f}",
            "LEADLINE_PREFECT_PORT": str(prefect_port),
            "LEADLINE_DRAIN_S": "5",
            "LEADLINE_PHONE": "simulated",
            "LEADLINE_PROVIDERS": self._providers.name,
            "LEADLINE_VONAGE_APPLICATION_ID": account.application_id,
            "LEADLINE_VONAGE_PRIVATE_KEY_PATH": str(account.private_key_file),
            "LEADLINE_VONAGE_API_KEY": account.api_key,
            "LEADLINE_VONAGE_SIGNATURE_SECRET": account.signature_secret,
            "LEADLINE_VONAGE_NUMBER": AGENT_NUMBER,
            "LEADLINE_VONAGE_API_HOST": self.network.api_host,
            "LEADLINE_VONAGE_CA_BUNDLE": str(self.network.ca_file),
        }

    async def _furnish(self, address: str) -> None:
        await migrate(address)
        self.database = Database(address)
        self._exits.push_async_callback(self.database.close)
        now = datetime.now(UTC) + timedelta(seconds=self._offset_s)
        vault = open_vault(None, self.folder)
        crm = Connection("crm", "webhook", {"url": self.crm.url, "secret": self.crm.secret, "inside": "yes"})
        mail = Connection("mail", "outbox_folder", {"folder": str(self.outbox_folder)})
        colleague = Connection("front_desk", "phone", {"number": COLLEAGUE_NUMBER})
        async with self.database.begin() as tx:
            for connection in (crm, mail, colleague):
                await connections.save(tx, vault, connection, now)
            await flows.save_draft(tx, self.flow.id, self.flow.name, self._flow_text, by="leadline demo", now=now)
            version = await flows.next_version(tx, self.flow.id)
            await flows.publish(tx, self.flow.id, version, self._flow_text, by="leadline demo", now=now)
            await save_setup(tx, CalendarSetup(CALENDAR, self.flow.seller.zone, WorkingHours()))

    async def _emulate(self, emulators: Emulators) -> None:
        self.emulators = emulators
        await emulators.teach(self._flow_text)
        await emulators.save_accounts(self.database, open_vault(None, self.folder), datetime.now(UTC))

    async def open_calendar(self, scenario: Scenario) -> None:
        """Make exactly the scenario's openings free, whatever was booked before."""
        zone = ZoneInfo(scenario.zone)
        special: dict[date, tuple[Span, ...]] = {}
        for start in (datetime.fromisoformat(text) for text in scenario.calendar.free):
            minute = start.hour * 60 + start.minute
            special[start.date()] = (*special.get(start.date(), ()), Span(minute, minute + 60))
        async with self.database.begin() as tx:
            since = datetime.combine(scenario.clock.date(), time(0), zone)
            for each in await appointments(tx, CALENDAR, since):
                await cancel(tx, each.booking.id, scenario.clock)
            await save_setup(tx, CalendarSetup(CALENDAR, scenario.zone, WorkingHours({}, special), step_min=60))

    async def take_opening(self, start: datetime) -> None:
        """The office needs the time for something else."""
        calendar = await BuiltInCalendar.open(self.database, CALENDAR)
        await calendar.block(start, start + timedelta(hours=1), "taken by a colleague")

    async def bookings(self, scenario: Scenario) -> list[datetime]:
        """Starts of the appointments that stand in the calendar, in the scenario's zone."""
        zone = ZoneInfo(scenario.zone)
        async with self.database.read() as tx:
            found = await appointments(tx, CALENDAR, datetime.combine(scenario.clock.date(), time(0), zone))
        return [each.booking.opening.start.astimezone(zone) for each in found]
