"""The look-up in HubSpot before the greeting, by HubSpot's own SDK against the emulator."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.sdk import Connection, StepFailed
from engine.sdk.testbench import LEAD, Bench, card
from nodes.connect.hubspot import HubSpotLookUp
from tests.emulators.faults import Fault
from tests.emulators.hubspot import HubSpotEmulator
from tests.nodes.connect.conftest import TOKEN

ZIP = {"property": "zip", "slot": "zip"}
CITY = {"property": "city", "slot": "city"}
NODE = card(HubSpotLookUp, properties=[ZIP, CITY])


@pytest.fixture
def telephone(hubspot: HubSpotEmulator) -> Bench:
    account = Connection("hubspot", "hubspot", {"token": TOKEN, "endpoint": hubspot.address})
    return Bench(slots={"zip": None, "city": None}, connections={"hubspot": account})


def known(hubspot: HubSpotEmulator, **more: str) -> None:
    hubspot.entered(email="dana@example.com", firstname="Dana", **more)


async def test_what_hubspot_knows_is_suggested_and_nothing_there_is_changed(telephone: Bench, hubspot: HubSpotEmulator):
    known(hubspot, zip="94107", lifecyclestage="lead")
    before = [dict(each.properties) for each in hubspot.all("contacts")]
    await telephone.ring(NODE)
    assert await telephone.run(NODE) == "known"
    assert telephone.suggested == {"zip": "94107"}
    assert telephone.flags == []
    assert [dict(each.properties) for each in hubspot.all("contacts")] == before


async def test_a_customer_is_told_apart_from_a_lead(telephone: Bench, hubspot: HubSpotEmulator):
    known(hubspot, lifecyclestage="customer")
    await telephone.ring(NODE)
    await telephone.run(NODE)
    assert telephone.flags == ["existing_customer"]


async def test_a_stranger_leaves_by_not_known(telephone: Bench):
    await telephone.ring(NODE)
    assert await telephone.run(NODE) == "unknown"
    assert telephone.suggested == {}


async def test_somebody_without_e_mail_is_found_by_the_number_that_people_typed(
    telephone: Bench, hubspot: HubSpotEmulator
):
    telephone.lead = replace(LEAD, email=None)
    hubspot.entered(firstname="Dana", phone="(415) 555-0123", zip="94107")
    await telephone.ring(NODE)
    assert await telephone.run(NODE) == "known"
    assert telephone.suggested == {"zip": "94107"}


@pytest.mark.parametrize("fault", [Fault("refuse", error="401"), Fault("refuse", error="500"), Fault("cut")])
async def test_a_hubspot_that_does_not_serve_says_why(telephone: Bench, hubspot: HubSpotEmulator, fault: Fault):
    hubspot.faults.set(fault)
    with pytest.raises(StepFailed) as caught:
        await telephone.ring(NODE)
    assert TOKEN not in str(caught.value)
