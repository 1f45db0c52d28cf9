"""The systems of a customer side by side, which cards write into and appointments stand in; all emulators as one."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from engine.flow.model import Flow
from tests.emulators.calcom import CalComEmulator, EventType
from tests.emulators.catch_hooks import MakeEmulator, ZapierEmulator
from tests.emulators.google_calendar import GoogleCalendarEmulator
from tests.emulators.google_sheets import ID, GoogleSheetsEmulator
from tests.emulators.hubspot import HubSpotEmulator
from tests.emulators.meta_graph import MetaGraphEmulator
from tests.emulators.slack import SlackEmulator
from tests.emulators.trio import Emulator, Trio
from tests.emulators.vonage_sms import VonageSmsEmulator
from tests.emulators.web import WebEmulator

VISIT = 10
"""Cal.com's event type."""

Account = tuple[str, dict[str, str]]


class Systems:
    """`async with`: all of them serve."""

    def __init__(self) -> None:
        self.hubspot = HubSpotEmulator()
        self.slack = SlackEmulator()
        self.zapier, self.make = ZapierEmulator(), MakeEmulator()
        self.google_sheets = GoogleSheetsEmulator()
        self.calcom = CalComEmulator()
        self.calcom.add(EventType(VISIT), working_hours(datetime.now(UTC)))
        self.google_calendar = GoogleCalendarEmulator()
        self.meta_graph = MetaGraphEmulator()
        self._certificates = TemporaryDirectory(prefix="leadline-certificates-")
        self.vonage_sms = VonageSmsEmulator(Path(self._certificates.name))
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._exits.callback(self._certificates.cleanup)
        hooks = self.slack, self.zapier, self.make, self.google_sheets
        for each in (self.hubspot, *hooks, self.calcom, self.google_calendar, self.meta_graph, self.vonage_sms):
            await self._exits.enter_async_context(each)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()

    def named(self, name: str) -> Emulator | None:
        return self._all().get(name)

    def addresses(self) -> dict[str, str]:
        return {name: each.address for name, each in self._all().items()}

    def requests(self, name: str) -> list[dict[str, Any]]:
        """What was asked, oldest first, without what was sent."""
        if name in ("hubspot", "calcom"):
            return [{"request": each} for each in (self.hubspot if name == "hubspot" else self.calcom).served]
        if name == "google_calendar":
            return [{"request": each.request} for each in self.google_calendar.served]
        others = {"slack": self.slack, "zapier": self.zapier, "make": self.make, "google_sheets": self.google_sheets}
        if name == "meta_graph":
            return [{"request": each} for each in self.meta_graph.served]
        emulator: WebEmulator = self.vonage_sms if name == "vonage_sms" else others[name]
        return [{"request": f"{each.method} {each.path}"} for each in emulator.requests]

    def connections(self) -> dict[str, Account]:
        """Kind and settings of the connections that lead here, by name."""
        return {
            "hubspot": ("hubspot", {"token": self.hubspot.token, "endpoint": self.hubspot.address}),
            "slack": ("slack", {"url": self.slack.url}),
            "zapier": ("zapier", {"url": self.zapier.url}),
            "make": ("make", {"url": self.make.url}),
            "google_sheets": (
                "google_sheets",
                {"key": self.google_sheets.key_file, "endpoint": self.google_sheets.address, "spreadsheet": ID},
            ),
            "google_calendar": (
                "google_calendar",
                {
                    "key_file": self.google_calendar.key_file,
                    "endpoint": self.google_calendar.address,
                    "calendar": self.google_calendar.calendar.id,
                },
            ),
            "calcom": (
                "calcom",
                {"token": self.calcom.token, "event_type": str(VISIT), "endpoint": self.calcom.address},
            ),
            "meta_graph": ("meta", self.meta_graph.connection()),
            "vonage_sms": ("vonage_sms", self.vonage_sms.connection()),
        }

    def _all(self) -> dict[str, Emulator]:
        return {
            "hubspot": self.hubspot,
            "slack": self.slack,
            "zapier": self.zapier,
            "make": self.make,
            "google_sheets": self.google_sheets,
            "calcom": self.calcom,
            "google_calendar": self.google_calendar,
            "meta_graph": self.meta_graph,
            "vonage_sms": self.vonage_sms,
        }


def working_hours(now: datetime) -> list[datetime]:
    """Every full hour from nine to five of the next four weeks, Monday to Friday, in UTC."""
    days = (
        now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=ahead) for ahead in range(1, 29)
    )
    return [day.replace(hour=hour) for day in days if day.weekday() < 5 for hour in range(9, 17)]


@dataclass(frozen=True)
class Everything:
    """What the control steers: the services of a call, and the systems behind it."""

    trio: Trio
    systems: Systems

    def named(self, name: str) -> Emulator | None:
        return self.trio.named(name) or self.systems.named(name)

    def addresses(self) -> dict[str, str]:
        return {**self.trio.addresses(), **self.systems.addresses()}

    def connections(self) -> dict[str, Account]:
        return {**self.trio.connections(), **self.systems.connections()}

    def learn(self, flow: Flow) -> None:
        self.trio.learn(flow)

    def requests(self, name: str) -> list[dict[str, Any]]:
        return self.systems.requests(name) if self.systems.named(name) else self.trio.requests(name)
