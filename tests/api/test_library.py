"""Flows as wholes over HTTP: templates, the five outcomes of an import, copies, archive, export."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.flow import shipped
from engine.flow.text import canonical
from engine.sdk import Json
from tests.support.api import Leadline, leadline

HOME = "home_services_v1"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as started:
        yield started


def document(**changes: Json) -> dict[str, Json]:
    data: dict[str, Json] = json.loads(shipped.load("home_services").save())
    return data | changes


def with_ghost(**changes: Json) -> dict[str, Json]:
    data = document(**changes)
    nodes, needs = data["nodes"], data["needs"]
    assert isinstance(nodes, list) and isinstance(needs, list)
    nodes.append({"id": "fax", "type": "acme.fax", "v": 3, "name": "Send a fax", "settings": {"pages": [1, 2.50]}})
    needs.append({"package": "acme-fax", "range": ">=3"})
    return data


async def look(house: Leadline, text: str) -> dict[str, Json]:
    answer = await house.client.post("/flows/import", json={"text": text})
    assert answer.status_code == 200, answer.text
    found: dict[str, Json] = answer.json()
    return found


async def test_templates_say_what_they_find_out_and_what_they_do_at_the_end(house: Leadline) -> None:
    found = {each["name"]: each for each in (await house.client.get("/templates")).json()}
    assert list(found) == ["dental", "home_services", "solar", "blank"]
    home = found["home_services"]
    assert home["cards"] == 41
    assert home["finds_out"][:2] == ["Service", "Kind of property"]
    assert home["endings"][0] == "booked"
    assert home["after_call"] == ["Tell the CRM", "Mail to the office"]


async def test_a_flow_made_from_a_template_is_a_draft_of_its_own(house: Leadline) -> None:
    body = {"template": "home_services", "name": "Bright Roofing", "by": "Dana"}
    answer = await house.client.post("/flows", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["id"].startswith("bright_roofing_")
    assert (made["name"], made["revision"], made["edited_by"], made["issues"]) == ("Bright Roofing", 1, "Dana", [])
    again = (await house.client.post("/flows", json=body)).json()
    assert again["id"] != made["id"]
    unknown = await house.client.post("/flows", json={"template": "bakery"})
    assert unknown.status_code == 422
    assert "there are: dental, home_services, solar" in unknown.json()["detail"]


async def test_every_template_becomes_a_flow_without_issues(house: Leadline) -> None:
    for template in (await house.client.get("/templates")).json():
        made = await house.client.post("/flows", json={"template": template["name"], "name": "Mine"})
        assert (made.status_code, made.json()["issues"]) == (201, []), template["name"]


async def test_a_new_flow_begins_at_one_place(house: Leadline) -> None:
    for body in ({}, {"template": "solar", "text": "{}"}):
        answer = await house.client.post("/flows", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "one_start")


async def test_a_fine_file_is_imported_byte_for_byte(house: Leadline) -> None:
    text = json.dumps(document(id="elsewhere", name="From elsewhere"))  # on one line, as nobody here would write it
    report = await look(house, text)
    assert (report["outcome"], report["exists"], report["name"]) == ("fine", False, "From elsewhere")
    assert {each["name"] for each in report["connections"]} == {"front_desk", "crm", "mail"}  # type: ignore[union-attr,index]
    made = (await house.client.post("/flows", json={"text": text})).json()
    assert made["id"] == "elsewhere"
    assert (await house.client.get("/flows/elsewhere/export")).text == text


async def test_a_file_whose_id_is_taken_becomes_a_copy_or_replaces_the_draft_as_one_edit(house: Leadline) -> None:
    text = canonical(document(name="Changed elsewhere"))
    assert (await look(house, text))["exists"] is True
    copy = (await house.client.post("/flows", json={"text": text})).json()
    assert copy["id"] != HOME
    assert (await house.client.get(f"/flows/{HOME}/draft")).json()["name"] == "Home services: book an estimate"
    replaced = (await house.client.post("/flows", json={"text": text, "replace": True, "by": "Ben"})).json()
    assert (replaced["id"], replaced["name"], replaced["revision"]) == (HOME, "Changed elsewhere", 2)
    (edit,) = (await house.client.get(f"/flows/{HOME}/edits", params={"since": 1})).json()["edits"]
    undo = {"base_revision": 2, "client": "w", "edits": [{"id": "undo", "label": "Undo", "steps": edit["inverse"]}]}
    assert (await house.client.post(f"/flows/{HOME}/edits", json=undo)).status_code == 200
    assert (await house.client.get(f"/flows/{HOME}/export")).text == shipped.load("home_services").save()


async def test_ghosts_are_listed_with_what_to_install_and_come_back_byte_for_byte(house: Leadline) -> None:
    text = json.dumps(with_ghost(id="haunted"))
    report = await look(house, text)
    assert report["outcome"] == "ghosts"
    assert report["ghosts"] == [{"node": "fax", "name": "Send a fax", "type": "acme.fax"}]
    assert report["needs"] == [{"package": "acme-fax", "range": ">=3"}]
    made = (await house.client.post("/flows", json={"text": text})).json()
    assert made["view"]["cards"]["fax"]["ghost"] is True
    assert (await house.client.get("/flows/haunted/export")).text == text
    order = {"revision": made["revision"], "note": "", "by": "Dana"}
    assert (await house.client.post("/flows/haunted/publish", json=order)).status_code == 422


async def test_a_flow_of_a_newer_leadline_can_be_looked_at_and_exported_but_not_changed(house: Leadline) -> None:
    text = json.dumps(document(id="tomorrow", format_version=7, made_with="leadline 9.1", hologram={"size": 3}))
    report = await look(house, text)
    assert (report["outcome"], report["flow_id"]) == ("newer", "tomorrow")
    assert "leadline 9.1" in str(report["sentence"])
    made = (await house.client.post("/flows", json={"text": text})).json()
    assert made["read_only"] is True
    assert (await house.client.get("/flows/tomorrow/export")).text == text
    step = {"do": "put", "path": ["name"], "value": "Mine"}
    edit = {"base_revision": 1, "client": "w", "edits": [{"id": "e", "steps": [step]}]}
    assert (await house.client.post("/flows/tomorrow/edits", json=edit)).status_code == 422
    again = (await house.client.post("/flows", json={"text": text})).json()
    assert (again["id"] != "tomorrow", again["read_only"]) == (True, True)
    over = await house.client.post("/flows", json={"text": text, "replace": True})
    assert over.status_code == 422


async def test_a_flow_of_a_far_newer_leadline_that_cannot_be_read_is_told_apart_from_a_broken_one(
    house: Leadline,
) -> None:
    report = await look(house, json.dumps({"format": "leadline.flow", "format_version": 9, "everything": "else"}))
    assert (report["outcome"], report["flow_id"]) == ("newer", "")
    assert "Update Leadline" in str(report["sentence"])


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('{\n "format": "leadline.flow",\n "name": nonsense\n}', "not_json", 3),
        ('{"recipe": "pancakes"}', "wrong_format", 1),
        (" " * (5 * 1024 * 1024 + 1), "too_big", 0),
    ],
)
async def test_what_is_no_flow_is_refused_with_line_and_reason(
    house: Leadline, text: str, code: str, line: int
) -> None:
    report = await look(house, text)
    assert (report["outcome"], report["code"], report["line"]) == ("refused", code, line)
    assert report["sentence"]
    refused = await house.client.post("/flows", json={"text": text})
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_connections_of_a_stranger_are_replaced_by_ones_own(house: Leadline) -> None:
    body = {"text": canonical(document(id="mapped")), "connections": {"crm": "our_crm"}}
    made = (await house.client.post("/flows", json=body)).json()
    settings = {card["id"]: card["settings"] for card in made["document"]["nodes"]}
    assert settings["tell_crm"]["connection"] == "our_crm"
    assert settings["mail_office"]["connection"] == "mail"


async def test_a_copy_is_a_draft_with_a_name_of_its_own(house: Leadline) -> None:
    made = (await house.client.post(f"/flows/{HOME}/copy", json={"name": "Second", "by": "Ben"})).json()
    assert (made["name"], made["document"]["version"], made["edited_by"]) == ("Second", 1, "Ben")
    line = next(each for each in (await house.client.get("/flows")).json() if each["id"] == made["id"])
    assert line["latest"] == 0
    assert (await house.client.post("/flows/nobody/copy", json={"name": "x"})).status_code == 404


async def test_a_flow_that_is_put_away_keeps_everything_and_comes_back(house: Leadline) -> None:
    assert (await house.client.post(f"/flows/{HOME}/archive")).status_code == 204
    assert HOME not in {each["id"] for each in (await house.client.get("/flows")).json()}
    assert (await house.client.get(f"/flows/{HOME}/versions/1")).status_code == 200
    assert (await house.client.post(f"/flows/{HOME}/unarchive")).status_code == 204
    assert HOME in {each["id"] for each in (await house.client.get("/flows")).json()}
    assert (await house.client.post("/flows/nobody/archive")).status_code == 404


async def test_an_old_version_can_be_exported(house: Leadline) -> None:
    answer = await house.client.get(f"/flows/{HOME}/export", params={"version": 1})
    assert answer.text == shipped.load("home_services").save()
    assert answer.headers["content-disposition"] == f'attachment; filename="{HOME}-v1.json"'
    assert (await house.client.get(f"/flows/{HOME}/export", params={"version": 9})).status_code == 404


async def test_a_file_with_older_cards_is_brought_up_to_date_and_kept_until_publishing(house: Leadline) -> None:
    old = document(id="old_cards")
    nodes = old["nodes"]
    assert isinstance(nodes, list) and isinstance(nodes[0], dict)
    nodes[0]["v"] = 0
    text = canonical(old)
    report = await look(house, text)
    assert report["outcome"] == "upgraded"
    assert report["changes"] == ["The card “Start” was brought from version 0 of its type to 1."]
    made = (await house.client.post("/flows", json={"text": text})).json()

    async def kept() -> str | None:
        answer = await house.client.get("/flows/old_cards/export", params={"imported": "true"})
        return answer.text if answer.status_code == 200 else None

    assert await kept() == text
    order = {"revision": made["revision"], "note": "", "by": "Dana"}
    assert (await house.client.post("/flows/old_cards/publish", json=order)).status_code == 201
    assert await kept() is None
