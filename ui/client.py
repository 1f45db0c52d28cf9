"""The engine's API, typed. Every failure becomes an `EngineTrouble` with a sentence that a person can act on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from ui.call_records import CallFull
from ui.records import (
    Call,
    CallPage,
    CardTypes,
    FieldProblem,
    FlowLine,
    Json,
    Lead,
    LeadPage,
    LeadTaken,
    Readiness,
)
from ui.texts import t

ADDRESS_VARIABLE: Final = "LEADLINE_API"
BROWSER_VARIABLE: Final = "LEADLINE_API_FOR_BROWSERS"
DEFAULT_API: Final = "http://127.0.0.1:8080"
LOG_IN: Final = "/log-in"
TIMEOUT_S: Final = 8.0
PAGE: Final = 100

# Made once: building one takes milliseconds.
_LEAD: Final = TypeAdapter(Lead)
_LEADS: Final = TypeAdapter(LeadPage)
_TAKEN: Final = TypeAdapter(LeadTaken)
_CALL: Final = TypeAdapter(CallFull)
_CALLS: Final = TypeAdapter(CallPage)
_FLOWS: Final = TypeAdapter(tuple[FlowLine, ...])
_READY: Final = TypeAdapter(Readiness)
_CARD_TYPES: Final = TypeAdapter(CardTypes)
_DOCUMENT: Final = TypeAdapter(dict[str, Json])
_PROBLEMS: Final = TypeAdapter(tuple[FieldProblem, ...])

T = TypeVar("T")
Trouble = Literal["unreachable", "token", "login", "forbidden", "role", "missing", "refused", "conflict", "broken"]


class EngineTrouble(Exception):
    """`kind` says what sort it is, the message what to do. `problems`: of single fields, for a refused form."""

    def __init__(self, kind: Trouble, sentence: str, problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.problems = problems


class Engine:
    """One for each address; safe to use from several threads."""

    def __init__(self, address: str, token: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self.address = address.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=self.address, headers=headers, timeout=timeout_s, trust_env=False)

    def close(self) -> None:
        self._http.close()

    # Leads.

    def leads(self, limit: int = PAGE, before: datetime | None = None) -> LeadPage:
        query = {"limit": str(limit)} | ({"before": before.isoformat()} if before else {})
        return self.get(_LEADS, "/leads", query)

    def lead(self, lead_id: str) -> Lead:
        return self.get(_LEAD, f"/leads/{part(lead_id)}")

    def send_lead(self, form: Mapping[str, Json], flow_id: str = "", form_key: str = "") -> LeadTaken:
        """Post a form as a website would. Raises `EngineTrouble` of kind `refused` with the fields' problems."""
        headers = {"X-Form-Key": form_key} if form_key else {}
        answer = self.send(
            "POST", "/leads/website", json=dict(form), query={"flow": flow_id} if flow_id else {}, headers=headers
        )
        return read(_TAKEN, answer)

    # Calls.

    def calls(
        self, limit: int = PAGE, *, before: str | None = None, flow_id: str | None = None,
        lead_id: str | None = None, disposition: str | None = None, test: bool = False,
    ) -> CallPage:  # fmt: skip
        """`test`: calls that tried out a draft, instead of real ones."""
        asked = {"before": before, "flow_id": flow_id, "lead_id": lead_id, "disposition": disposition}
        asked |= {"test": "true"} if test else {}
        query = {"limit": str(limit)} | {name: value for name, value in asked.items() if value}
        return self.get(_CALLS, "/calls", query)

    def calls_since(self, since: datetime, at_most: int = 2000) -> list[Call]:
        """Calls placed at `since` or later, newest first; `at_most` bounds what is fetched."""
        found: list[Call] = []
        before: str | None = None
        while len(found) < at_most:
            page = self.calls(500, before=before)
            found += [call for call in page.calls if call.placed_at >= since]
            if page.next is None or not page.calls or page.calls[-1].placed_at < since:
                break
            before = page.next
        return found

    def call(self, call_id: str) -> CallFull:
        return self.get(_CALL, f"/calls/{part(call_id)}")

    def flow_of_call(self, call_id: str) -> dict[str, Json]:
        """The flow document that the call was held with, published or a draft."""
        return self.get(_DOCUMENT, f"/calls/{part(call_id)}/flow")

    # Flows.

    def flows(self) -> tuple[FlowLine, ...]:
        return self.get(_FLOWS, "/flows")

    # The engine itself.

    def ready(self) -> Readiness:
        """Never raises for an engine that says what it lacks."""
        return read(_READY, self.send("GET", "/ready", fine=(200, 503)))

    def card_types(self) -> CardTypes:
        return self.get(_CARD_TYPES, "/nodes")

    def version(self) -> str:
        """The engine's version, as its API description tells it."""
        described = read(_DOCUMENT, self.send("GET", "/openapi.json"))
        info = described.get("info")
        return str(info.get("version", "")) if isinstance(info, dict) else ""

    def get(self, shape: TypeAdapter[T], path: str, query: Mapping[str, str] | None = None) -> T:
        return read(shape, self.send("GET", path, query=query))

    def send(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, json: Json = None,
        headers: Mapping[str, str] | None = None, fine: tuple[int, ...] = (200, 201), timeout_s: float | None = None,
        content: bytes | None = None, file: tuple[str, bytes] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """What the resources' own modules are made of. `content`: a file, instead of `json`; `file`: name and content
        of one, sent as a form's part of that name. Raises `EngineTrouble` for every answer that is not `fine`."""
        try:
            answer = self._http.request(
                method, path, params=dict(query or {}), json=json, headers=dict(headers or {}),
                timeout=timeout_s or self._http.timeout, content=content,
                files={"file": file} if file is not None else None,
            )  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            late = isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout)
            sentence = t("trouble.slow" if late else "trouble.unreachable", address=self.address)
            raise EngineTrouble("unreachable", sentence) from error
        if answer.status_code in fine:
            return answer
        raise _trouble(answer)


def part(id: str) -> str:
    """An id as one part of a path."""
    return quote(id, safe="")


def read(shape: TypeAdapter[T], answer: httpx.Response) -> T:
    """The answer as `shape`. Raises `EngineTrouble` of kind `broken`."""
    try:
        return shape.validate_json(answer.content)
    except ValidationError as error:
        raise EngineTrouble("broken", t("trouble.other_version", path=answer.request.url.path)) from error


def _trouble(answer: httpx.Response) -> EngineTrouble:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    detail = body.get("detail") if isinstance(body, dict) else None
    sentence = detail if isinstance(detail, str) and detail else t("trouble.status", status=answer.status_code)
    code = body.get("code") if isinstance(body, dict) else None
    match answer.status_code:
        case 401 if code == "login_ended" or answer.request.url.path == LOG_IN:
            return EngineTrouble("login", sentence)
        case 401:
            return EngineTrouble("token", t("trouble.token"))
        case 403:
            return EngineTrouble("role" if code == "role_too_low" else "forbidden", sentence)
        case 404:
            return EngineTrouble("missing", sentence)
        case 409:
            return EngineTrouble("conflict", sentence)
        case 400 | 413 | 415 | 422 | 429:
            given = body.get("problems") if isinstance(body, dict) else None
            try:
                problems = _PROBLEMS.validate_python(given or ())
            except ValidationError:
                problems = ()
            return EngineTrouble("refused", sentence, problems)
        case _:
            return EngineTrouble("broken", sentence)


def address_for_browsers(environment: Mapping[str, str] = os.environ) -> str:
    """Of the same engine as a browser reaches it; LEADLINE_API_FOR_BROWSERS if that differs."""
    return environment.get(BROWSER_VARIABLE) or address_and_token(environment)[0]


def address_and_token(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Of the engine that the environment names: LEADLINE_API and LEADLINE_API_TOKEN."""
    return environment.get(ADDRESS_VARIABLE) or DEFAULT_API, environment.get("LEADLINE_API_TOKEN") or ""
