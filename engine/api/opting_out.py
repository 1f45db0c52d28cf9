"""An opt-out that comes in over the API: recorded, and the phones that ring for it silenced at once.

A call of this process is hung up by its switchboard. One of another process is hung up at the carrier from here, by the
carrier's own name for it; its holder hears of it from the carrier, and would have hung up with its next beat anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

from engine.api.services import Services
from engine.store import audit, opt_outs
from engine.store.opt_outs import ASKED_TO_STOP, Door, OptedOut
from engine.store.stopping import Ringing
from engine.telephony.carrier_errors import CarrierError

log = logging.getLogger(__name__)


async def opt_out(
    use: Services,
    phone: str,
    source: str,
    how: str,
    *,
    door: Door,
    words: str = "",
    reason: str = ASKED_TO_STOP,
    also: Collection[str] = (),
    who: str = "",
) -> OptedOut:
    """As `opt_outs.record`, and nobody rings any more when it returns. `who`: for the audit log, where somebody else
    than the person did it. Raises `DatabaseDown`."""
    now = use.clock.now()
    async with use.database.begin() as tx:
        done = await opt_outs.record(tx, phone, source, how, now, also, door=door, words=words, reason=reason)
        if who:
            subject = f"lead:{next(iter(also))}" if also else "do_not_call"
            await audit.add(tx, who, "stopped_calls", subject, {"door": door}, now)
    await silence(use, done.ringing)
    return done


async def silence(use: Services, ringing: Iterable[Ringing]) -> None:
    """Hang up calls that an opt-out has found. Trouble is left to the process that holds the call."""
    for call in ringing:
        if await use.switchboard.stop_ringing(call.call_id) or call.carrier_uuid is None:
            continue
        try:
            await use.carrier.hang_up(call.carrier_uuid)
        except CarrierError as problem:
            log.warning("Call %s is left to its holder to be hung up: %s", call.call_id, problem)
