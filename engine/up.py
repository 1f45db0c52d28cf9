"""`leadline up`: the whole product on one machine, each part in a process of its own, watched and restarted.

Without an account anywhere the outside world is simulated here too: a phone network on which everybody picks up and
talks, and a stand-in for the CRM. Settings replace each part (docs/settings.md).
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.providers.stored import newest_texts, vault_of
from engine.sdk import Connection
from engine.settings import Settings, SettingsProblem
from engine.simulate.api_client import LeadlineApi
from engine.simulate.emulators import start_emulators
from engine.simulate.neighbourhood import settle
from engine.simulate.network import LoopbackNetwork, demo_credentials
from engine.simulate.receiver import Receiver
from engine.simulate.scenario import load_suite
from engine.simulate.scenario import shipped as shipped_scenarios
from engine.speech.stack import caller_voice
from engine.store import Database, connections
from engine.store.connections import Vault, WrongKey
from engine.store.migration import migrate
from engine.supervisor import Program, Supervisor

BUILDER: Final = Path("ui") / "app.py"
RECEIVER: Final = re.compile(r"http://127\.0\.0\.1:\d+/hooks")
"""Addresses of `Receiver`."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class UpOptions:
    """`builder_port` 0 leaves the builder out. `emulate`: Google's services are emulators on this machine."""

    builder_port: int = 8501
    emulate: bool = False


async def run(settings: Settings, options: UpOptions, say: Say) -> None:
    """Start everything and keep it running until Ctrl-C or SIGTERM. Raises `SettingsProblem`, `ChildFailed`."""
    if options.emulate and settings.phone == "vonage":
        raise SettingsProblem(
            "--emulate does not go with LEADLINE_PHONE=vonage: real people would be called by an emulated mind. "
            "Leave --emulate out, or set LEADLINE_PHONE=simulated."
        )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    address = f"http://{settings.host}:{settings.port}"
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    async with AsyncExitStack() as exits:
        say("Preparing the database ...")
        await migrate(settings.database_address)
        environment = {"LEADLINE_DRAIN_S": "10"}
        if options.builder_port:
            environment["LEADLINE_BUILDER_ORIGINS"] = ",".join(origins(settings, options.builder_port))
        simulated = settings.phone == "simulated"
        crm = await exits.enter_async_context(Receiver()) if simulated else None
        await furnish(settings, crm)
        network: LoopbackNetwork | None = None
        if simulated:
            say("Starting a telephone network on this machine, on which everybody picks up ...")
            network, account = await _network(exits, settings)
            environment |= account
        supervisor = await exits.enter_async_context(Supervisor(settings.data_dir / "logs"))
        if options.emulate:
            say("Starting emulators of Google's speech, voices and Gemini ...")
            environment |= await _emulate(settings, supervisor)
        say("Starting the web server and its speech models ...")
        server = await supervisor.start(
            Program("web-server", "engine.api", environment=environment, ready_url=f"{address}/ready", ready_s=120)
        )
        await server.ready()
        worker = await supervisor.start(Program("after-call", "engine.aftercall", environment=environment, nice=10))
        children = [server, worker]
        if options.builder_port and importlib.util.find_spec("streamlit") is not None:
            children.append(await supervisor.start(_builder(address, token, options.builder_port)))
        if network is not None:
            api = await exits.enter_async_context(LeadlineApi(address, token))
            suite = load_suite(shipped_scenarios("neighbour"))
            settle(network, api, suite, suite.get("neighbour"), await caller_voice())
        _tell_addresses(settings, options, address, say)
        keepers = [asyncio.create_task(supervisor.keep_alive(child)) for child in children]
        try:
            await stopped.wait()
            say("Stopping; running calls get a few seconds to end ...")
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)


async def furnish(settings: Settings, crm: Receiver | None) -> None:
    """Somewhere for the shipped flows' messages to go. Keeps what exists; only the CRM stand-in, whose address changes
    at each start, is written anew, as long as nobody has put a real CRM in its place."""
    database = Database(settings.database_address)
    vault = vault_of(settings)
    now = datetime.now(UTC)
    try:
        async with database.begin() as tx:
            known = {each.name for each in await connections.overview(tx)}
            if "mail" not in known:
                await connections.save(tx, vault, Connection("mail", "outbox_folder", {}), now)
            if crm is not None and ("crm" not in known or await _is_stand_in(tx, vault, "crm")):
                stand_in = Connection("crm", "webhook", {"url": crm.url, "secret": crm.secret, "inside": "yes"})
                await connections.save(tx, vault, stand_in, now)
    finally:
        await database.close()


async def _is_stand_in(tx: AsyncConnection, vault: Vault, name: str) -> bool:
    """Whether a connection still leads to a receiver of an earlier start. One that cannot be read is somebody's."""
    try:
        kept = await connections.read(tx, vault, name)
    except WrongKey:
        return False
    return kept.kind == "webhook" and RECEIVER.fullmatch(str(kept.settings.get("url"))) is not None


async def _network(exits: AsyncExitStack, settings: Settings) -> tuple[LoopbackNetwork, dict[str, str]]:
    folder = settings.data_dir.absolute() / "simulated-network"
    account = demo_credentials(folder)
    network = await exits.enter_async_context(
        LoopbackNetwork(
            folder,
            application_id=account.application_id,
            api_key=account.api_key,
            signature_secret=account.signature_secret,
            public_key_pem=account.public_key_pem,
        )
    )
    return network, {
        "LEADLINE_VONAGE_APPLICATION_ID": account.application_id,
        "LEADLINE_VONAGE_PRIVATE_KEY_PATH": str(account.private_key_file),
        "LEADLINE_VONAGE_API_KEY": account.api_key,
        "LEADLINE_VONAGE_SIGNATURE_SECRET": account.signature_secret,
        "LEADLINE_VONAGE_API_HOST": network.api_host,
        "LEADLINE_VONAGE_CA_BUNDLE": str(network.ca_file),
    }


async def _emulate(settings: Settings, supervisor: Supervisor) -> dict[str, str]:
    """Google's services on this machine, as the connections `google` and `gemini`; the setting that chooses them.
    Raises `NoEmulators`, `ChildFailed`."""
    emulators = await start_emulators(supervisor)
    database = Database(settings.database_address)
    try:
        await emulators.save_accounts(database, vault_of(settings), datetime.now(UTC))
        for each in await newest_texts(database):
            await emulators.teach(each)
    finally:
        await database.close()
    return {"LEADLINE_PROVIDERS": "google"}


def origins(settings: Settings, port: int) -> list[str]:
    """Where the pages may be opened: the builder of this command, and others that are set."""
    own = [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost")]
    return list(dict.fromkeys((*own, *settings.origins_of_builder)))


def _builder(address: str, token: str, port: int) -> Program:
    found = importlib.util.find_spec("ui")
    assert found is not None and found.submodule_search_locations is not None
    script = Path(next(iter(found.submodule_search_locations))) / BUILDER.name
    arguments = ("run", str(script), "--server.port", str(port), "--server.address", "127.0.0.1")
    quiet = ("--server.headless", "true", "--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none")
    environment = {"LEADLINE_API": address, "LEADLINE_API_TOKEN": token}
    return Program("builder", "streamlit", (*arguments, *quiet), environment, nice=5)


def _tell_addresses(settings: Settings, options: UpOptions, address: str, say: Say) -> None:
    say("")
    if options.builder_port:
        say(f"Leadline is running. Open  http://127.0.0.1:{options.builder_port}")
    say(f"  API and its description   {address}/docs")
    if settings.embedded_prefect:
        say(f"  Prefect's dashboard       http://127.0.0.1:{settings.prefect_port}   (a few seconds later)")
    say(f"  Files and logs            {settings.data_dir.absolute()}")
    say("  Hold a call               leadline call        (in another terminal)")
    say("Stop with Ctrl-C.")
