"""A dialer in a process of its own, killed at a step of its choosing: `python -m tests.support.mortal_dialer <json>`.

`database`: its address. `folder`: of the network's account. `api_host`, `ca_file`: of the network. `dies`: the step at
which it kills itself with SIGKILL, empty if it lives.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from engine.call import heart
from engine.call.engines import Engines
from engine.call.fixed_audio import FixedAudio
from engine.call.switchboard import House, Switchboard
from engine.clock import Clock
from engine.dialing import Dialer, Line, Placing, Telephones
from engine.dialing.follow_up import follow_up
from engine.dialogue.offline import OfflineModel
from engine.sdk.registry import discover
from engine.simulate.network import demo_credentials
from engine.store import Database
from engine.store import calls as call_rows
from engine.telephony.client import Credentials, VonageClient
from engine.telephony.line_tokens import LineTokens
from engine.with_parent import end_with_parent
from tests.support import call_fakes
from tests.support.api import QuickTts

STEPS: Final = (
    "before the claim",
    "after the claim",
    "after it was made ready",
    "after the last gate",
    "request sent, answer lost",
    "answered, not remembered",
    "while it rings",
)
ASKED: Final = STEPS[4:]
"""Steps after which the carrier surely has the call."""

GATED: Final = STEPS[3:]
"""Steps after which nobody may ask again."""

SILENT_S, OVER_S = 2.0, 1.0
"""A dead process is believed dead sooner than the minute that a carrier's tries take: nobody waits on a line here."""


def dies(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(work: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def dying(*given: Any, **named: Any) -> Any:
        dies()
        return await work(*given, **named)

    return dying


def after(work: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def dying(*given: Any, **named: Any) -> Any:
        await work(*given, **named)
        dies()

    return dying


def arm(step: str, dialer: Dialer, board: Switchboard, placing: Placing, client: VonageClient) -> None:
    match step:
        case "before the claim":
            dialer._claiming.claim = before(dialer._claiming.claim)  # type: ignore[method-assign]
        case "after the claim":
            dialer._claiming.claim = after(dialer._claiming.claim)  # type: ignore[method-assign]
        case "after it was made ready":
            board.prepare = after(board.prepare)  # type: ignore[method-assign]
        case "after the last gate":
            client.create_call = before(client.create_call)  # type: ignore[method-assign]
        case "request sent, answer lost":
            client.create_call = after(client.create_call)  # type: ignore[method-assign]
        case "answered, not remembered":
            call_rows.accepted = before(call_rows.accepted)
        case "while it rings":
            placing.place = after(placing.place)  # type: ignore[method-assign]
        case _:
            assert not step, step


async def main(order: dict[str, str]) -> None:
    folder = Path(order["folder"])
    heart.SILENT_S, heart.OVER_S = SILENT_S, OVER_S  # type: ignore[misc]
    account = demo_credentials(folder / "account")
    client = VonageClient(
        Credentials(account.application_id, account.private_key_file),
        api_host=order["api_host"],
        ca_file=Path(order["ca_file"]),
    )
    database, clock = Database(order["database"]), Clock()
    fakes = call_fakes.Engines(call_fakes.FakeStt({}), tts=QuickTts())
    engines = Engines(fakes.stack, OfflineModel(), FixedAudio(fakes.stack.tts))
    house = House("http://127.0.0.1:9", folder / "recordings", max_calls=5)
    board = Switchboard(
        database, discover(), engines, house, clock, client, LineTokens("secret"), after_end=follow_up(clock)
    )
    board.webhook_believed()
    placing = Placing(database, board, Line(client, "+14155550100", "http://127.0.0.1:9"), clock)
    dialer = Dialer(database, board, placing, clock, Telephones("+14155550100", real=False))
    arm(order["dies"], dialer, board, placing, client)
    print("ready", flush=True)
    # Who is about to die clears up after nobody else.
    await asyncio.gather(dialer.run(), *([] if order["dies"] else [board.look_after()]))


if __name__ == "__main__":
    end_with_parent()
    asyncio.run(main(json.loads(sys.argv[1])))
