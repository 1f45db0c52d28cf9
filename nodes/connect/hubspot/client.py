"""Talks to HubSpot through its own SDK: one client a step, a limit on every request, refusals told apart.

Answers are read here and not by the SDK (`_preload_content=False`): its models give nothing for an unexpected 2xx, and
throw at fields that an answer leaves out, after the write was done.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self, TypeVar
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError, LocationValueError, NewConnectionError, SSLError

from engine.sdk import Connection, Json, Permanent, RateLimit, Transient
from nodes.connect.addresses import on_this_machine
from nodes.connect.hubspot.problems import Refused, Unclear, failure

T = TypeVar("T")
Kind = Literal["contacts", "calls", "notes", "meetings"]

HOST: Final = "https://api.hubapi.com"
CONNECT_S: Final = 3.0
READ_S: Final = 10.0
STEP_S: Final = 45.0  # all requests of a step together; the card's budget is longer
SHORTEST_S: Final = 0.5  # no request is begun with less time left
LONGEST_PAUSE_S: Final = 10.0
REQUESTS: Final = 100  # in ten seconds, of the smallest plan
WINDOW_S: Final = 10.0

KEY: Final = "leadline_key"
PHONE: Final = "leadline_phone"
DO_NOT_CALL: Final = "leadline_do_not_call"
GROUP: Final = "leadline"

_TEXT: Final[Mapping[str, Json]] = {"type": "string", "fieldType": "text", "groupName": GROUP, "hasUniqueValue": True}
_YES_NO: Final[Mapping[str, Json]] = {
    "type": "bool",
    "fieldType": "booleancheckbox",
    "groupName": GROUP,
    "hasUniqueValue": False,
    "options": [
        {"label": "Yes", "value": "true", "displayOrder": 0, "hidden": False},
        {"label": "No", "value": "false", "displayOrder": 1, "hidden": False},
    ],
}
_BY_KEY: Final[Mapping[str, Json]] = {
    "name": KEY,
    "label": "Leadline key",
    "description": "By this Leadline finds what it has written, so that nothing is written twice. Do not change it.",
    **_TEXT,
}
PROPERTIES: Final[Mapping[Kind, Sequence[Mapping[str, Json]]]] = {
    "contacts": (
        {
            "name": PHONE,
            "label": "Leadline phone",
            "description": "The number by which Leadline knows this person. Do not change it.",
            **_TEXT,
        },
        {
            "name": DO_NOT_CALL,
            "label": "Do not call (said to Leadline)",
            "description": "The person has asked not to be called any more.",
            **_YES_NO,
        },
    ),
    "calls": (_BY_KEY,),
    "notes": (_BY_KEY,),
    "meetings": (_BY_KEY,),
}
"""Properties of ours in HubSpot; made at first need."""


@dataclass(frozen=True, slots=True)
class Record:
    """One of HubSpot's records. `new`: this step has made it."""

    id: str
    properties: Mapping[str, str]
    new: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """`limit`: of the steps of all workers together. A tenth of HubSpot's own stays free, for look-ups during calls and
    because requests do not travel equally fast."""

    token: str
    host: str
    limit: RateLimit


def _at_once() -> None:
    """No turn is waited for."""


def account(connection: Connection) -> Account:
    """Raises `Permanent` for a connection that cannot be used."""
    if connection.kind != "hubspot":
        raise Permanent(
            f"The connection '{connection.name}' is of kind '{connection.kind}'; the card needs a HubSpot one."
        )
    token = connection.settings.get("token", "").strip()
    if not token or not token.isascii() or any(character.isspace() for character in token):
        raise Permanent(
            f"The connection '{connection.name}' has no usable access token. Copy that of the private app in HubSpot."
        )
    endpoint = connection.settings.get("endpoint", "").strip().rstrip("/")
    if endpoint and not (on_this_machine(endpoint) and not urlsplit(endpoint).path):
        raise Permanent(
            f"The emulator of the connection '{connection.name}' must be on this machine, such as "
            "http://127.0.0.1:9004. Leave it out for HubSpot itself."
        )
    allowed = connection.settings.get("requests", "").strip() or str(REQUESTS)
    if not allowed.isdecimal() or not 10 <= int(allowed) <= 10_000:
        raise Permanent(
            f"The connection '{connection.name}' allows '{allowed}' requests in ten seconds. Enter a number, such as "
            f"{REQUESTS}; HubSpot shows it beside the private app."
        )
    limit = RateLimit(f"hubspot:{connection.name}", int(allowed) * 9 // 10, WINDOW_S)
    return Account(token, endpoint or HOST, limit)


class Client:
    """All methods raise `Refused`, `Unclear`, `Transient`, `Permanent`. For one thread. `step_s`: time for all
    requests together. `turn`: waits until a request fits into the limit; it may raise `Transient`."""

    def __init__(self, account: Account, step_s: float = STEP_S, turn: Callable[[], None] = _at_once) -> None:
        from hubspot import HubSpot

        crm = HubSpot(access_token=account.token, host=account.host, retry=False).crm
        self._objects, self._batch, self._search = crm.objects.basic_api, crm.objects.batch_api, crm.objects.search_api
        self._core, self._groups = crm.properties.core_api, crm.properties.groups_api
        self._until = time.monotonic() + step_s
        self._free_at = 0.0
        self._turn = turn
        self._prepared: set[Kind] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for api in (self._objects, self._batch, self._search, self._core, self._groups):
            api.api_client.rest_client.pool_manager.clear()

    # --- records ---

    def find(self, kind: Kind, by: str, value: str, properties: Sequence[str] = ()) -> Record | None:
        """The record that has this value in a unique property. Read from the records, not from the search index, so
        what was written a moment ago is found."""

        def look() -> Record | None:
            try:
                answer = self._ask(
                    self._objects.get_by_id, kind, value, id_property=by, properties=[*(properties or (by,))]
                )
            except Refused as refused:
                if refused.status == 404:
                    return None
                raise
            return _record(answer)

        return self._with_properties(kind, look, ours=by in (KEY, PHONE))

    def create(self, kind: Kind, properties: Mapping[str, str], contact_id: str, association: int) -> Record:
        """Make a record and tie it to the contact, in one request. `association`: its type from the record's side."""
        body = {
            "properties": dict(properties),
            "associations": [
                {
                    "to": {"id": contact_id},
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": association}],
                }
            ],
        }
        made = self._with_properties(kind, lambda: _record(self._ask(self._objects.create, kind, body)))
        return Record(made.id, made.properties, new=True)

    def upsert(self, kind: Kind, by: str, value: str, properties: Mapping[str, str]) -> Record:
        """Make or change the one record that has this value. A part that failed (207) is raised as `Refused`."""
        body = {"inputs": [{"idProperty": by, "id": value, "properties": dict(properties)}]}

        def write() -> Record:
            answer = self._ask(self._batch.upsert, kind, body)
            results = answer.get("results")
            if isinstance(results, list) and results:
                return _record(results[0])
            raise _failed_part(answer)

        return self._with_properties(kind, write)

    def update(self, kind: Kind, id: str, properties: Mapping[str, str]) -> None:
        self._with_properties(kind, lambda: self._ask(self._objects.update, kind, id, {"properties": dict(properties)}))

    def search(self, kind: Kind, any_of: Mapping[str, str], properties: Sequence[str], limit: int) -> list[Record]:
        """Records that have one of these values, oldest first. Lags some seconds behind the records."""
        body = {
            "filterGroups": [
                {"filters": [{"propertyName": name, "operator": "EQ", "value": value}]}
                for name, value in any_of.items()
            ],
            "properties": [*properties],
            "limit": limit,
        }
        answer = self._with_properties(kind, lambda: self._ask(self._search.do_search, kind, body))
        results = answer.get("results")
        found = [_record(each) for each in results] if isinstance(results, list) else []
        return sorted(found, key=lambda each: (len(each.id), each.id))

    def knock(self) -> None:
        """Reads one contact, to see whether the token is accepted."""
        self._ask(self._objects.get_page, "contacts", limit=1)

    # --- properties of ours ---

    def prepare(self, kind: Kind) -> None:
        """Make our properties of this kind of record, where they are not there yet."""
        for wanted in PROPERTIES[kind]:
            name = str(wanted["name"])
            try:
                known = self._ask(self._core.get_by_name, kind, name)
            except Refused as refused:
                if refused.status != 404:
                    raise
                self._make_once(self._groups.create, kind, {"name": GROUP, "label": "Leadline", "displayOrder": -1})
                self._make_once(self._core.create, kind, dict(wanted))
                continue
            if wanted["hasUniqueValue"] and not known.get("hasUniqueValue"):
                raise Permanent(
                    f"HubSpot has a property “{name}” of {kind} that is not unique, so repeats could not be told. "
                    "Delete it in HubSpot; Leadline makes it anew."
                )
        self._prepared.add(kind)

    def _make_once(self, make: Callable[..., Any], kind: Kind, body: Mapping[str, Json]) -> None:
        try:
            self._ask(make, kind, body)
        except Refused as refused:
            if not refused.taken:
                raise

    def _with_properties(self, kind: Kind, work: Callable[[], T], ours: bool = False) -> T:
        """Does the work; if HubSpot does not know a property of ours, makes them and does it again. `ours`: a bad
        request can mean nothing else, whatever words it is told in."""
        try:
            return work()
        except Refused as refused:
            named = any(refused.missing(str(each["name"])) for each in PROPERTIES[kind])
            guessed = ours and refused.status == 400 and kind not in self._prepared
            if not named and not guessed:
                raise
            if kind in self._prepared:
                raise Transient(f"HubSpot is still setting up the new properties of {kind}.", 5.0) from refused
        self.prepare(kind)
        return work()

    # --- one request ---

    def _ask(self, method: Callable[..., Any], *arguments: object, **options: object) -> dict[str, Any]:
        self._turn()
        left = self._breath()
        limits = (min(CONNECT_S, left), min(READ_S, left))
        try:
            answer = method(*arguments, **options, _request_timeout=limits, _preload_content=False)
            status, headers, text = answer.status, _lower(answer.headers), answer.data.decode("utf-8", "replace")
        except (NewConnectionError, LocationValueError) as problem:
            raise Transient(f"HubSpot cannot be reached ({type(problem).__name__}).") from problem
        except SSLError as problem:
            raise Transient("The secure connection to HubSpot could not be made.") from problem
        except HTTPError as problem:
            raise Unclear(f"The connection to HubSpot broke ({type(problem).__name__}).") from problem
        except Exception as problem:
            # Every module of the SDK has an exception class of its own; what they share is the status.
            status = getattr(problem, "status", None)
            if status is None:
                raise
            if status == 0:
                raise Transient("The secure connection to HubSpot could not be made.") from problem
            body = getattr(problem, "body", "") or ""
            self._mind(_lower(getattr(problem, "headers", None) or {}))
            raise Refused(status, str(body), _lower(getattr(problem, "headers", None) or {})) from None
        self._mind(headers)
        return _read(text, status)

    def _breath(self) -> float:
        """Wait where HubSpot's limit is used up. Gives the seconds that are left for requests."""
        wait = self._free_at - time.monotonic()
        left = self._until - time.monotonic() - max(wait, 0.0)
        if left < SHORTEST_S:
            raise Transient("HubSpot is slow at this moment; what is left follows in the next try.")
        if wait > 0:
            time.sleep(wait)
        return left

    def _mind(self, headers: Mapping[str, str]) -> None:
        """Remember what HubSpot says of its limit: with nothing left, the next request waits for a new window."""
        window_ms = headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
        if headers.get("x-hubspot-ratelimit-remaining") == "0" and window_ms.isdigit():
            self._free_at = time.monotonic() + min(int(window_ms) / 1000, LONGEST_PAUSE_S)


def as_failure(refused: Refused) -> Permanent | Transient:
    """For people and for the lane; now."""
    return failure(refused, datetime.now(UTC), random.random())  # noqa: S311 - spreads retries, guards nothing


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in dict(headers).items()}


def _read(text: str, status: int) -> dict[str, Any]:
    """The answer's JSON object."""
    try:
        answer = json.loads(text) if text.strip() else {}
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    raise Unclear(
        f"A web page came (answer {status}) where HubSpot should have answered: perhaps a proxy stands between, "
        "or a login page of your network."
    )


def _record(answer: Any) -> Record:
    """Raises `Unclear` for something else than a record."""
    if not isinstance(answer, dict) or not str(answer.get("id") or ""):
        raise Unclear("HubSpot's answer names no record.")
    given = answer.get("properties")
    known = {name: value for name, value in given.items() if isinstance(value, str)} if isinstance(given, dict) else {}
    return Record(str(answer["id"]), known, bool(answer.get("new")))


_STATUS_OF: Final = {"CONFLICT": 409, "VALIDATION_ERROR": 400, "MISSING_SCOPES": 403, "RATE_LIMITS": 429}


def _failed_part(answer: Mapping[str, Any]) -> Refused | Unclear:
    """The error inside an answer to several things at once."""
    errors = answer.get("errors")
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return Unclear("HubSpot did neither write the contact nor say why.")
    first = errors[0]
    return Refused(_STATUS_OF.get(str(first.get("category")), 400), json.dumps(first), {})
