"""Leads from a file in a real browser: uploaded, settled, started, followed, and the report of what was refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_screens import OTHERS, PLAIN, Look, Visit
from tests.browser.test_screens import browser as browser  # the same chromium
from tests.browser.test_screens import visit as visit
from tests.support.background_house import background_house
from tests.support.drawn import DRAWN_MS
from tests.support.screens import screens

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("screens")]

TEXT = "I agree that Harborline may call me, also with an automated voice, about my roof."
ROWS = [
    "Zoë Miller;+1 415 555 2671;zoe@example.org;5k",
    "Dana Reyes;(415) 555-2672;dana@example.org;10k",
    '"Ann ""Annie"" Lee";415 555 2673;ann@example.org;"5k;\nor more"',
    "Bob Short;12;bob@example.org;1k",
    "=cmd();n/a;x;",
]
FILE = "Name;Phone;E-Mail;What is your budget?\n" + "\n".join(ROWS) + "\n"


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house for each test: here things change."""
    folder = tmp_path_factory.mktemp("imports")
    with background_house(folder / "data") as house, screens(house, folder / "streamlit.log") as started:
        yield started


def begin(visit: Visit, address: str) -> None:
    visit.open(f"{address}/import-leads", "A new file")
    visit.page.get_by_role("combobox", name="Campaign").click()
    visit.page.get_by_role("option", name="Home services").first.click()
    chosen = visit.page.get_by_role("combobox", name="Campaign")
    expect(chosen).to_have_value(re.compile("Home services"), timeout=DRAWN_MS)
    visit.settled()


def upload(visit: Visit, address: str, folder: Path, content: str = FILE) -> None:
    file = folder / "home show.csv"
    file.write_bytes(content.encode("cp1252"))
    begin(visit, address)
    visit.page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    expect(visit.page.get_by_role("button", name=f"Remove {file.name}")).to_be_visible(timeout=DRAWN_MS)
    visit.page.get_by_role("button", name="Look at the file").click(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("What the columns mean", exact=True)).to_be_visible(timeout=DRAWN_MS)
    visit.settled()


def state_consent(visit: Visit) -> None:
    visit.page.get_by_text("I state it for all rows that bring none").click()
    visit.page.get_by_role("textbox", name="The words that the people agreed to").fill(TEXT, timeout=DRAWN_MS)
    visit.page.get_by_role("textbox", name="Where they agreed").fill("Home Show 2026, booth 12, paper form")
    visit.page.get_by_role("textbox", name="Where they agreed").press("Enter")
    visit.settled()
    visit.page.get_by_test_id("stDateInput").get_by_role("spinbutton").first.click()
    visit.page.keyboard.type("20261120")
    visit.page.keyboard.press("Enter")
    visit.settled()
    visit.page.get_by_text("I declare that every person").click()
    expect(visit.page.get_by_text("3 of 5 rows can be called")).to_be_visible(timeout=DRAWN_MS)
    visit.settled()


@pytest.mark.parametrize("visit", [PLAIN, *OTHERS], indirect=True, ids=lambda look: f"look{look}")
def test_a_file_is_imported_and_what_was_refused_is_told(
    address: str, visit: Visit, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    look: Look = request.node.callspec.params["visit"]
    upload(visit, address, tmp_path)
    expect(visit.page.get_by_text("0 of 5 rows can be called")).to_be_visible(timeout=DRAWN_MS)
    state_consent(visit)
    visit.shoot(f"import-leads-settle{look}")
    visit.page.get_by_role("button", name="Bring in 5 rows").click()
    expect(visit.page.get_by_text("3 people came in")).to_be_visible(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("Row 5")).to_be_visible(timeout=DRAWN_MS)
    visit.settled()
    visit.shoot(f"import-leads-done{look}")
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="Refused rows as CSV").click()
    table = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig")), delimiter=";"))
    assert download.value.suggested_filename == "refused rows of home show.csv"
    assert [line[0] for line in table[1:]] == ["5", "6"]
    assert table[2][3] == "'=cmd()"
    visit.page.get_by_role("link", name="All imports").click()
    expect(visit.page.get_by_text("3 taken, 2 refused")).to_be_visible(timeout=DRAWN_MS)
    visit.settled()
    visit.shoot(f"import-leads-list{look}")


def test_what_is_missing_keeps_the_button_shut_and_is_said(address: str, visit: Visit, tmp_path: Path) -> None:
    upload(visit, address, tmp_path, FILE.replace("Phone", "Contact no."))
    start = visit.page.get_by_role("button", name="Bring in 5 rows")
    expect(start).to_be_disabled(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("No column is the phone number")).to_be_visible(timeout=DRAWN_MS)
    visit.page.get_by_label("Meaning of Contact no.").click()
    visit.page.get_by_role("option", name="Phone number").click()
    expect(visit.page.get_by_text("No column is the phone number")).to_have_count(0, timeout=DRAWN_MS)
    expect(start).to_be_enabled(timeout=DRAWN_MS)


def test_a_file_that_is_no_table_is_refused_in_words(address: str, visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(b"PK\x03\x04" + bytes(3000))
    begin(visit, address)
    visit.page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    expect(visit.page.get_by_role("button", name=f"Remove {file.name}")).to_be_visible(timeout=DRAWN_MS)
    visit.page.get_by_role("button", name="Look at the file").click(timeout=DRAWN_MS)
    expect(visit.page.get_by_text("This is an Excel workbook")).to_be_visible(timeout=DRAWN_MS)
    visit.settled()
