"""The screens without a browser, in front of the real engine on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.background_house import House, background_house
from tests.support.caldav_servers import xandikos  # noqa: F401  fixture

APP = Path(__file__).resolve().parents[2] / "ui" / "app.py"
Shown = Callable[..., AppTest]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """With some days of calls behind it; shared, so tests only add to it."""
    with background_house(tmp_path_factory.mktemp("house")) as started:
        yield started


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch, house: House) -> Shown:
    """Opens a page (`leads`) with a query, as a deep link does. `address`, `token`: of another engine than `house`."""

    def open_page(page: str, *, address: str = house.address, token: str = house.token, **query: str) -> AppTest:
        monkeypatch.setenv("LEADLINE_API", address)
        monkeypatch.setenv("LEADLINE_API_TOKEN", token)
        shown = AppTest.from_file(str(APP), default_timeout=30)
        shown.run()
        shown.switch_page(f"app_pages/{page}.py")
        for name, value in query.items():
            shown.query_params[name] = value
        return shown.run()

    return open_page
