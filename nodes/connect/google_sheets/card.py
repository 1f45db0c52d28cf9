"""Writes a call as a row of a Google spreadsheet, once."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    Connection,
    ConnectionField,
    ConnectionKind,
    Effects,
    Naming,
    NodeSettings,
    Permanent,
    RateLimit,
    StepOutcome,
    marks,
)
from nodes.connect.entries import check_by
from nodes.connect.google_account import access_token
from nodes.connect.google_sheets.client import A_MINUTE, MINUTE_S, SCOPE, Spreadsheet, account
from nodes.connect.google_sheets.grid import columns, letters, range_of, spreadsheet_id


class SheetColumn(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    header: str = Field(
        title="Header",
        description="The column is found by it, wherever it stands; where it is missing, it is added on the right.",
        examples=["ZIP code"],
        min_length=1,
        max_length=100,
    )
    value: str = Field(
        title="What is written into it",
        examples=["{slot:zip}"],
        json_schema_extra=marks(fills=()),
    )


USUAL: Final = tuple(
    SheetColumn(header=header, value=value)
    for header, value in (
        ("Called", "{started}"), ("Name", "{first_name} {last_name}"), ("Phone", "{phone}"), ("E-mail", "{email}"),
        ("Outcome", "{disposition}"), ("Appointment", "{appointment}"), ("Summary", "{summary}"),
    )
)  # fmt: skip


class GoogleSheetsSettings(NodeSettings):
    connection: str = Field(
        "google_sheets",
        title="Connection",
        description="The Google account that writes.",
        json_schema_extra=marks(refers="connection:google_sheets"),
    )
    spreadsheet: str = Field(
        "",
        title="Spreadsheet",
        description="Its address in the browser. Empty: the one that the connection names.",
        examples=["docs.google.com/spreadsheets/d/1AbC.../edit"],
    )
    sheet: str = Field(
        "",
        title="Sheet",
        description="The name at the lower edge of the spreadsheet. Empty: the first one.",
        examples=["Calls"],
        max_length=100,
    )
    columns: tuple[SheetColumn, ...] = Field(
        USUAL,
        title="Columns",
        description="What a row says of the call. All of it is written as text; nothing in it is ever calculated.",
    )


async def _look(connection: Connection) -> str:
    """Signs in; reads the title of the spreadsheet, if the connection names one. Writes nothing."""
    place = account(connection)
    pasted = connection.settings.get("spreadsheet", "")
    share = f"Share every spreadsheet that Leadline writes into with {place.who.email}, as an editor."
    if not pasted.strip():
        await access_token(place.who, SCOPE)
        return f"Google let Leadline in. {share}"
    title, sheets = await Spreadsheet(place, spreadsheet_id(pasted)).titles()
    return f"Leadline can read “{title}” with the sheets {', '.join(sheets)}. Nothing was written. {share}"


def _entered(connection: Connection) -> None:
    account(connection)
    if pasted := connection.settings.get("spreadsheet", "").strip():
        spreadsheet_id(pasted)


GOOGLE_SHEETS = ConnectionKind(
    "google_sheets",
    "Google Sheets",
    "keeps a list of your calls in a spreadsheet",
    (
        ConnectionField(
            "key",
            "Key file",
            "of a service account in Google Cloud: the whole JSON text",
            required=True,
            secret=True,
            long=True,
        ),
        ConnectionField(
            "spreadsheet",
            "Spreadsheet",
            "its address in the browser: for cards that name none, and for the test",
            example="https://docs.google.com/spreadsheets/d/1AbC.../edit",
        ),
        ConnectionField(
            "endpoint",
            "Emulator",
            "address of an emulator on this machine, such as http://127.0.0.1:9005",
            advanced=True,
        ),
    ),
    test=_look,
    check=check_by(_entered),
    steps=(
        "Open `console.cloud.google.com`, sign in, and make a project (or choose one).",
        "Open “APIs & Services”, “Library”, look for “Google Sheets API”, and press “Enable”.",
        "Open “IAM & Admin”, “Service accounts”, “Create service account”. A name such as `leadline` is enough: it "
        "needs no roles.",
        "Open the new account, “Keys”, “Add key”, “Create new key”, “JSON”. A file is downloaded: enter its whole text "
        "as the key file. Keep it like a password.",
        "Open the spreadsheet, “Share”, and add the service account (its address ends with "
        "`iam.gserviceaccount.com`) as an editor. Enter the spreadsheet's address here and press “Test”.",
    ),
)


class GoogleSheets(AfterCallNode[GoogleSheetsSettings]):
    type = "google_sheets"
    title = "Add a row in Google Sheets"
    summary = (
        "Writes the call as a row, under the headers of the sheet. Each call stands there once, however often the step "
        "is tried."
    )
    icon = "table_rows"
    connection_kinds = (GOOGLE_SHEETS,)
    effects = Effects(outside=True, budget_s=60.0)

    def texts(self) -> tuple[str, ...]:
        return tuple(each.value for each in self.settings.columns)

    def describe(self, naming: Naming) -> str:
        own = self.settings
        where = f" of “{own.sheet}”" if own.sheet else ""
        return f"Writes {', '.join(each.header for each in own.columns) or 'nothing yet'} into a row{where}"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        own, connection = self.settings, ctx.connection(self.settings.connection)
        if not own.columns:
            raise Permanent("The card has no columns, so there is nothing to write. Add some.")
        place = account(connection)
        pasted = own.spreadsheet.strip() or connection.settings.get("spreadsheet", "")

        async def turn(sort: str) -> None:
            await ctx.take_turn(RateLimit(f"google_sheets:{connection.name}:{sort}", A_MINUTE, MINUTE_S))

        book = Spreadsheet(place, spreadsheet_id(pasted), turn)
        values = {each.header: ctx.fill(each.value) for each in own.columns}
        at, new = await write_once(book, own.sheet.strip(), values, ctx.key)
        return StepOutcome(
            note=f"Row {at} in Google Sheets{'' if new else ' (was there)'}.",
            external_id=at,
            sent={"key": ctx.key, "row": at, "columns": {name: _hidden(value) for name, value in values.items()}},
        )


async def write_once(book: Spreadsheet, sheet: str, values: dict[str, str], key: str) -> tuple[str, bool]:
    """The row of this key: the range that was written, or that an earlier try has written (`False`)."""
    found = columns(await book.row(range_of(sheet, "1:1")), [*values])
    if found.has_key:
        column = letters(found.key)
        keys = await book.column(range_of(sheet, f"{column}:{column}"))
        if key in keys:
            return range_of(sheet, f"A{keys.index(key) + 1}"), False
    last = letters(len(found.headers) - 1)
    if found.new:
        first = letters(len(found.headers) - found.new)
        await book.put(range_of(sheet, f"{first}1:{last}1"), [*found.headers[-found.new :]])
    return await book.append(range_of(sheet, f"A1:{last}1"), found.row(values, key)), True


def _hidden(value: str) -> str:
    return f"(hidden, {len(value)} characters)" if value else ""
