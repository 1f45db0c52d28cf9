"""Meta's Graph API as far as Lead Ads go: a lead, the leads of a form page by page, the apps a page is subscribed to.

Errors come as Graph sends them: {"error": {"message", "type", "code", "error_subcode", "fbtrace_id"}}.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.emulators.meta_graph.people import FormLead
from tests.emulators.web import Answer, Asked, WebEmulator

# status, code, subcode, type, message
ERRORS: dict[str, tuple[int, int, int | None, str, str]] = {
    "token": (400, 190, 460, "OAuthException", "Error validating access token: the session has been invalidated."),
    "expired": (400, 190, 463, "OAuthException", "Error validating access token: Session has expired."),
    "not_readable": (400, 100, 33, "GraphMethodException", "Unsupported get request. Object does not exist."),
    "parameter": (400, 100, None, "OAuthException", "(#100) Tried accessing nonexisting field."),
    "permission": (403, 200, None, "OAuthException", "(#200) Requires leads_retrieval permission."),
    "app_rate": (400, 4, None, "OAuthException", "(#4) Application request limit reached"),
    "page_rate": (400, 32, None, "OAuthException", "(#32) Page request limit reached"),
    "rate": (400, 80005, 2446079, "OAuthException", "(#80005) There have been too many leadgen api calls."),
    "transient": (500, 2, None, "OAuthException", "An unexpected error has occurred. Please retry later."),
    "unknown": (500, 1, None, "OAuthException", "An unknown error occurred"),
}
DEFAULT_FIELDS = ("id", "created_time", "field_data")
AD_FIELDS = {"ad_id", "ad_name", "adset_id", "campaign_id"}
KNOWN_FIELDS = AD_FIELDS | {*DEFAULT_FIELDS, "form_id", "is_organic", "platform", "custom_disclaimer_responses"}


class MetaGraphEmulator(WebEmulator):
    """`token`: the page's. `ads_management`: whether it may read what stands about advertisements. `served`: requests
    in short, without what they carry."""

    def __init__(self, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        super().__init__(port)
        self.token = "EAAB-page-token-of-the-tests"
        self.app_secret, self.verify_token = "app-secret-0123456789abcdef", "verify-me-0123456789"
        self.page_id, self.page_name, self.app_id, self.version = "1122334455", "Harborline", "31415926", "v26.0"
        self.ads_management = True
        self.subscribed = False
        self.page_size = 25
        self.served: list[str] = []
        self.leads: dict[str, FormLead] = {}
        self._readable_at: dict[str, float] = {}
        self._refusals: dict[str, list[str]] = {}
        self._clock = clock

    def add(self, *leads: FormLead, readable_after_s: float = 0.0, refusals: Iterable[str] = ()) -> None:
        """`readable_after_s`: until then it does not exist for who asks. `refusals`: errors by name with which each of
        them is answered first, one a request."""
        for lead in leads:
            self.leads[lead.id] = lead
            self._readable_at[lead.id] = self._clock() + readable_after_s
            self._refusals[lead.id] = list(refusals)

    def connection(self) -> dict[str, str]:
        """Settings of the connection that leads here."""
        return {
            "app_secret": self.app_secret,
            "verify_token": self.verify_token,
            "page_token": self.token,
            "page_id": self.page_id,
            "endpoint": self.address,
        }

    def serve(self, asked: Asked) -> Answer:
        parts = urlsplit(asked.target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        query |= {name: values[-1] for name, values in parse_qs(asked.body.decode("utf-8", "replace")).items()}
        self.served.append(f"{asked.method} {parts.path}")
        found = re.fullmatch(r"/(v\d+\.\d+)/(\w+)(?:/(\w+))?", parts.path)
        if found is None or found[1] != self.version:
            return self.refusal("parameter")
        given = query.get("access_token") or asked.headers.get("authorization", "").removeprefix("Bearer ")
        if given != self.token:
            return self.refusal("token")
        node, edge = found[2], found[3] or ""
        if node == "me":
            node = self.page_id
        match asked.method, edge:
            case "GET", "" if node == self.page_id:
                return _json({"id": self.page_id, "name": self.page_name})
            case "GET", "":
                return self._lead(node, query)
            case "GET", "leads":
                return self._leads_of(node, query)
            case "GET", "subscribed_apps" if node == self.page_id:
                app = {"id": self.app_id, "name": "Leadline", "subscribed_fields": ["leadgen"]}
                return _json({"data": [app] if self.subscribed else []})
            case "POST", "subscribed_apps" if node == self.page_id and query.get("subscribed_fields") == "leadgen":
                self.subscribed = True
                return _json({"success": True})
            case _:
                return self.refusal("not_readable")

    def refusal(self, error: str) -> Answer:
        status, code, subcode, kind, message = ERRORS[error]
        content = {"message": message, "type": kind, "code": code, "fbtrace_id": "AbCdEfGh"}
        return _json({"error": content | ({"error_subcode": subcode} if subcode is not None else {})}, status)

    def too_many(self) -> Answer:
        return self.refusal("rate")

    def _lead(self, id: str, query: dict[str, str]) -> Answer:
        lead = self.leads.get(id)
        if lead is not None and self._refusals[id]:
            return self.refusal(self._refusals[id].pop(0))
        if lead is None or self._clock() < self._readable_at[id]:
            return self.refusal("not_readable")
        return self._shown(lead, query)

    def _shown(self, lead: FormLead, query: dict[str, str]) -> Answer:
        fields = self._fields(query)
        return fields if isinstance(fields, Answer) else _json(_only(lead, fields))

    def _fields(self, query: dict[str, str]) -> list[str] | Answer:
        fields = query["fields"].split(",") if query.get("fields") else list(DEFAULT_FIELDS)
        if set(fields) - KNOWN_FIELDS:
            return self.refusal("parameter")
        if set(fields) & AD_FIELDS and not self.ads_management:
            return self.refusal("permission")
        return fields

    def _leads_of(self, form_id: str, query: dict[str, str]) -> Answer:
        fields = self._fields(query)
        if isinstance(fields, Answer):
            return fields
        since = 0
        for each in json.loads(query.get("filtering", "[]")):
            if each.get("field") != "time_created" or each.get("operator") != "GREATER_THAN":
                return self.refusal("parameter")
            since = int(each["value"])
        all = [each for each in self.leads.values() if each.form_id == form_id and each.created.timestamp() > since]
        all.sort(key=lambda each: each.created, reverse=True)
        first = int(base64.b64decode(query["after"])) if query.get("after") else 0
        size = min(int(query.get("limit", self.page_size)), self.page_size)
        shown, last = all[first : first + size], first + size
        data: dict[str, Any] = {"data": [_only(each, fields) for each in shown]}
        if shown:
            data["paging"] = {"cursors": {"before": _cursor(first), "after": _cursor(last)}}
            if last < len(all):
                data["paging"]["next"] = f"{self.address}/{self.version}/{form_id}/leads?after={_cursor(last)}"
        return _json(data)


def _only(lead: FormLead, fields: list[str]) -> dict[str, Any]:
    document = lead.document()
    return {name: document[name] for name in dict.fromkeys(("id", *fields)) if name in document}


def _cursor(place: int) -> str:
    return base64.b64encode(str(place).encode()).decode()


def _json(content: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json; charset=UTF-8"})
