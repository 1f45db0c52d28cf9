"""The Google Sheets card against Google's stand-in: one row a call, as text, under whatever headers the sheet has."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from engine.sdk import Connection, Permanent, RateLimit, StepOutcome, Transient
from nodes.connect import google_account
from nodes.connect.google_sheets.card import GOOGLE_SHEETS, GoogleSheets, GoogleSheetsSettings
from nodes.connect.google_sheets.grid import KEY_HEADER, columns, letters, range_of, spreadsheet_id
from tests.emulators.faults import Fault
from tests.emulators.gemini.tokens import EMAIL
from tests.emulators.google_sheets import ID, GoogleSheetsEmulator
from tests.nodes.connect.conftest import Bench, called

PASTED = f"https://docs.google.com/spreadsheets/d/{ID}/edit?gid=0#gid=0"
COLUMNS = [{"header": "Name", "value": "{first_name}"}, {"header": "ZIP", "value": "{slot:zip}"}]
HEADERS = ["Name", "ZIP", KEY_HEADER]


@pytest.fixture
async def google() -> AsyncIterator[GoogleSheetsEmulator]:
    async with GoogleSheetsEmulator() as emulator:
        yield emulator


@pytest.fixture
def desk(tmp_path: Path, google: GoogleSheetsEmulator) -> Bench:
    desk = Bench(called(), str(tmp_path / "outbox"))
    desk.book.add("google_sheets", "google_sheets", {"key": google.key_file, "endpoint": google.address})
    return desk


async def write(desk: Bench, **settings: object) -> StepOutcome:
    given = {"spreadsheet": PASTED, "columns": COLUMNS} | settings
    return await GoogleSheets(GoogleSheetsSettings.model_validate(given)).run(desk)


async def until_done(desk: Bench, tries: int = 4) -> StepOutcome:
    """As the lane does, without its pauses."""
    for _ in range(tries):
        try:
            return await write(desk)
        except Transient:
            continue
    raise AssertionError(f"not done in {tries} tries")


# --- what is written ---


async def test_an_empty_sheet_gets_headers_and_the_call_as_a_row(desk: Bench, google: GoogleSheetsEmulator) -> None:
    outcome = await write(desk)
    assert google.rows() == [HEADERS, ["Dana", "94107", "call_31:crm"]]
    assert (outcome.note, outcome.external_id) == ("Row Sheet1!A2:C2 in Google Sheets.", "Sheet1!A2:C2")


async def test_the_usual_columns_tell_who_when_and_what_came_of_it(desk: Bench, google: GoogleSheetsEmulator) -> None:
    await GoogleSheets(GoogleSheetsSettings(spreadsheet=ID)).run(desk)
    head, row = google.rows()
    assert dict(zip(head, row, strict=True)) == {
        "Called": "2026-11-24 12:00 UTC",
        "Name": "Dana Reyes",
        "Phone": "+14155550123",
        "E-mail": "dana.reyes@example.com",
        "Outcome": "booked",
        "Appointment": "Thursday, November 26, 2026, 2:00 p.m. Pacific time",
        "Summary": "Dana has a roof leak at 1200 18th St and wants a visit.",
        KEY_HEADER: "call_31:crm",
    }


async def test_reads_and_writes_of_all_workers_stay_within_googles_limits(desk: Bench) -> None:
    await write(desk)
    read, wrote = (RateLimit(f"google_sheets:google_sheets:{sort}", 60, 60.0) for sort in ("read", "write"))
    assert desk.turns == [read, wrote, wrote]


async def test_every_call_gets_its_own_row_below_the_last(desk: Bench, google: GoogleSheetsEmulator) -> None:
    for number in range(3):
        desk.key = f"call_{number}:sheet"
        await write(desk)
    assert [row[2] for row in google.rows()] == [KEY_HEADER, "call_0:sheet", "call_1:sheet", "call_2:sheet"]


async def test_a_sheet_that_people_have_arranged_stays_so(desk: Bench, google: GoogleSheetsEmulator) -> None:
    google.book.sheets["Sheet1"] = [["zip ", KEY_HEADER, "Who follows up", "NAME"], ["94103", "", "Kim", "Al"]]
    await write(desk)
    assert google.rows()[0] == ["zip ", KEY_HEADER, "Who follows up", "NAME"]
    assert google.rows()[2] == ["94107", "call_31:crm", "", "Dana"]


async def test_a_column_that_is_missing_is_added_on_the_right(desk: Bench, google: GoogleSheetsEmulator) -> None:
    google.book.sheets["Sheet1"] = [["Name"], ["Al"]]
    await write(desk)
    assert google.rows() == [HEADERS, ["Al"], ["Dana", "94107", "call_31:crm"]]


@pytest.mark.parametrize("evil", ['=IMPORTXML("https://evil.example")', "+1+1", "-SUM(A1)", "@SUM(A1)"])
async def test_nothing_a_caller_said_is_ever_calculated(desk: Bench, google: GoogleSheetsEmulator, evil: str) -> None:
    desk.result = called(lead={"first_name": evil})
    await write(desk)
    assert google.rows()[1][0] == evil
    assert all("valueInputOption=RAW" in each.target for each in (*google.asked("PUT"), *google.asked("POST")))


@pytest.mark.parametrize("name", ["Calls", "it's", "A1", "Q1 & Q2", "Käufer/50%?"])
async def test_a_sheet_of_any_name_is_found(desk: Bench, google: GoogleSheetsEmulator, name: str) -> None:
    google.book.sheets[name] = []
    await write(desk, sheet=name)
    await write(desk, sheet=name)
    assert google.rows(name) == [HEADERS, ["Dana", "94107", "call_31:crm"]]
    assert google.rows() == []


async def test_a_text_that_is_too_long_for_a_cell_is_shortened_and_says_so(
    desk: Bench, google: GoogleSheetsEmulator
) -> None:
    desk.result = called(summary="x" * 60_000)
    await write(desk, columns=[{"header": "Summary", "value": "{summary}"}])
    cell = google.rows()[1][0]
    assert len(cell) == 50_000
    assert cell.endswith("kept in Leadline)")


async def test_what_the_dashboard_shows_names_nobody(desk: Bench, google: GoogleSheetsEmulator) -> None:
    outcome = await write(desk)
    shown = str(outcome.sent) + outcome.note
    for private in ("Dana", "94107", "PRIVATE KEY", ID):
        assert private not in shown
    assert "Name" in shown


# --- once ---


async def test_the_same_step_again_finds_its_row(desk: Bench, google: GoogleSheetsEmulator) -> None:
    first = await write(desk)
    again = await write(desk)
    assert len(google.rows()) == 2
    assert "(was there)" in again.note
    assert first.external_id == "Sheet1!A2:C2"


@pytest.mark.parametrize("kind", ["cut", "corrupt"])
@pytest.mark.parametrize("skip", range(4))
async def test_whichever_request_fails_after_it_was_done_there_is_one_row(
    desk: Bench, google: GoogleSheetsEmulator, kind: str, skip: int
) -> None:
    """Of an empty sheet: read headers, write headers, append; the fourth is beyond the end."""
    google.faults.set(Fault("cut" if kind == "cut" else "corrupt", skip=skip, times=1))
    await until_done(desk)
    assert google.rows() == [HEADERS, ["Dana", "94107", "call_31:crm"]]
    assert google.faults.hits == (1 if skip < 3 else 0)


async def test_a_row_that_somebody_sorted_elsewhere_is_found(desk: Bench, google: GoogleSheetsEmulator) -> None:
    google.faults.set(Fault("cut", skip=2, times=1))
    with pytest.raises(Transient):
        await write(desk)
    google.book.sheets["Sheet1"].insert(1, ["Al", "1", "call_1:x"])
    assert (await write(desk)).external_id == "A3"


# --- what Google says ---


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("403", f"Share it with {EMAIL} as an editor"),
        ("403 SERVICE_DISABLED", "Google Sheets API is switched off"),
        ("400 protected", f"Let {EMAIL} edit them"),
        ("400", "refused what was to be written"),
        ("404", "no spreadsheet at this address"),
        ("401", "Make a new key"),
        ("redirect", "sends us elsewhere"),
    ],
)
async def test_what_only_a_person_can_mend_is_told_with_what_to_do(
    desk: Bench, google: GoogleSheetsEmulator, error: str, words: str
) -> None:
    google.faults.set(Fault("refuse", error=error))
    with pytest.raises(Permanent, match=words) as refused:
        await write(desk)
    assert "PRIVATE KEY" not in str(refused.value)


async def test_a_spreadsheet_that_is_not_shared_names_whom_to_share_it_with(
    desk: Bench, google: GoogleSheetsEmulator
) -> None:
    google.book.editors.clear()
    with pytest.raises(Permanent, match=EMAIL):
        await write(desk)
    google.book.viewers.add(EMAIL)
    with pytest.raises(Permanent, match="as an editor"):
        await write(desk)


async def test_a_sheet_that_is_not_there_is_told(desk: Bench) -> None:
    with pytest.raises(Permanent, match="no sheet of the name"):
        await write(desk, sheet="Gone")


@pytest.mark.parametrize(
    ("fault", "at_least"),
    [(Fault("rate_limit"), 60.0), (Fault("refuse", error="503"), None), (Fault("cut"), None), (Fault("corrupt"), None)],
)
async def test_what_passes_is_tried_again(
    desk: Bench, google: GoogleSheetsEmulator, fault: Fault, at_least: float | None
) -> None:
    google.faults.set(fault)
    with pytest.raises(Transient) as refused:
        await write(desk)
    pause = refused.value.retry_after_s
    assert (pause is None) == (at_least is None)
    assert pause is None or at_least is None or at_least <= pause <= 1.5 * at_least


async def test_a_token_that_was_withdrawn_is_fetched_anew(desk: Bench, google: GoogleSheetsEmulator) -> None:
    await write(desk)
    google.sign_in.given.clear()
    desk.key = "call_32:sheet"
    await write(desk)
    assert len(google.rows()) == 3


async def test_one_token_serves_many_rows(desk: Bench, google: GoogleSheetsEmulator) -> None:
    for number in range(3):
        desk.key = f"call_{number}:sheet"
        await write(desk)
    assert len([each for each in google.requests if each.path == "/token"]) == 1


async def test_a_sign_in_that_is_away_is_tried_again_and_a_wrong_clock_is_told(
    desk: Bench, google: GoogleSheetsEmulator
) -> None:
    google.token_faults.set(Fault("refuse", error="503", times=1))
    with pytest.raises(Transient, match="sign-in"):
        await write(desk)
    google.sign_in.ahead_s = 9_000
    with pytest.raises(Permanent, match="clock"):
        await write(desk)


async def test_a_key_of_an_account_that_is_gone_is_told(desk: Bench, google: GoogleSheetsEmulator) -> None:
    other = json.loads(google.key_file) | {"client_email": "gone@emulated.iam.gserviceaccount.com"}
    desk.book.add("google_sheets", "google_sheets", {"key": json.dumps(other), "endpoint": google.address})
    with pytest.raises(Permanent, match="Make a new key"):
        await write(desk)


# --- connections ---


@pytest.mark.parametrize("key", ["", "{}", "[]", '{"type":"service_account"}', '{"type":"authorized_user"}'])
async def test_a_key_file_that_is_none_is_told_before_anything_is_asked(
    desk: Bench, google: GoogleSheetsEmulator, key: str
) -> None:
    desk.book.add("google_sheets", "google_sheets", {"key": key, "endpoint": google.address})
    with pytest.raises(Permanent, match="paste the whole file"):
        await write(desk)
    assert google.requests == []


@pytest.mark.parametrize("endpoint", ["https://evil.example", "http://evil.example", "http://8.8.8.8"])
async def test_an_emulator_is_on_this_machine(desk: Bench, google: GoogleSheetsEmulator, endpoint: str) -> None:
    desk.book.add("google_sheets", "google_sheets", {"key": google.key_file, "endpoint": endpoint})
    with pytest.raises(Permanent, match="must be on this machine"):
        await write(desk)


@pytest.mark.parametrize("named", ["https://evil.example/token", "http://evil.example/token", ""])
def test_a_key_goes_nowhere_but_to_google(google: GoogleSheetsEmulator, named: str) -> None:
    assert google_account.tokens_of(named) == google_account.TOKENS


def test_a_connection_is_judged_as_it_is_entered(google: GoogleSheetsEmulator) -> None:
    whole = {"key": google.key_file, "spreadsheet": PASTED}
    assert GOOGLE_SHEETS.problems(Connection("g", "google_sheets", whole)) == ()
    for wrong in ({"key": "{}"}, {"spreadsheet": "Roof calls"}, {"endpoint": "https://evil.example"}):
        assert len(GOOGLE_SHEETS.problems(Connection("g", "google_sheets", {**whole, **wrong}))) == 1


async def test_a_connection_of_another_kind_is_refused(desk: Bench) -> None:
    desk.book.add("google_sheets", "smtp", {})
    with pytest.raises(Permanent, match="of kind 'smtp'"):
        await write(desk)


async def test_a_test_tells_the_title_and_whom_to_share_with_and_writes_nothing(
    desk: Bench, google: GoogleSheetsEmulator
) -> None:
    given = desk.connection("google_sheets").settings
    assert GOOGLE_SHEETS.test is not None
    alone = await GOOGLE_SHEETS.test(desk.connection("google_sheets"))
    desk.book.add("google_sheets", "google_sheets", {**given, "spreadsheet": PASTED})
    with_one = await GOOGLE_SHEETS.test(desk.connection("google_sheets"))
    assert EMAIL in alone
    assert "“Roof calls” with the sheets Sheet1" in with_one
    assert not google.asked("PUT")
    assert not google.asked("POST")


async def test_a_card_without_spreadsheet_writes_into_the_connections(
    desk: Bench, google: GoogleSheetsEmulator
) -> None:
    given = desk.connection("google_sheets").settings
    desk.book.add("google_sheets", "google_sheets", {**given, "spreadsheet": PASTED})
    await write(desk, spreadsheet="")
    assert len(google.rows()) == 2


async def test_a_card_without_columns_is_told(desk: Bench) -> None:
    with pytest.raises(Permanent, match="no columns"):
        await write(desk, columns=[])


# --- pure ---


@pytest.mark.parametrize(
    "pasted",
    [
        ID,
        f" {ID} ",
        PASTED,
        f"https://docs.google.com/spreadsheets/u/0/d/{ID}/edit",
        f"docs.google.com/spreadsheets/d/{ID}",
    ],
)
def test_an_id_or_a_whole_address_is_pasted(pasted: str) -> None:
    assert spreadsheet_id(pasted) == ID


@pytest.mark.parametrize("pasted", ["", "Roof calls", "https://evil.example/", "../../x"])
def test_what_names_no_spreadsheet_is_told(pasted: str) -> None:
    with pytest.raises(Permanent, match="copy the whole address"):
        spreadsheet_id(pasted)


@pytest.mark.parametrize(("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (702, "AAA")])
def test_columns_have_letters(place: int, name: str) -> None:
    assert letters(place) == name


def test_a_name_is_quoted_and_the_first_sheet_has_none() -> None:
    assert (range_of("", "A1"), range_of("it's", "A1")) == ("A1", "'it''s'!A1")


@pytest.mark.parametrize(
    ("there", "headers", "new"),
    [
        ([], ["Name", KEY_HEADER], 2),
        (["name"], ["name", KEY_HEADER], 1),
        ([KEY_HEADER, "NAME", "Mine", ""], [KEY_HEADER, "NAME", "Mine"], 0),
    ],
)
def test_headers_are_completed_on_the_right(there: Sequence[str], headers: list[str], new: int) -> None:
    found = columns(there, ["Name", "name"] if not there else ["Name"])
    assert ([*found.headers], found.new, found.has_key) == (headers, new, new == 0)


@pytest.mark.parametrize(("there", "column"), [(["", "Name"], "A"), (["Name", "", "Phone"], "B")])
def test_a_first_row_with_a_gap_is_told_since_google_would_shift_the_row(there: list[str], column: str) -> None:
    with pytest.raises(Permanent, match=f"no header in column {column}"):
        columns(there, ["Name"])
