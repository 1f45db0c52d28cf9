"""What staff do about a source at Meta on the page of its campaign: see what waits, mend it, subscribe, fetch again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from tests.emulators.meta_graph import MetaGraphEmulator, MetaSender, a_lead
from tests.emulators.meta_graph.sender import body_of, change
from tests.support.background_house import House, background_house
from tests.support.builder_pages import until
from tests.support.chromium import chromium
from tests.support.drawn import DRAWN_MS
from tests.support.screens import screens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("campaigns")]


@contextmanager
def emulated() -> Iterator[MetaGraphEmulator]:
    """Graph on a loop of its own: this test is synchronous."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    graph = MetaGraphEmulator()
    asyncio.run_coroutine_threadsafe(graph.__aenter__(), loop).result(20)
    try:
        yield graph
    finally:
        asyncio.run_coroutine_threadsafe(graph.__aexit__(None, None, None), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)


def source_at_meta(house: House, graph: MetaGraphEmulator, web: httpx.Client) -> tuple[str, MetaSender]:
    """A source of a paused campaign, and the sender of its webhooks."""
    connection = {"kind": "meta", "settings": graph.connection()}
    web.put("/connections/meta", json=connection).raise_for_status()
    new = {"name": "Roofs", "id": "roofs", "document": {"flow_id": "home_services_v1"}}
    web.post("/campaigns", json=new).raise_for_status()
    settings = {"connection": "meta", "consent_text": "I agree to be called by an AI assistant of Harborline."}
    asked = {"kind": "meta", "name": "Our page", "campaign_id": "roofs", "document": settings}
    made = web.post("/lead-sources", json=asked)
    made.raise_for_status()
    source = made.json()
    changed = {
        "name": "Our page",
        "campaign_id": "roofs",
        "document": settings,
        "state": "on",
        "revision": source["revision"],
    }
    web.put(f"/lead-sources/{source['id']}", json=changed).raise_for_status()
    address = f"{house.address}/in/{source['address'].rsplit('/', 1)[1]}"
    return source["id"], MetaSender(address, graph.app_secret, graph.verify_token)


def test_what_waits_at_meta_is_told_and_fetched_again_on_the_campaigns_page(tmp_path: Path) -> None:
    with (
        emulated() as graph,
        background_house(tmp_path / "data") as house,
        screens(house, tmp_path / "streamlit.log") as address,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
        httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.token}"}) as web,
    ):
        source_id, meta = source_at_meta(house, graph, web)
        graph.add(a_lead(), refusals=["permission"] * 60)
        body = body_of(change(a_lead()))
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": meta.signature(body)}
        httpx.post(meta.url, content=body, headers=headers).raise_for_status()
        until(lambda: web.get(f"/lead-sources/{source_id}/meta").json()["parked"] == 1)

        page = browser.new_page(viewport={"width": 1440, "height": 1100})
        page.goto(f"{address}/campaigns?campaign=roofs&section=sources")
        expect(page.get_by_text("1 leads wait for this.")).to_be_visible(timeout=DRAWN_MS)
        page.get_by_role("button", name="Fetch again").click()
        expect(page.get_by_text("1 leads are fetched again now.")).to_be_visible(timeout=DRAWN_MS)

        page.get_by_role("button", name="Settings").click()
        page.get_by_role("button", name="Does Meta tell us?").click()
        expect(page.get_by_text("Meta does not tell us of the leads of page")).to_be_visible(timeout=DRAWN_MS)
        page.get_by_role("button", name="Subscribe the pages").click()
        expect(page.get_by_text("Meta tells us of the leads of page")).to_be_visible(timeout=DRAWN_MS)
        page.screenshot(path=str(tmp_path / "meta.png"), full_page=True)
