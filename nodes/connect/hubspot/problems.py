"""What HubSpot's refusals mean: tried again or not, and a sentence that says what to do. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from engine.sdk import Permanent, Transient
from nodes.connect.asking import pause_s

ROLLING_S: Final = 10.0  # the window of HubSpot's limit, where it does not say how long to wait
LOCKED_S: Final = 2.0
MOVING_S: Final = 3600.0
_SCOPE: Final = re.compile(r"\b(?:crm|oauth|content|tickets|automation)[\w-]*(?:\.[\w-]+)+\b")
_NAME: Final = re.compile(r'"name"\s*:\s*"(\w{1,100})"|[Pp]roperty "(\w{1,100})"')
_CODE: Final = re.compile(r"[A-Z][A-Z_]{2,60}")
_TAKEN: Final = re.compile(r"already exists|already has that value|CONFLICTING_UNIQUE_VALUE", re.IGNORECASE)


class Unclear(Transient):
    """Nobody knows whether it was done: the connection broke, or the answer could not be read."""


class Refused(Exception):
    """HubSpot's own no, before it is known what it means here. `body`: may hold personal data, is never shown."""

    def __init__(self, status: int, body: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"answer {status}")
        self.status, self.body, self.headers = status, body, headers

    @property
    def said(self) -> dict[str, object]:
        """The error's JSON; empty for a web page."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def taken(self) -> bool:
        """A value that may stand only once stands already in another record."""
        return self.status == 409 or (self.status == 400 and bool(_TAKEN.search(self.body)))

    @property
    def wrong_email(self) -> bool:
        """HubSpot does not take the e-mail address for one."""
        return self.status == 400 and "INVALID_EMAIL" in self.body

    def missing(self, property: str) -> bool:
        """Whether HubSpot does not know a property."""
        return self.status == 400 and property in self.body and not self.taken


def failure(refused: Refused, now: datetime, jitter: float) -> Permanent | Transient:
    """What a card raises for a refusal. `jitter`: 0 to 1, so that many calls do not come back at once."""
    status = refused.status
    asked = pause_s(refused.headers.get("retry-after", ""), now)
    if status == 401:
        return Permanent(
            "HubSpot does not accept the access token (answer 401). Copy the token of the private app again, or make "
            "a new one, and enter it in the connection."
        )
    if status == 403:
        return _forbidden(refused)
    if status == 429:
        return _too_many(refused, asked, now, jitter)
    if status == 423:
        return Transient(
            "The record is locked in HubSpot at this moment (answer 423).", max(asked or 0.0, LOCKED_S + jitter)
        )
    if status == 477:
        return Transient("HubSpot is moving this account to another place (answer 477).", asked or MOVING_S)
    if status == 409:
        return Transient("HubSpot was writing the same record for somebody else (answer 409).", asked or 1.0 + jitter)
    if status == 404:
        return Transient("A record vanished from HubSpot while it was being written (answer 404).", asked)
    if status in (408, 425) or status >= 500:
        return Transient(f"HubSpot does not answer properly at this moment (answer {status}).", asked)
    if status == 400:
        return _bad_data(refused)
    if 300 <= status < 400:
        return Permanent(f"Something between here and HubSpot sends us elsewhere (answer {status}): a proxy, perhaps.")
    return Permanent(f"HubSpot refused the request (answer {status}).")


def _forbidden(refused: Refused) -> Permanent:
    said = refused.said
    scopes = _scopes(said)
    if said.get("category") == "MISSING_SCOPES" or scopes:
        wanted = ", ".join(f"“{scope}”" for scope in scopes) or "it names none"
        return Permanent(
            f"The private app in HubSpot may not do this (answer 403). Scopes it lacks: {wanted}. Add them in HubSpot "
            "under the private app's scopes, and enter the token again if HubSpot shows a new one."
        )
    return Permanent(
        "HubSpot does not allow this with the token of the connection (answer 403). Check the private app."
    )


def _scopes(said: Mapping[str, object]) -> list[str]:
    """Scopes that a refusal names, in its order."""
    found = _SCOPE.findall(json.dumps([said.get("message"), said.get("errors"), said.get("context")]))
    return list(dict.fromkeys(found))[:8]


def _too_many(refused: Refused, asked: float | None, now: datetime, jitter: float) -> Transient:
    policy = str(refused.said.get("policyName", "")).upper()
    if policy == "DAILY":
        # It ends at midnight of the account's zone, which we do not know; midnights fall on full hours.
        hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        wait = asked or (hour - now).total_seconds() + 60 * jitter
        return Transient("Today's requests to HubSpot are used up (answer 429). It goes on after midnight there.", wait)
    interval_ms = refused.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
    window = float(interval_ms) / 1000 if interval_ms.isdigit() else ROLLING_S
    if policy == "SECONDLY":
        window = 1.0
    wait = asked if asked is not None else window * (1 + jitter / 2)
    return Transient("HubSpot takes no more requests for a few seconds (answer 429).", wait)


def _bad_data(refused: Refused) -> Permanent:
    """Names of properties and codes are told; HubSpot's own sentences are not: they quote the values."""
    names = [one or other for one, other in _NAME.findall(refused.body.replace("\\", ""))]
    told = list(dict.fromkeys([*_properties(refused.said), *names]))[:4]
    codes = list(dict.fromkeys(_codes(refused.said)))[:2]
    why = f" ({', '.join(codes)})" if codes else ""
    if not told:
        return Permanent(f"HubSpot refused the data (answer 400){why}.")
    properties = ", ".join(f"“{name}”" for name in told)
    return Permanent(
        f"HubSpot does not take what is written into {properties}{why}. Check in HubSpot that the property exists and "
        "which values it takes, then correct the card."
    )


def _details(said: Mapping[str, object]) -> list[dict[str, object]]:
    errors = said.get("errors")
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def _properties(said: Mapping[str, object]) -> list[str]:
    found: list[str] = []
    for each in _details(said):
        context = each.get("context")
        named = context.get("propertyName") if isinstance(context, dict) else None
        found += (
            [str(name) for name in named if re.fullmatch(r"\w{1,100}", str(name))] if isinstance(named, list) else []
        )
    return found


def _codes(said: Mapping[str, object]) -> list[str]:
    given = [str(each.get("code", "")) for each in _details(said)]
    return [code for code in given if _CODE.fullmatch(code)]
