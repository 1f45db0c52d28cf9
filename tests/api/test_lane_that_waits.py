"""What a client of the API sees of a lane that has nothing to do before a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.simulate.network import BusyPhone
from engine.store import outbox, steps
from tests.support.api import PHONE, leadline


async def test_a_lane_that_waits_tells_for_what_and_until_when(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, BusyPhone)
        await house.send_form()
        call_id = str((await house.call_in("failed"))["id"])
        now = datetime.now(UTC)
        moment = now + timedelta(days=2)
        async with house.services.database.begin() as tx:
            entry = await outbox.take(tx, call_id, "worker", None, now, now + timedelta(seconds=45))
            assert entry
            await steps.claim(tx, call_id, "remind", "worker", now, now + timedelta(seconds=70))
            await steps.waiting(tx, call_id, "remind", "worker", moment, "Waits until the day before.", now)
            await outbox.later(tx, entry.id, "worker", moment, "Remind: Waits until the day before.", counts=False)
        after = (await house.client.get(f"/calls/{call_id}")).json()["after_call"]
        assert after["state"] == "pending"
        assert datetime.fromisoformat(after["next_at"]) == moment
        [card] = after["steps"]
        assert (card["id"], card["state"], card["attempt"]) == ("remind", "waiting", 0)
        assert card["note"] == "Waits until the day before."
        assert datetime.fromisoformat(card["until"]) == moment
