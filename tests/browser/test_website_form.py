"""A website's form in a real browser: with the script and without, over a line that breaks, clicked twice,
corrected."""

from __future__ import annotations

import functools
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, Route, expect, sync_playwright

from engine.supervisor import free_port
from tests.support.accessibility import findings
from tests.support.background_house import House, background_house
from tests.support.chromium import chromium

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("website form")]

EXAMPLE = Path(__file__).parents[2] / "examples" / "website"
WORDS = "I agree that Harborline may call me, also with an artificial voice."


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as started:
        yield started


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with background_house(tmp_path_factory.mktemp("house"), seeded=False) as running:
        yield running


@pytest.fixture
def api(house: House) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.token}"}) as client:
        yield client


def source(api: httpx.Client, **settings: object) -> str:
    """The address of a new website source that is on."""
    document = {"consent_text": WORDS, "consent_version": "7", **settings}
    body = {"kind": "website", "name": "Website", "campaign_id": "home_services", "document": document, "state": "on"}
    made = api.post("/lead-sources", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def leads(api: httpx.Client, phone: str) -> list[dict[str, object]]:
    found = api.get("/leads", params={"limit": 200}).json()["leads"]
    return [each for each in found if each["phone"] == phone]


def press(page: Page) -> None:
    page.get_by_role("button", name="Call me").click()


def in_place(html: str, address: str) -> str:
    return html.replace("http://127.0.0.1:8080/in/src_your_source", address)


def fill(page: Page, phone: str = "(415) 555-2671", name: str = "Zoë Miller") -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Phone").fill(phone)
    page.get_by_label("E-mail").fill("zoe@example.org")
    page.get_by_role("checkbox").check()


@contextmanager
def website(html: str, folder: Path) -> Iterator[str]:
    """A website of its own, on another origin than Leadline's."""
    (folder / "index.html").write_text(html)
    (folder / "leadline-form.js").write_bytes((EXAMPLE / "leadline-form.js").read_bytes())
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_sample_page_sends_a_lead_with_its_evidence(browser: Browser, house: House, api: httpx.Client) -> None:
    id_ = source(api)
    page = browser.new_page(timezone_id="America/Los_Angeles", locale="en-US")
    page.goto(f"{house.address}/sample-form/{id_}?utm_source=spring")
    fill(page)
    page.get_by_label("What can we do").fill("The roof leaks")
    press(page)
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    assert page.evaluate("document.activeElement.textContent").startswith("Thank you")
    expect(page.get_by_role("button", name="Call me")).to_be_hidden()
    (lead,) = leads(api, "+14155552671")
    assert lead["zone"] == "America/Los_Angeles"
    assert lead["form"] == {"request": "The roof leaks"}
    (evidence,) = api.get(f"/leads/{lead['id']}").json()["consents"]
    assert (evidence["level"], evidence["text"], evidence["ticked"]) == ("written", WORDS, True)
    assert evidence["form_url"].endswith(f"/sample-form/{id_}?utm_source=spring")
    assert evidence["given_at"] is not None
    page.close()


def test_the_sample_page_can_be_used_by_everybody_in_light_and_dark(
    browser: Browser, house: House, api: httpx.Client
) -> None:
    page = browser.new_page()
    page.goto(f"{house.address}/sample-form/{source(api)}")
    page.get_by_text("This form for your own website").click()
    assert [str(each) for each in findings(page)] == []
    page.close()


def test_what_is_wrong_is_said_beside_the_field_and_the_corrected_form_is_called(
    browser: Browser, house: House, api: httpx.Client
) -> None:
    id_ = source(api)
    page = browser.new_page()
    page.goto(f"{house.address}/sample-form/{id_}")
    fill(page, phone="555-2671")
    press(page)
    phone = page.get_by_label("Phone")
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(phone).to_be_focused()
    expect(phone).to_have_accessible_description(re.compile("does not exist.*area code"))
    assert page.get_by_label("Name").input_value() == "Zoë Miller", "nothing is lost"
    assert [str(each) for each in findings(page)] == []
    phone.fill("(415) 555-2672")
    press(page)
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    (lead,) = leads(api, "+14155552672")
    assert lead["state"] != "unusable"
    page.close()


def test_a_double_click_sends_one_lead(browser: Browser, house: House, api: httpx.Client) -> None:
    id_ = source(api)
    page = browser.new_page()
    page.goto(f"{house.address}/sample-form/{id_}")
    sent: list[Request] = []
    page.on("request", lambda each: sent.append(each) if each.method == "POST" else None)
    fill(page, phone="(415) 555-2673")
    page.get_by_role("button", name="Call me").dblclick()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    assert len(sent) == 1
    assert len(leads(api, "+14155552673")) == 1
    page.close()


def test_a_form_that_meets_a_broken_line_is_sent_again_until_it_arrives_once(
    browser: Browser, house: House, api: httpx.Client
) -> None:
    """The first try never arrives; the answer to the second is lost; the third is answered as a repetition."""
    id_ = source(api)
    page = browser.new_page()
    page.goto(f"{house.address}/sample-form/{id_}")
    ids: list[str] = []

    def broken(route: Route) -> None:
        ids.append(route.request.post_data_json["id"])
        match len(ids):
            case 1:
                route.abort("connectionrefused")
            case 2:
                route.fetch()  # it arrived, but the answer does not come back
                route.abort("connectionreset")
            case _:
                route.continue_()

    page.route(f"**/in/{id_}", broken)
    fill(page, phone="(415) 555-2674")
    press(page)
    expect(page.get_by_role("status")).to_contain_text("not lost")
    expect(page.get_by_role("status")).to_contain_text("Thank you", timeout=20_000)
    assert len(ids) == 3 and len(set(ids)) == 1
    assert len(leads(api, "+14155552674")) == 1
    page.close()


def test_a_server_that_is_away_and_comes_back_gets_one_lead(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    with background_house(tmp_path, seeded=False, port=port, public_url=f"http://127.0.0.1:{port}") as house:
        with httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.token}"}) as client:
            id_ = source(client)
        page = browser.new_page()
        page.goto(f"{house.address}/sample-form/{id_}")
        fill(page)
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), 1):
        pass
    press(page)
    expect(page.get_by_role("status")).to_contain_text("not lost")
    with (
        background_house(tmp_path, seeded=False, port=port, public_url=f"http://127.0.0.1:{port}") as house,
        httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.token}"}) as client,
    ):
        expect(page.get_by_role("status")).to_contain_text("Thank you", timeout=60_000)
        assert len(leads(client, "+14155552671")) == 1
        page.close()


def test_without_script_the_browser_posts_the_form_and_shows_what_happens_next(
    browser: Browser, house: House, api: httpx.Client
) -> None:
    id_ = source(api)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{house.address}/sample-form/{id_}")
    fill(page, phone="555-2671")
    press(page)
    expect(page.get_by_role("heading")).to_have_text("Something in the form must be put right.")
    page.go_back()
    expect(page.get_by_label("Name")).to_have_value("Zoë Miller")
    page.get_by_label("Phone").fill("(415) 555-2675")
    press(page)
    expect(page.get_by_role("heading")).to_have_text("Thank you. We have your request.")
    expect(page.get_by_text("Harborline Home Services LLC will call you")).to_be_visible()
    (lead,) = leads(api, "+14155552675")
    (*_, evidence) = api.get(f"/leads/{lead['id']}").json()["consents"]
    assert (evidence["level"], evidence["text"]) == ("written", WORDS)
    context.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_form_on_another_website_sends_leads_and_leads_on_to_its_thank_you_page(
    browser: Browser, house: House, api: httpx.Client, tmp_path: Path, script: bool
) -> None:
    html = (EXAMPLE / "index.html").read_text()
    with website("<h1>Thanks</h1>", tmp_path) as site:
        id_ = source(api, allowed_origins=[site], thank_you_url=f"{site}/thanks.html")
        (tmp_path / "thanks.html").write_text("<h1>Thanks from the website</h1>")
        (tmp_path / "index.html").write_text(in_place(html, f"{house.address}/in/{id_}"))
        context = browser.new_context(java_script_enabled=script)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda each: asked.append(each.url))
        page.goto(site)
        fill(page, phone=f"(415) 555-268{int(script)}")
        page.get_by_label("ZIP code").fill("94107")
        press(page)
        expect(page.get_by_role("heading")).to_have_text("Thanks from the website")
        assert {httpx.URL(each).netloc for each in asked} == {httpx.URL(site).netloc, httpx.URL(house.address).netloc}
        assert context.cookies() == [] and (not script or page.evaluate("localStorage.length") == 0)
        context.close()
    (lead,) = leads(api, f"+1415555268{int(script)}")
    assert lead["form"] == {"zip": "94107", "service": "Roof repair"}


def test_a_website_that_is_not_in_the_list_is_told_so_and_does_not_try_for_minutes(
    browser: Browser, house: House, api: httpx.Client, tmp_path: Path
) -> None:
    id_ = source(api, allowed_origins=["https://harborline.example"])
    html = in_place((EXAMPLE / "index.html").read_text(), f"{house.address}/in/{id_}")
    with website(html, tmp_path) as site:
        page = browser.new_page()
        page.goto(site)
        fill(page, phone="(415) 555-2677")
        press(page)
        expect(page.get_by_role("alert")).to_have_text("Forms of this website are not taken here.")
        page.close()
    assert leads(api, "+14155552677") == []


def test_a_robot_that_fills_in_everything_is_put_aside(browser: Browser, house: House, api: httpx.Client) -> None:
    id_ = source(api)
    page = browser.new_page()
    page.goto(f"{house.address}/sample-form/{id_}")
    fill(page, phone="(415) 555-2676")
    page.evaluate("document.querySelector('[name=company_fax]').value = 'buy now'")
    press(page)
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    (lead,) = leads(api, "+14155552676")
    assert lead["state"] == "unusable" and "robot" in str(lead["reason"])
    page.close()
