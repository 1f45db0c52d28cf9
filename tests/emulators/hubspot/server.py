"""The HTTP side: paths, tokens and scopes, limits, faults. In a thread, as the SDK is synchronous."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.emulators.faults import Fault, FaultPlan
from tests.emulators.hubspot import rules
from tests.emulators.hubspot.rules import Refusal
from tests.emulators.hubspot.store import KINDS, TIME, Store, Stored
from tests.emulators.web import Answer, InAThread

Json = dict[str, Any]
SCOPES = (
    "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.read", "crm.schemas.contacts.write"
)  # fmt: skip
_DATED = re.compile(r"^/crm/(objects|properties)/\d{4}-\d\d/")
SEARCHES_A_SECOND = 5


class HubSpotEmulator(InAThread):
    """`limit` requests in `interval_s` seconds. `search_lag_s`: until the search sees what was written. `scopes`: what
    the token may; `store`: what the account holds; `served`: requests, as "POST /crm/v3/objects/calls"."""

    def __init__(
        self,
        *,
        token: str = "pat-na1-test",
        limit: int = 100,
        interval_s: float = 10.0,
        search_lag_s: float = 5.0,
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(port)
        self.token, self.limit, self.interval_s, self.search_lag_s = token, limit, interval_s, search_lag_s
        self.scopes = set(SCOPES)
        self.faults = FaultPlan()
        self.store = Store(clock)
        self.served: list[str] = []
        self.create_answers_200 = False
        """As a proxy might: the SDK's own reading would then give nothing."""
        self.silent_after = ""
        """A kind of record: when the first one is made, that request is never answered, and `fell_silent` is set."""
        self.fell_silent = threading.Event()
        self._clock = clock
        self._recent: deque[float] = deque()
        self._searches: deque[float] = deque()

    def reset(self) -> None:
        """An empty account, as after being started."""
        with self._lock:
            self.store, self.faults, self.served = Store(self._clock), FaultPlan(), []
            self._recent.clear()
            self._searches.clear()

    def entered(self, **properties: str) -> Stored:
        """A contact that somebody has typed in, long ago."""
        with self._lock:
            record = self.store.write("contacts", properties)
            record.written = float("-inf")
            return record

    def all(self, kind: str) -> list[Stored]:
        return list(self.store.records[kind].values())

    # --- one request ---

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        """None: the connection is to be cut."""
        with self._lock:
            self.served.append(f"{method} {urlsplit(target).path}")
            fault = self.faults.strike()
        if fault is not None and fault.kind == "delay":
            self._closing.wait(fault.seconds)
        with self._lock:
            answer = self._judged(method, target, headers, body, fault)
        if self.silent_after and self.all(self.silent_after):
            self.fell_silent.set()
            self._closing.wait()
            return None
        if fault is not None and fault.kind == "stall":
            self._closing.wait(fault.seconds)
            return None
        if fault is not None and fault.kind == "cut":
            return None
        if fault is not None and fault.kind == "corrupt":
            return Answer(200, rules.PAGE.encode(), {"Content-Type": "text/html"})
        if fault is not None and fault.error == "502 after the write":
            return Answer(502, rules.PAGE.encode(), {"Content-Type": "text/html"})
        return answer

    def _judged(self, method: str, target: str, headers: dict[str, str], body: bytes, fault: Fault | None) -> Answer:
        try:
            if headers.get("authorization") != f"Bearer {self.token}":
                raise rules.not_signed_in()
            if fault is not None and fault.kind == "rate_limit":
                raise rules.rate_limited("TEN_SECONDLY_ROLLING")
            if fault is not None and fault.kind == "refuse" and fault.error in rules.REFUSALS:
                raise rules.REFUSALS[fault.error]
            parts = urlsplit(target)
            path = _DATED.sub(lambda match: f"/crm/v3/{match[1]}/", parts.path)
            searching = path.endswith("/search")
            limits = self._counted(searching)
            status, found = self._route(method, path, parse_qs(parts.query), json.loads(body) if body else {})
        except Refusal as refusal:
            kind = "text/html" if refusal.page else "application/json;charset=utf-8"
            return Answer(refusal.status, refusal.body(), {"Content-Type": kind, **refusal.headers})
        return Answer(status, json.dumps(found).encode(), {"Content-Type": "application/json;charset=utf-8", **limits})

    def _counted(self, searching: bool) -> dict[str, str]:
        """Raises `Refusal` where too many requests came; else the headers that tell of the limit."""
        now = self._clock()
        recent, limit, window = (
            (self._searches, SEARCHES_A_SECOND, 1.0) if searching else (self._recent, self.limit, self.interval_s)
        )
        while recent and recent[0] <= now - window:
            recent.popleft()
        if len(recent) >= limit:
            raise rules.rate_limited("SECONDLY" if searching else "TEN_SECONDLY_ROLLING")
        recent.append(now)
        if searching:
            return {}
        return {
            "X-HubSpot-RateLimit-Daily": "250000",
            "X-HubSpot-RateLimit-Daily-Remaining": str(250_000 - len(self.served)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(round(self.interval_s * 1000)),
            "X-HubSpot-RateLimit-Max": str(self.limit),
            "X-HubSpot-RateLimit-Remaining": str(limit - len(recent)),
        }

    def _route(self, method: str, path: str, query: dict[str, list[str]], body: Json) -> tuple[int, Json]:
        found = re.fullmatch(r"/crm/v3/(objects|properties)/(\w+)(?:/(.+))?", path)
        if found is None or found[2] not in KINDS:
            raise rules.not_found("resource not found")
        area, kind, rest = found[1], found[2], found[3] or ""
        reads = method == "GET" or rest == "search"
        self._require(f"crm.{'objects' if area == 'objects' else 'schemas'}.contacts.{'read' if reads else 'write'}")
        if area == "properties":
            return self._properties(method, kind, unquote(rest), body)
        match method, rest:
            case "GET", "":
                return 200, {"results": [each.view([]) for each in self.all(kind)[: int(query["limit"][0])]]}
            case "POST", "":
                return self._create(kind, body)
            case "POST", "batch/upsert":
                return self._upsert(kind, body)
            case "POST", "search":
                return self._search(kind, body)
            case "GET", id:
                wanted = ",".join(query.get("properties", [])).split(",")
                return 200, self._read(kind, unquote(id), query).view(wanted)
            case "PATCH", id:
                record = self._read(kind, unquote(id), query)
                return 200, self.store.write(kind, body["properties"], record.id).view(list(body["properties"]))
        raise Refusal(405, "METHOD_NOT_ALLOWED", "Method not allowed")

    def _require(self, scope: str) -> None:
        if scope not in self.scopes:
            raise rules.missing_scopes(scope)

    def _read(self, kind: str, id: str, query: dict[str, list[str]]) -> Stored:
        record = self.store.by(kind, query.get("idProperty", ["hs_object_id"])[0], id)
        if record is None:
            raise rules.not_found()
        return record

    def _create(self, kind: str, body: Json) -> tuple[int, Json]:
        contacts: list[str] = []
        for each in body.get("associations", []):
            ids = [told["associationTypeId"] for told in each["types"]]
            if ids != [rules.ASSOCIATIONS.get(kind)]:
                raise Refusal(400, message=f"association type {ids} is not valid from {kind} to contacts")
            if each["to"]["id"] not in self.store.records["contacts"]:
                raise rules.not_found(f"No contact with ID {each['to']['id']}")
            contacts.append(each["to"]["id"])
        record = self.store.write(kind, body["properties"], contacts=contacts)
        return 200 if self.create_answers_200 else 201, record.view(list(body["properties"]))

    def _upsert(self, kind: str, body: Json) -> tuple[int, Json]:
        inputs = body["inputs"]
        if not 1 <= len(inputs) <= 100:
            raise Refusal(400, message="between 1 and 100 inputs are allowed")
        results: list[Json] = []
        errors: list[Json] = []
        for each in inputs:
            known = self.store.by(kind, each["idProperty"], each["id"])
            self.store.check(kind, each["properties"])
            try:
                wanted = {**each["properties"], each["idProperty"]: each["id"]}
                record = self.store.write(kind, wanted, known.id if known else "")
            except Refusal as refusal:
                errors.append(_part(refusal))
                continue
            results.append({**record.view(list(wanted)), "new": known is None})
        told: Json = {"status": "COMPLETE", "results": results, "startedAt": TIME, "completedAt": TIME}
        return (207, {**told, "numErrors": len(errors), "errors": errors}) if errors else (200, told)

    def _search(self, kind: str, body: Json) -> tuple[int, Json]:
        groups = body["filterGroups"]
        if len(groups) > 5 or body["limit"] > 200:
            raise Refusal(400, message="too many filter groups")
        found = self.store.search(kind, groups, self.search_lag_s)
        return 200, {"total": len(found), "results": [each.view(body["properties"]) for each in found[: body["limit"]]]}

    def _properties(self, method: str, kind: str, rest: str, body: Json) -> tuple[int, Json]:
        if method == "POST" and rest == "groups":
            if body["name"] in self.store.groups[kind]:
                raise Refusal(409, "CONFLICT", "A property group with that name already exists")
            self.store.groups[kind].add(body["name"])
            return 201, {**body, "archived": False}
        if method == "POST" and not rest:
            if body["groupName"] not in self.store.groups[kind]:
                raise Refusal(400, message=f"group {body['groupName']} does not exist")
            if body["name"] in self.store.custom[kind]:
                raise Refusal(409, "CONFLICT", "A property with that name already exists")
            self.store.custom[kind][body["name"]] = body
            return 201, body
        if method == "GET" and rest in self.store.custom[kind]:
            return 200, self.store.custom[kind][rest]
        raise rules.not_found("Property not found")


def _part(refusal: Refusal) -> Json:
    """One of several things that failed, inside a 207."""
    return {
        "status": "error",
        "category": refusal.category,
        "message": refusal.message,
        "errors": refusal.errors,
        "context": {},
        "links": {},
    }
