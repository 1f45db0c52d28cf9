"""The Flows page in front of the real API."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from engine.flow import shipped
from tests.support.background_house import House, background_house
from tests.support.page_text import words
from tests.support.seeded_calls import FLOW
from tests.ui.conftest import Shown


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Of its own: the page shows 24 flows at once, and other tests leave many."""
    with background_house(tmp_path_factory.mktemp("shelf")) as started:
        yield started


def flows(house: House) -> dict[str, dict[str, object]]:
    headers = {"Authorization": f"Bearer {house.token}"}
    found = httpx.get(f"{house.address}/flows?archived=true", headers=headers).json()
    return {each["id"]: each for each in found}


def document(house: House, flow_id: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {house.token}"}
    found: dict[str, object] = httpx.get(f"{house.address}/flows/{flow_id}/draft", headers=headers).json()["document"]
    return found


def copied(house: House, name: str) -> str:
    headers = {"Authorization": f"Bearer {house.token}"}
    made = httpx.post(f"{house.address}/flows/{FLOW}/copy", headers=headers, json={"name": name}).json()
    return str(made["id"])


def on_page(page: AppTest) -> list[str]:
    """Ids of the flows that are shown."""
    return [str(button.key).removeprefix("open-") for button in page.button if str(button.key).startswith("open-")]


def test_flows_say_how_they_stand_how_often_they_called_and_who_edited_them(show: Shown, house: House) -> None:
    page = show("flows")
    text = words(page)
    assert re.search(r"Live: version 1 Harborline Home Services 1[6-9] calls this week", text)  # others only add some
    assert "by Leadline" in text


def test_templates_say_who_they_are_for_what_they_find_out_and_what_they_do_at_the_end(show: Shown) -> None:
    text = words(show("flows"))
    assert "For roofers, plumbers" in text
    assert "Finds out Service Kind of property ZIP" in text
    assert "At the end Booked Put through" in text
    assert "When the call is over: Tell the CRM, Mail to the office" in text
    cards = len(shipped.load("home_services").flow.nodes)
    assert f"{cards} cards, ready to call" in text


def test_a_template_becomes_a_flow_of_ones_own_business(show: Shown, house: House) -> None:
    page = show("flows")
    before = set(flows(house))
    page.button(key="use-home_services").click().run()
    page.text_input(key="business-home_services").input("Bright Roofing").run()
    page.text_input(key="phone-home_services").input("(415) 555-0142").run()
    page.selectbox(key="zone-home_services").select("America/Chicago").run()
    assert page.text_input(key="flow-name-home_services").placeholder == "Home services for Bright Roofing"
    page.button(key="new-create").click().run()
    assert not page.exception
    (made,) = set(flows(house)) - before
    assert page.query_params["flow"] in (made, [made])  # the editor opens on it
    seller = document(house, made)["seller"]
    assert seller == {
        "legal_name": "Bright Roofing", "say_as": "Bright Roofing", "phone": "+14155550142",
        "opt_out_phone": "+14155550142", "zone": "America/Chicago",
    }  # fmt: skip
    assert flows(house)[made]["name"] == "Home services for Bright Roofing"
    assert flows(house)[made]["errors"] == 0
    assert "Harborline" not in str(document(house, made)["nodes"])


def test_a_template_is_not_used_without_a_business_or_with_half_a_number(show: Shown, house: House) -> None:
    page = show("flows")
    before = set(flows(house))
    page.button(key="use-solar").click().run()
    page.button(key="new-create").click().run()
    assert "Give the name of your business" in page.error[0].value
    page.text_input(key="business-solar").input("Sunny").run()
    page.text_input(key="phone-solar").input("555").run()
    page.button(key="new-create").click().run()
    assert "That is no complete phone number" in page.error[0].value
    assert set(flows(house)) == before


def test_an_empty_flow_is_possible_but_never_the_first_thing(show: Shown, house: House) -> None:
    page = show("flows")
    keys = [button.key for button in page.button]
    assert "use-home_services" in keys
    before = set(flows(house))
    page.button(key="empty").click().run()
    page.text_input(key="business-blank").input("Bare Bones").run()
    page.text_input(key="phone-blank").input("(415) 555-0143").run()
    page.button(key="new-create").click().run()
    (made,) = set(flows(house)) - before
    assert flows(house)[made]["name"] == "Bare Bones"
    assert int(str(flows(house)[made]["cards"])) < int(str(flows(house)[FLOW]["cards"])) / 4


def test_flows_are_searched_filtered_and_sorted(show: Shown, house: House) -> None:
    draft = copied(house, "Zebra stripes")
    page = show("flows")
    page.text_input(key="shelf-words").input("zebra").run()
    assert on_page(page) == [draft]
    page.text_input(key="shelf-words").input("nobody has this").run()
    assert "No flow fits" in page.info[0].value
    page.text_input(key="shelf-words").input("").run()
    page.get("button_group")[0].select("draft").run()
    assert draft in on_page(page)
    assert FLOW not in on_page(page)
    page.get("button_group")[0].unselect("draft").run()
    page.selectbox(key="shelf-order").select("calls").run()
    assert on_page(page)[0] == FLOW


def test_a_flow_is_renamed_as_an_edit_that_can_be_undone(show: Shown, house: House) -> None:
    made = copied(house, "Old name")
    page = show("flows")
    page.button(key=f"rename-{made}").click().run()
    page.text_input(key=f"rename-to-{made}").input("New name").run()
    page.button(key="rename-do").click().run()
    assert flows(house)[made]["name"] == "New name"
    headers = {"Authorization": f"Bearer {house.token}"}
    (edit,) = httpx.get(f"{house.address}/flows/{made}/edits?since=1", headers=headers).json()["edits"]
    assert edit["label"] == "Renamed the flow to “New name”"


def test_a_duplicate_begins_as_a_draft(show: Shown, house: House) -> None:
    page = show("flows")
    before = set(flows(house))
    page.button(key=f"copy-{FLOW}").click().run()
    page.button(key="copy-do").click().run()
    (made,) = set(flows(house)) - before
    assert flows(house)[made]["name"] == "Home services: book an estimate (copy)"
    assert flows(house)[made]["latest"] == 0


def test_what_is_archived_leaves_the_shelf_and_can_be_brought_back(show: Shown, house: House) -> None:
    made = copied(house, "To be put away")
    page = show("flows")
    page.button(key=f"archive-{made}").click().run()
    assert made not in on_page(page)
    assert flows(house)[made]["archived_at"] is not None
    page.get("button_group")[0].select("archived").run()
    page.button(key=f"back-{made}").click().run()
    assert flows(house)[made]["archived_at"] is None


def test_a_flow_can_be_exported_as_it_stands(show: Shown) -> None:
    page = show("flows")
    labels = [each.proto.label for each in page.get("download_button")]
    assert labels.count("Export as a file") >= len(shipped.names())
