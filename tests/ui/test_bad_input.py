"""What nobody wishes for, on the pages: no engine, a log-in that ends in mid-sentence, a broken package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from engine.supervisor import free_port
from tests.support.background_house import House, background_house
from tests.support.page_text import words
from tests.support.seeded_calls import BOOKED, FLOW
from tests.ui.conftest import Shown
from ui import login

APP = Path(__file__).resolve().parents[2] / "ui" / "app.py"
PAGES = sorted(file.stem for file in (APP.parent / "app_pages").glob("*.py"))
PASSWORD = "correct horse battery"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_so_when_the_engine_is_gone_and_offers_to_try_again(show: Shown, page: str) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    shown = show(page, address=nowhere, token="", flow=FLOW, call=BOOKED)
    assert not shown.exception
    if page == "import_flow":  # it asks the engine for nothing until there is a text
        shown.text_area[0].set_value('{"id": "roofs"}').run()
        next(button for button in shown.button if button.key == "import-check").click().run()
        assert shown.session_state["import-text"] == '{"id": "roofs"}'
    assert "The engine does not answer" in shown.error[0].value
    assert "Try again" in [button.label for button in shown.button]


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An engine that Dana edits flows in, after logging in."""
    with background_house(tmp_path, seeded=False) as house:
        monkeypatch.setenv("LEADLINE_API", house.address)
        monkeypatch.setenv("LEADLINE_API_TOKEN", house.token)
        body = {"name": "dana", "shown": "Dana", "role": "admin", "password": PASSWORD}
        httpx.post(f"{house.address}/people", json=body, headers=_proof(house)).raise_for_status()
        login.asks_from_now_on()
        yield house
    login.asks_from_now_on()


def _proof(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token}"}


def _log_in(shown: AppTest, password: str) -> AppTest:
    shown.text_input[0].set_value("dana")
    shown.text_input[1].set_value(password)
    return shown.button[0].click().run()


def _card_name(house: House) -> str:
    draft = httpx.get(f"{house.address}/flows/{FLOW}/draft", headers=_proof(house)).json()
    return str(next(card["name"] for card in draft["document"]["nodes"] if card["id"] == "qualify"))


def test_what_is_typed_when_a_log_in_ends_is_saved_after_the_next_one(guarded: House) -> None:
    shown = _log_in(AppTest.from_file(str(APP), default_timeout=30).run(), PASSWORD)
    shown.switch_page("app_pages/flow.py")
    shown.query_params.update({"flow": FLOW, "card": "qualify", "view": "outline"})
    shown = shown.run()
    fresh = {"password": "another long password"}
    httpx.patch(f"{guarded.address}/people/dana", json=fresh, headers=_proof(guarded)).raise_for_status()

    next(box for box in shown.text_input if box.label == "Name of the card").set_value("Typed at the last moment")
    shown = shown.run()
    assert "log-in has ended" in words(shown)
    assert _card_name(guarded) == "Find out what is needed", "it was saved in the name of the screens"
    shown = next(button for button in shown.button if button.label == "Log in").click().run()
    assert "saved as soon as you log in again" in words(shown)
    assert _card_name(guarded) == "Find out what is needed"

    shown = _log_in(shown, fresh["password"])
    assert not shown.exception
    assert _card_name(guarded) == "Typed at the last moment"


def test_a_package_that_fails_to_load_is_named_and_everything_else_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed as any package of cards is: a module and its entry point on the path."""
    described = tmp_path / "acme_broken-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-broken\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[leadline.nodes]\nacme_broken = acme_broken\n")
    (tmp_path / "acme_broken.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with background_house(tmp_path / "data", seeded=False) as house:
        monkeypatch.setenv("LEADLINE_API", house.address)
        monkeypatch.setenv("LEADLINE_API_TOKEN", house.token)
        shown = AppTest.from_file(str(APP), default_timeout=30).run()
        shown.switch_page("app_pages/flow.py")
        shown.query_params.update({"flow": FLOW, "card": "qualify", "view": "outline"})
        shown = shown.run()
        next(box for box in shown.text_input if box.label == "Name of the card").set_value("Still works").run()
        assert _card_name(house) == "Still works"
        panel = next(each for each in shown.get("button_group") if "Problems (1)" in each.options)
        panel.set_value("problems").run()
        said = next(each.value for each in shown.error if "acme_broken" in each.value)
        assert "could not be loaded" in said
        assert "no_such_library" in said
