"""The stand-ins of Zapier's and Make's hooks say what the services say."""

from __future__ import annotations

import httpx
import pytest

from tests.emulators.catch_hooks import MakeEmulator, ZapierEmulator
from tests.emulators.faults import Fault


async def test_zapier_says_success_to_everything_and_runs_only_zaps_that_are_on() -> None:
    async with ZapierEmulator() as zapier, httpx.AsyncClient() as web:
        on = await web.post(zapier.url, json={"lead": {"name": "Zoë"}, "n": 1})
        off = await web.post(f"{zapier.address}/hooks/catch/123456/other/", json={"n": 2})
    assert (on.status_code, off.status_code) == (200, 200)
    assert on.json().keys() == {"attempt", "id", "request_id", "status"}
    assert off.json()["status"] == "success"
    assert zapier.runs == [{"lead__name": "Zoë", "n": 1}]


async def test_zapier_starts_a_run_for_each_element_of_a_list() -> None:
    async with ZapierEmulator() as zapier, httpx.AsyncClient() as web:
        await web.post(zapier.url, json=[{"n": 1}, {"n": 2}])
    assert zapier.runs == [{"n": 1}, {"n": 2}]


async def test_zapier_takes_thirty_a_second() -> None:
    async with ZapierEmulator(clock=lambda: 0.0) as zapier, httpx.AsyncClient() as web:
        codes = [(await web.post(zapier.url, json={})).status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]


async def test_make_accepts_in_a_text_until_its_queue_is_full() -> None:
    async with MakeEmulator() as make, httpx.AsyncClient() as web:
        make.room = 1
        first, second = [await web.post(make.url, json={"n": n}) for n in (1, 2)]
        gone = await web.post(f"{make.address}/unknown", json={})
        make.active = False
        off = await web.post(make.url, json={})
    assert (first.status_code, first.text) == (200, "Accepted")
    assert (second.status_code, second.text) == (400, "Queue is full.")
    assert (gone.status_code, off.status_code) == (410, 410)
    assert make.bundles == [{"n": 1}]


async def test_make_takes_three_hundred_in_ten_seconds() -> None:
    now = 0.0
    async with MakeEmulator(clock=lambda: now) as make, httpx.AsyncClient() as web:
        codes = {(await web.post(make.url, json={})).status_code for _ in range(300)}
        beyond = await web.post(make.url, json={})
        now = 11.0
        later = await web.post(make.url, json={})
    assert (codes, beyond.status_code, later.status_code) == ({200}, 429, 200)


@pytest.mark.parametrize("kind", ["cut", "corrupt"])
async def test_a_spoilt_answer_comes_after_the_message_was_taken(kind: str) -> None:
    async with MakeEmulator() as make, httpx.AsyncClient() as web:
        make.faults.set(Fault("cut" if kind == "cut" else "corrupt", times=1))
        if kind == "cut":
            with pytest.raises(httpx.RemoteProtocolError):
                await web.post(make.url, json={"n": 1})
        else:
            assert (await web.post(make.url, json={"n": 1})).status_code == 502
    assert make.bundles == [{"n": 1}]
