"""The stand-in serves Google's own client library, and is as strict as Google where our card could go wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.emulators.google_sheets import ID, Book, GoogleSheetsEmulator
from tests.emulators.google_sheets.book import Area

SCOPE = "https://www.googleapis.com/auth/spreadsheets"


@pytest.fixture
async def google() -> AsyncIterator[GoogleSheetsEmulator]:
    async with GoogleSheetsEmulator() as emulator:
        yield emulator


@pytest.fixture
def values(google: GoogleSheetsEmulator) -> Any:
    """`spreadsheets().values()` of Google's own client, signed in with the key file."""
    return client(google).spreadsheets().values()


def client(google: GoogleSheetsEmulator, scope: str = SCOPE) -> Any:
    key = service_account.Credentials.from_service_account_info(json.loads(google.key_file), scopes=[scope])
    return build(
        "sheets", "v4", credentials=key, client_options={"api_endpoint": google.address}, static_discovery=True,
        cache_discovery=False,
    )  # fmt: skip


def append(values: Any, range: str, rows: list[list[object]], option: str = "RAW") -> Any:
    return values.append(
        spreadsheetId=ID, range=range, valueInputOption=option, insertDataOption="INSERT_ROWS", body={"values": rows}
    ).execute()


async def test_googles_own_client_reads_writes_and_appends(google: GoogleSheetsEmulator, values: Any) -> None:
    head = {"values": [["When", "Who"]]}
    values.update(spreadsheetId=ID, range="Sheet1!A1", valueInputOption="RAW", body=head).execute()
    told = append(values, "Sheet1!A1:B1", [["2026-11-22", "Zoë"]])
    assert (told["tableRange"], told["updates"]["updatedRange"]) == ("Sheet1!A1:B1", "Sheet1!A2:B2")
    assert told["updates"]["updatedRows"] == 1
    read = values.get(spreadsheetId=ID, range="Sheet1!A:B", majorDimension="COLUMNS").execute()
    assert read["values"] == [["When", "2026-11-22"], ["Who", "Zoë"]]
    about = client(google).spreadsheets().get(spreadsheetId=ID, fields="properties.title").execute()
    assert about["properties"]["title"] == "Roof calls"


async def test_what_is_entered_as_a_person_would_runs_and_raw_does_not(
    google: GoogleSheetsEmulator, values: Any
) -> None:
    append(values, "A1", [["=1+1"]], "USER_ENTERED")
    append(values, "A1", [["=1+1"]], "RAW")
    assert google.rows() == [["#CALCULATED"], ["=1+1"]]


async def test_a_row_is_appended_in_the_first_column_of_the_table_wherever_that_is(
    google: GoogleSheetsEmulator, values: Any
) -> None:
    google.book.sheets["Sheet1"] = [["", "Name", "Phone"], ["", "Al", "1"], [], ["", "Elsewhere"]]
    append(values, "A1:C1", [["Bo", "2"]])
    assert google.rows() == [["", "Name", "Phone"], ["", "Al", "1"], ["", "Bo", "2"], [], ["", "Elsewhere"]]


@pytest.mark.parametrize(
    ("name", "range"),
    [("it's", "'it''s'!A1"), ("A1", "'A1'!A1"), ("Käufer & Co", "'Käufer & Co'!A1"), ("a/b?", "'a/b?'!A1")],
)
async def test_any_name_of_a_sheet_can_be_quoted(
    google: GoogleSheetsEmulator, values: Any, name: str, range: str
) -> None:
    google.book.sheets[name] = []
    append(values, range, [["x"]])
    assert google.rows(name) == [["x"]]


def refused(call: Any) -> tuple[int, str]:
    with pytest.raises(HttpError) as error:
        call.execute(num_retries=0)
    return error.value.resp.status, json.loads(error.value.content)["error"]["status"]


async def test_refusals_are_googles(google: GoogleSheetsEmulator, values: Any) -> None:
    assert refused(values.get(spreadsheetId=ID, range="Missing!A1")) == (400, "INVALID_ARGUMENT")
    assert refused(values.get(spreadsheetId="1Unknown", range="A1")) == (404, "NOT_FOUND")
    google.books["1Private"] = Book("Private")
    assert refused(values.get(spreadsheetId="1Private", range="A1")) == (403, "PERMISSION_DENIED")
    google.book.viewers, google.book.editors = google.book.editors, set()
    values.get(spreadsheetId=ID, range="A1").execute()
    body = {"values": [["x"]]}
    write = values.update(spreadsheetId=ID, range="A1", valueInputOption="RAW", body=body)
    assert refused(write) == (403, "PERMISSION_DENIED")
    readonly = client(google, "https://www.googleapis.com/auth/calendar").spreadsheets().values()
    assert refused(readonly.get(spreadsheetId=ID, range="A1")) == (403, "PERMISSION_DENIED")


async def test_a_cell_holds_fifty_thousand_characters(google: GoogleSheetsEmulator, values: Any) -> None:
    append(values, "A1", [["x" * 50_000]])
    long = values.update(spreadsheetId=ID, range="A1", valueInputOption="RAW", body={"values": [["x" * 50_001]]})
    assert refused(long) == (400, "INVALID_ARGUMENT")


async def test_writes_are_counted_by_the_minute() -> None:
    now = 0.0
    async with GoogleSheetsEmulator(a_minute=2, clock=lambda: now) as google:
        values = client(google).spreadsheets().values()
        for _ in range(2):
            append(values, "A1", [["x"]])
        one = values.append(spreadsheetId=ID, range="A1", valueInputOption="RAW", body={"values": [["x"]]})
        assert refused(one) == (429, "RESOURCE_EXHAUSTED")
        now = 61.0
        one.execute()


def test_a_range_may_be_open() -> None:
    book = Book("x", {"S": [["a", "b"], ["c", "d"]]})
    assert book.area("S!1:1") == Area("S", 0, 0, 0, None)
    assert book.area("S!B:B") == Area("S", 0, None, 1, 1)
    assert book.read(book.area("S!B:B")) == [["b"], ["d"]]
