"""The pages of one flow without a browser, in front of the real engine; a fresh flow for each test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from tests.support import builder_pages
from tests.support.background_house import House
from tests.ui.conftest import Shown
from ui.client import Engine
from ui.desk import Desk

NewFlow = Callable[..., str]
OpenEditor = Callable[..., AppTest]


@pytest.fixture(scope="session")
def engine(house: House) -> Iterator[Engine]:
    opened = Engine(house.address, house.token)
    yield opened
    opened.close()


@pytest.fixture
def new_flow(house: House) -> NewFlow:
    """The id of a new draft: a shipped flow with some fields changed."""
    return partial(builder_pages.new_flow, house)


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
