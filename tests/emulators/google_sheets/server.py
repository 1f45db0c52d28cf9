"""The HTTP side of Google Sheets: paths, tokens, sharing, quotas and Google's words for its refusals."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import jwt

from tests.emulators.faults import FaultPlan
from tests.emulators.gemini.tokens import EMAIL, SignIn
from tests.emulators.google_sheets.book import Area, Book, NoRange, TooLong, name_of
from tests.emulators.web import Answer, Asked, WebEmulator

ID = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abcde"
SCOPES = {"https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive"}
MINUTE_S = 60.0
Json = dict[str, Any]


class No(Exception):
    """One of Google's errors. `reason`: in its details."""

    def __init__(self, code: int, status: str, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code, self.status, self.message, self.reason = code, status, message, reason

    def answer(self) -> Answer:
        error: Json = {"code": self.code, "message": self.message, "status": self.status}
        if self.reason:
            info = {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": self.reason,
                "domain": "googleapis.com",
            }
            error["details"] = [info]
        return _told({"error": error}, self.code)


REFUSALS = {
    "401": No(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    "403": No(403, "PERMISSION_DENIED", "The caller does not have permission"),
    "403 SERVICE_DISABLED": No(403, "PERMISSION_DENIED", "Google Sheets API has not been used in project 1 before or "
                               "it is disabled.", "SERVICE_DISABLED"),
    "400 protected": No(400, "INVALID_ARGUMENT", "You are trying to edit a protected cell or object. Please contact "
                        "the spreadsheet owner to remove protection if you need to edit."),
    "400": No(400, "INVALID_ARGUMENT", "Invalid values[0][0]: struct_value { }"),
    "404": No(404, "NOT_FOUND", "Requested entity was not found."),
    "429": No(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Write requests' and limit 'Write requests "
              "per minute per user' of service 'sheets.googleapis.com'.", "RATE_LIMIT_EXCEEDED"),
    "500": No(500, "INTERNAL", "Internal error encountered."),
    "503": No(503, "UNAVAILABLE", "The service is currently unavailable."),
}  # fmt: skip


class GoogleSheetsEmulator(WebEmulator):
    """`books` by id; the one of `ID` is there and shared with the service account of `key_file`. `token_faults`: of the
    sign-in; `faults`: of the rest. `a_minute`: writes that one account may make."""

    def __init__(self, port: int = 0, a_minute: int = 60, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(port)
        self.sign_in = SignIn()
        self.token_faults = FaultPlan()
        self.book = Book("Roof calls", editors={EMAIL})
        self.books = {ID: self.book}
        self.a_minute, self._clock = a_minute, clock
        self._recent: deque[float] = deque()
        self._scopes: dict[str, set[str]] = {}

    @property
    def key_file(self) -> str:
        return self.sign_in.key_file(f"{self.address}/token", "emulated-project")

    def rows(self, sheet: str = "Sheet1") -> list[list[str]]:
        """What people see in a sheet."""
        return self.book.read(Area(sheet, 0, None, 0, None))

    def asked(self, method: str) -> list[Asked]:
        """Requests to the API, without those to the sign-in."""
        return [each for each in self.requests if each.method == method and each.path != "/token"]

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        if urlsplit(target).path != "/token":
            return super().answer(method, target, headers, body)
        with self._lock:
            self.requests.append(Asked(method, target, headers, body))
            fault = self.token_faults.strike()
            if fault is not None:
                return Answer(int(fault.error), b'{"error":"internal_failure"}')
            return self._token(dict(parse_qsl(body.decode())))

    def serve(self, asked: Asked) -> Answer:
        try:
            return self._routed(asked, self._caller(asked))
        except No as no:
            return no.answer()
        except NoRange as wrong:
            return No(400, "INVALID_ARGUMENT", f"Unable to parse range: {wrong}").answer()
        except TooLong:
            message = "Your input contains more than the maximum of 50000 characters in a single cell."
            return No(400, "INVALID_ARGUMENT", message).answer()

    def refusal(self, error: str) -> Answer:
        if error == "redirect":
            return Answer(302, b"", {"Location": "https://accounts.google.com/"})
        return REFUSALS[error].answer()

    def too_many(self) -> Answer:
        return REFUSALS["429"].answer()

    def _token(self, form: dict[str, str]) -> Answer:
        status, told = self.sign_in.exchange(form.get("assertion", ""))
        if status == 200:
            claims = jwt.decode(form["assertion"], options={"verify_signature": False})
            self._scopes[told["access_token"]] = set(str(claims["scope"]).split())
        return _told(told, status)

    def _caller(self, asked: Asked) -> str:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.sign_in.holds(token) != "ok":
            raise REFUSALS["401"]
        if not self._scopes[token] & SCOPES:
            message = "Request had insufficient authentication scopes."
            raise No(403, "PERMISSION_DENIED", message, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
        return EMAIL

    def _routed(self, asked: Asked, who: str) -> Answer:
        found = re.fullmatch(r"/v4/spreadsheets/([^/:]+)(?:/values/(.+?)(:append)?)?", asked.path)
        if found is None:
            return Answer(404, b"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", {"Content-Type": "text/html"})
        id, range, append = unquote(found[1]), unquote(found[2] or ""), bool(found[3])
        book = self.books.get(id)
        if book is None:
            raise REFUSALS["404"]
        if who not in book.editors | (book.viewers if asked.method == "GET" else set()):
            raise REFUSALS["403"]
        query = {name: given[-1] for name, given in parse_qs(urlsplit(asked.target).query).items()}
        match asked.method:
            case "GET" if not range:
                sheets = [{"properties": {"title": each}} for each in book.sheets]
                return _told({"properties": {"title": book.title}, "sheets": sheets})
            case "GET":
                return _told(_values(book, range, query.get("majorDimension", "ROWS")))
            case "PUT" | "POST":
                self._count()
                return _told(_written(book, id, range, append, query, json.loads(asked.body)))
        raise No(404, "NOT_FOUND", "Method not found.")

    def _count(self) -> None:
        now = self._clock()
        while self._recent and self._recent[0] <= now - MINUTE_S:
            self._recent.popleft()
        if len(self._recent) >= self.a_minute:
            raise REFUSALS["429"]
        self._recent.append(now)


def _values(book: Book, named: str, by: str) -> Json:
    area = book.area(named)
    rows = book.read(area)
    if by == "COLUMNS":
        width = max(map(len, rows), default=0)
        rows = [_stripped([row[at] if at < len(row) else "" for row in rows]) for at in range(width)]
    told: Json = {"range": named, "majorDimension": by}
    return {**told, "values": rows} if rows else told


def _stripped(cells: list[str]) -> list[str]:
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _written(book: Book, id: str, range: str, append: bool, query: dict[str, str], body: Json) -> Json:
    option = query.get("valueInputOption", "")
    if option not in ("RAW", "USER_ENTERED"):
        raise No(400, "INVALID_ARGUMENT", "'valueInputOption' is required but not specified")
    values = [[_text(cell) for cell in row] for row in body["values"]]
    entered = option == "USER_ENTERED"
    if not append:
        done = book.write(book.area(range), values, entered)
        return _update(id, done, values)
    insert = query.get("insertDataOption") == "INSERT_ROWS"
    table, done = book.append(book.area(range), values, entered, insert)
    told: Json = {"spreadsheetId": id, "updates": _update(id, done, values)}
    return {**told, "tableRange": name_of(table)} if table is not None else told


def _update(id: str, done: Area, values: list[list[str]]) -> Json:
    cells = sum(map(len, values))
    return {"spreadsheetId": id, "updatedRange": name_of(done), "updatedRows": len(values), "updatedCells": cells}


def _text(cell: object) -> str:
    if isinstance(cell, dict | list):
        raise REFUSALS["400"]
    return "" if cell is None else str(cell)


def _told(found: Json, status: int = 200) -> Answer:
    return Answer(status, json.dumps(found).encode(), {"Content-Type": "application/json; charset=UTF-8"})
