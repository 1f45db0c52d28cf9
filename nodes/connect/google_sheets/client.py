"""Talks to Google Sheets: four requests, and every refusal with what to do about it."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, urlencode

from engine.sdk import Connection, Json, Permanent, Transient
from nodes.connect.addresses import Reach, on_this_machine
from nodes.connect.asking import Reply, ask
from nodes.connect.google_account import ServiceAccount, access_token, service_account

HOST: Final = "https://sheets.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/spreadsheets"
WHO: Final = "Google Sheets"
ANSWER_LIMIT: Final = 16_777_216  # a column of keys may be long
MINUTE_S: Final = 60.0  # the window of Google's quotas
A_MINUTE: Final = 60  # reads, and as many writes, that one account may make

Row = list[Json]
Turn = Callable[[Literal["read", "write"]], Awaitable[None]]
"""Waits until a request of this sort fits into Google's limits: they are counted apart."""


async def at_once(_: Literal["read", "write"]) -> None:
    """For a single look, which no limit is felt by."""


@dataclass(frozen=True, slots=True)
class Account:
    who: ServiceAccount
    host: str

    @property
    def reach(self) -> Reach:
        return Reach.INTERNET if self.host == HOST else Reach.INSIDE


def account(connection: Connection) -> Account:
    """Raises `Permanent` for a connection that cannot be used."""
    if connection.kind != "google_sheets":
        raise Permanent(
            f"The connection '{connection.name}' is of kind '{connection.kind}'; the card needs a Google Sheets one."
        )
    endpoint = connection.settings.get("endpoint", "").strip().rstrip("/")
    if endpoint and not on_this_machine(endpoint):
        raise Permanent(
            f"The emulator of the connection '{connection.name}' must be on this machine, such as "
            "http://127.0.0.1:9005. Leave it out for Google itself."
        )
    return Account(service_account(connection), endpoint or HOST)


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """One spreadsheet. All methods raise `Permanent`, `Transient`. Ranges are in A1 notation."""

    account: Account
    id: str
    turn: Turn = at_once

    async def titles(self) -> tuple[str, list[str]]:
        """What it is called, and its sheets."""
        answer = await self._ask("GET", "", {"fields": "properties.title,sheets.properties.title"})
        sheets = answer.get("sheets")
        names = [_title(each) for each in sheets] if isinstance(sheets, list) else []
        return _title(answer), names

    async def row(self, range: str) -> Row:
        """The cells of a row, without empty ones at its end."""
        return await self._line(range, "ROWS")

    async def column(self, range: str) -> Row:
        return await self._line(range, "COLUMNS")

    async def put(self, range: str, cells: list[str]) -> None:
        """Write cells in place of what stands there, as text."""
        values: Json = {"majorDimension": "ROWS", "values": [[*cells]]}
        await self._ask("PUT", f"/values/{_quoted(range)}", {"valueInputOption": "RAW"}, values)

    async def append(self, range: str, cells: list[str]) -> str:
        """Add a row below the table that begins in the range; gives the range that was written. As text (`RAW`): what
        looks like a formula is none."""
        values: Json = {"majorDimension": "ROWS", "values": [[*cells]]}
        query = {"valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS"}
        answer = await self._ask("POST", f"/values/{_quoted(range)}:append", query, values)
        updates = answer.get("updates")
        if not isinstance(updates, dict) or updates.get("updatedRows") != 1:
            raise Transient("Google Sheets did not say that the row was written.")
        return str(updates.get("updatedRange", ""))

    async def _line(self, range: str, by: str) -> Row:
        answer = await self._ask("GET", f"/values/{_quoted(range)}", {"majorDimension": by})
        lines = answer.get("values")
        first = lines[0] if isinstance(lines, list) and lines else []
        return first if isinstance(first, list) else []

    async def _ask(self, method: str, path: str, query: Mapping[str, str], body: Json = None) -> dict[str, Json]:
        token = await access_token(self.account.who, SCOPE)
        await self.turn("read" if method == "GET" else "write")
        reply = await self._sent(method, path, query, body, token)
        if reply.status == 401:  # it was withdrawn before its time
            token = await access_token(self.account.who, SCOPE, refused=token)
            reply = await self._sent(method, path, query, body, token)
        answer = reply.document
        if not reply.done:
            raise refusal(reply, self.account.who, random.random())  # noqa: S311 - spreads retries, guards nothing
        if not isinstance(answer, dict):
            raise Transient("A web page came where Google Sheets should have answered: perhaps a proxy stands between.")
        return answer

    async def _sent(self, method: str, path: str, query: Mapping[str, str], body: Json, token: str) -> Reply:
        url = f"{self.account.host}/v4/spreadsheets/{_quoted(self.id)}{path}?{urlencode(query)}"
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json; charset=utf-8"}
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        return await ask(WHO, method, url, content, headers, self.account.reach, ANSWER_LIMIT)


def refusal(reply: Reply, who: ServiceAccount, jitter: float) -> Permanent | Transient:
    """What Google's no means. `jitter`: 0 to 1, so that many calls do not come back at once."""
    status, message, reasons = _told(reply)
    if reply.status == 429 or status == "RESOURCE_EXHAUSTED":
        return Transient(
            "Google Sheets takes no more requests for a minute (answer 429).",
            reply.pause_s if reply.pause_s is not None else MINUTE_S * (1 + jitter / 2),
        )
    if reply.status in (408, 425) or reply.status >= 500:
        return Transient(
            f"Google Sheets does not answer properly at this moment (answer {reply.status}).", reply.pause_s
        )
    if reply.status == 401:
        return Permanent(
            f"Google does not let the service account of the connection '{who.connection}' in. Make a new key."
        )
    if reply.status == 403 and ("SERVICE_DISABLED" in reasons or "accessNotConfigured" in reasons):
        return Permanent(
            "The Google Sheets API is switched off in the Google Cloud project of the service account. Switch it on "
            "there (APIs and services, Library), and wait some minutes."
        )
    if "protected" in message.lower():
        return Permanent(
            f"The sheet has protected cells where Leadline must write. Let {who.email} edit them, or take the "
            "protection away."
        )
    if reply.status == 403:
        return Permanent(
            f"The spreadsheet is not shared with Leadline. Share it with {who.email} as an editor (button “Share” in "
            "the spreadsheet)."
        )
    if reply.status == 404:
        return Permanent(
            "Google knows no spreadsheet at this address: it was deleted, or the address is not whole. Copy it from "
            "the browser again."
        )
    if "unable to parse range" in message.lower():
        return Permanent(
            "The spreadsheet has no sheet of the name that stands in the card. Names are at its lower edge."
        )
    if 300 <= reply.status < 400:
        return Permanent(
            f"Something between here and Google sends us elsewhere (answer {reply.status}): a proxy, perhaps."
        )
    return Permanent(
        f"Google Sheets refused what was to be written (answer {reply.status}{f', {status}' if status else ''})."
    )


def _told(reply: Reply) -> tuple[str, str, set[str]]:
    """Status, message and reasons of an error; the message may quote what was sent, and is never shown."""
    answer = reply.document
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return "", "", set()
    details = error.get("details")
    found = [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    status = str(error.get("status", ""))
    return (
        status if status.isupper() else "",
        str(error.get("message", "")),
        {str(each.get("reason")) for each in found},
    )


def _title(part: Json) -> str:
    properties = part.get("properties") if isinstance(part, dict) else None
    return str(properties.get("title", "")) if isinstance(properties, dict) else ""


def _quoted(text: str) -> str:
    return quote(text, safe="")
