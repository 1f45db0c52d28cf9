"""The connections that a flow names: found wherever they stand, and put in the place of strangers' names."""

from __future__ import annotations

import json

from engine.flow import shipped
from engine.flow.connections import named, renamed
from engine.flow.document import FlowDocument
from engine.sdk import Json
from engine.sdk.registry import discover

TYPES = discover()


def home() -> dict[str, Json]:
    data: dict[str, Json] = json.loads(shipped.load("home_services").save())
    return data


def test_each_connection_is_told_once_with_the_cards_that_use_it_and_the_kinds_that_fit() -> None:
    found = {each.name: each for each in named(home(), TYPES)}
    assert set(found) == {"front_desk", "crm", "mail"}
    assert found["mail"].cards == ("Mail to the office", "Invitation to the lead", "Reminder to the lead")
    assert "webhook" in found["crm"].kinds
    assert "smtp" in found["mail"].kinds


def test_services_and_cards_of_unknown_types_name_connections_too() -> None:
    data = home() | {"providers": {"ear": {"use": "google", "connection": "our_google"}}}
    nodes = data["nodes"]
    assert isinstance(nodes, list)
    nodes.append({"id": "x", "type": "acme.fax", "name": "Fax", "settings": {"fax_connection": "fax"}})
    found = {each.name: each for each in named(data, TYPES)}
    assert found["our_google"].cards == ()
    assert (found["fax"].cards, found["fax"].kinds) == (("Fax",), ())


def test_mapping_changes_the_names_and_nothing_else() -> None:
    document = shipped.load("home_services")
    made = FlowDocument.load(document.replaced(renamed(document.data, {"mail": "office_mail"})).save())
    assert [each.name for each in named(made.data, TYPES)] == ["front_desk", "crm", "office_mail"]
    assert made.save().replace("office_mail", "mail") == document.save()
