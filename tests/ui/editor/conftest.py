"""The pages of one flow without a browser, in front of the real engine; a fresh flow for each test."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from engine.flow import shipped
from tests.support.background_house import House
from tests.ui.conftest import Shown
from ui.client import Engine
from ui.desk import Desk
from ui.records import Json

NewFlow = Callable[..., str]
OpenEditor = Callable[..., AppTest]


@pytest.fixture(scope="session")
def engine(house: House) -> Iterator[Engine]:
    opened = Engine(house.address, house.token)
    yield opened
    opened.close()


@pytest.fixture
def new_flow(engine: Engine) -> NewFlow:
    """The id of a new draft: a shipped flow with some fields changed."""

    def make(**changes: Json) -> str:
        id = f"edited_{uuid.uuid4().hex[:12]}"
        document = json.loads(shipped.load("home_services").save()) | {"id": id, "name": "Roofs"} | changes
        engine.save_draft(id, json.dumps(document), 0)
        return id

    return make


@pytest.fixture
def colleague(engine: Engine) -> Callable[[str], Desk]:
    """Somebody else's window on the same flow."""

    def at_work(flow_id: str) -> Desk:
        desk = Desk(flow_id, f"window_{uuid.uuid4().hex}", "Ben")
        desk.read(engine)
        return desk

    return at_work


@pytest.fixture
def editor(show: Shown) -> OpenEditor:
    """The Editor page in its outline view; `card`, `edge`: what is chosen."""

    def open_editor(flow_id: str, **query: str) -> AppTest:
        return show("flow", flow=flow_id, **({"view": "outline"} | query))

    return open_editor
