"""Where cards may send to: judged after the name was resolved, and nothing else is connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from nodes.connect.addresses import Address, AddressRefused, Guarded, Reach, on_this_machine, refusal, written_inside
from tests.support.certificates import made_for
from tests.support.http import Door

WORLD = ("8.8.8.8", "2606:4700::1111")
OWN = ("10.0.0.7", "172.16.3.4", "192.168.1.9", "127.0.0.1", "127.8.8.8", "::1", "fd12::7", "100.64.0.9")
WRAPPED = ("::ffff:10.0.0.7", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1")
CLOUD = ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "::ffff:169.254.169.254")
NOBODY = ("0.0.0.0", "::", "169.254.3.4", "fe80::1", "224.0.1.1", "ff02::1", "255.255.255.255", "240.0.0.1",
          "192.0.2.1", "198.18.0.1", "2001:db8::1")  # fmt: skip


@pytest.mark.parametrize(
    ("reach", "open_to", "closed_to"),
    [
        (Reach.INTERNET, WORLD, (*OWN, *WRAPPED, *CLOUD, *NOBODY)),
        (Reach.ANYWHERE, (*WORLD, *OWN, *WRAPPED), (*CLOUD, *NOBODY)),
        (Reach.INSIDE, (*OWN, *WRAPPED), (*WORLD, *CLOUD, *NOBODY)),
    ],
)
def test_private_loopback_link_local_and_metadata_addresses_are_told_apart(
    reach: Reach, open_to: Sequence[str], closed_to: Sequence[str]
) -> None:
    refused = {each: bool(refusal(ipaddress.ip_address(each), reach)) for each in (*open_to, *closed_to)}
    assert refused == dict.fromkeys(open_to, False) | dict.fromkeys(closed_to, True)


def test_only_what_is_written_as_an_address_of_ones_own_is_one() -> None:
    inside = [each for each in ("localhost", *OWN) if written_inside(each)]
    assert inside == ["localhost", *OWN]
    assert not [each for each in (*WORLD, *CLOUD, *NOBODY, "127.1", "crm.example", "") if written_inside(each)]


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("http://127.0.0.1:9004", True),
        ("http://localhost:9004/path", True),
        ("http://[::1]:9004", True),
        ("http://127.0.0.1", False),
        ("https://127.0.0.1:9004", False),
        ("http://10.0.0.7:9004", False),
        ("http://me@127.0.0.1:9004", False),
        ("http://127.0.0.1:9004@evil.example/", False),
        ("http://evil.example:9004", False),
        ("http://[/", False),
        ("", False),
    ],
)
def test_an_emulator_is_on_this_machine_by_its_address(url: str, there: bool) -> None:
    assert on_this_machine(url) is there


class Names:
    """A name server of the test's own: each question gets the next answer."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        return [ipaddress.ip_address(each) for each in self.answers.pop(0)]


async def get(url: str, guarded: Guarded) -> httpx.Response:
    async with httpx.AsyncClient(transport=guarded) as client:
        return await client.get(url)


async def test_the_judged_address_is_the_one_that_is_connected_to_under_the_hosts_own_name() -> None:
    names = Names(["127.0.0.1"])
    async with Door(()) as door:
        port = httpx.URL(door.url).port
        answer = await get(f"http://crm.example:{port}/hooks", Guarded(Reach.INSIDE, names))
    assert (answer.status_code, names.asked) == (200, ["crm.example"])
    assert door.requests[0].headers["host"] == f"crm.example:{port}"


async def test_a_name_that_means_another_address_at_the_second_look_reaches_nobody() -> None:
    """DNS rebinding: were the name looked up again for the connection, the door would be reached."""
    names = Names(["192.0.2.1"], ["127.0.0.1"])
    async with Door(()) as door:
        with pytest.raises(AddressRefused, match=r"crm\.example"):
            await get(door.url.replace("127.0.0.1", "crm.example"), Guarded(Reach.ANYWHERE, names))
    assert (len(names.asked), door.requests) == (1, [])


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(AddressRefused, match=r"at 10\.0\.0\.7"):
        await get("https://crm.example/", Guarded(Reach.INTERNET, Names(["8.8.8.8", "10.0.0.7"])))


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"])
async def test_no_spelling_of_this_machine_gets_past(host: str) -> None:
    async with Door(()) as door:
        with pytest.raises(AddressRefused):
            await get(f"http://{host}:{httpx.URL(door.url).port}/", Guarded(Reach.INTERNET))
    assert door.requests == []


async def test_where_the_first_address_is_silent_the_next_is_tried() -> None:
    async with Door(()) as door:
        at = door.url.replace("127.0.0.1", "crm.example")
        assert (await get(at, Guarded(Reach.INSIDE, Names(["127.0.0.2", "127.0.0.1"])))).status_code == 200


async def test_a_name_that_cannot_be_resolved_is_a_connection_that_could_not_be_made() -> None:
    async def nowhere(host: str, port: int) -> Sequence[Address]:
        raise OSError("no such name")

    with pytest.raises(httpx.ConnectError):
        await get("https://crm.example/", Guarded(Reach.INTERNET, nowhere))
    with pytest.raises(httpx.ConnectError):
        await get("https://crm.example/", Guarded(Reach.INTERNET, Names([])))


async def test_a_name_server_that_is_silent_counts_as_connecting() -> None:
    async def silent(host: str, port: int) -> Sequence[Address]:
        await asyncio.Event().wait()
        return []

    async with httpx.AsyncClient(transport=Guarded(Reach.INTERNET, silent), timeout=0.05) as client:
        with pytest.raises(httpx.ConnectTimeout):
            await client.get("https://crm.example/")


@pytest.mark.parametrize(("name", "fits"), [("crm.example", True), ("bank.example", False)])
async def test_the_certificate_is_checked_against_the_name_and_not_the_address(
    tmp_path: Path, name: str, fits: bool
) -> None:
    certificate = made_for("crm.example", tmp_path)
    async with Door((), certificate=certificate) as door:
        trust = ssl.create_default_context(cafile=str(certificate))
        address = f"https://{name}:{httpx.URL(door.url).port}/"
        sending = get(address, Guarded(Reach.INSIDE, Names(["127.0.0.1"]), trust))
        if fits:
            assert (await sending).status_code == 200
        else:
            with pytest.raises(httpx.ConnectError, match=r"(?i)hostname mismatch"):
                await sending
    assert len(door.requests) == int(fits)
