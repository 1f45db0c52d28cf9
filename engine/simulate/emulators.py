"""Google's services on this machine: the emulators of a source checkout, started as a process of their own.

They belong to Leadline's tests, so an installed package has none.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

import engine
from engine.sdk import Connection, ConnectionMissing
from engine.store import Database, connections
from engine.store.connections import Vault
from engine.supervisor import Program, Supervisor, free_port

EMULATED_KEY = "emulator"
EMULATED_PROJECT = "emulated-project"


class NoEmulators(Exception):
    """There are no emulators here. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Emulators:
    """Addresses of running emulators: host:port for gRPC, base URLs for HTTP."""

    speech: str
    voice: str
    gemini: str
    control: str

    def accounts(self) -> tuple[Connection, ...]:
        """Connections that lead to them, under the names that the settings expect."""
        google = {"project": EMULATED_PROJECT, "speech_endpoint": self.speech, "voice_endpoint": self.voice}
        return (
            Connection("google", "google", google),
            Connection("gemini", "gemini", {"api_key": EMULATED_KEY, "endpoint": self.gemini}),
        )

    async def save_accounts(self, database: Database, vault: Vault, now: datetime) -> None:
        """Replaces what an earlier start left: addresses change. An account that was entered by a person is never
        replaced: raises `NoEmulators`, or `WrongKey` for one that cannot be opened."""
        async with database.begin() as tx:
            for account in self.accounts():
                with suppress(ConnectionMissing):
                    there = await connections.read(tx, vault, account.name)
                    if not any(name.endswith("endpoint") for name in there.settings):
                        raise NoEmulators(
                            f"The connection '{account.name}' holds an account that an emulator would replace. Use "
                            "another data folder (LEADLINE_DATA_DIR), or remove the connection."
                        )
                await connections.save(tx, vault, account, now)

    async def teach(self, flow_text: str) -> None:
        """Let Gemini's stand-in know a flow; the shipped ones it knows."""
        async with httpx.AsyncClient(trust_env=False, timeout=10.0) as client:
            (await client.put(f"{self.control}/gemini/flow", content=flow_text.encode())).raise_for_status()


HERE: Final = Path(engine.__file__).resolve().parents[1]


def checkout(root: Path = HERE) -> Path:
    """The folder of the source checkout that this program runs from. Raises `NoEmulators`."""
    if not (root / "tests" / "emulators" / "__main__.py").is_file():
        raise NoEmulators(
            "Emulators of Google's services come with Leadline's source code, not with the installed package: run this "
            "from a checkout of the repository."
        )
    return root


async def start_emulators(supervisor: Supervisor) -> Emulators:
    """Start them and wait until they serve. Raises `NoEmulators`, `ChildFailed`."""
    root = checkout()
    port = free_port()
    control = f"http://127.0.0.1:{port}"
    child = await supervisor.start(
        Program(
            "emulators",
            "tests.emulators",
            ("--control-port", str(port)),
            {"PYTHONPATH": str(root)},
            ready_url=f"{control}/ready",
            ready_s=120,
        )
    )
    await child.ready()
    async with httpx.AsyncClient(trust_env=False, timeout=10.0) as client:
        found = (await client.get(f"{control}/")).json()
    return Emulators(found["speech"], found["voice"], found["gemini"], control)
