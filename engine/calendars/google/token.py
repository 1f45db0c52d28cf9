"""Access tokens: fetched once for all who want one, kept until shortly before they run out."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from google.auth import crypt, jwt

from engine.calendars.google.access import TOKENS, GoogleAccess, Person, ServiceAccount
from engine.calendars.patience import Patience
from engine.calendars.web import Answer, NoAnswer, ask
from engine.schedule.diary import DiaryGone
from engine.sdk import CalendarDown

log = logging.getLogger(__name__)

_SCOPE: Final = "https://www.googleapis.com/auth/"
BOOKING: Final = (f"{_SCOPE}calendar.events", f"{_SCOPE}calendar.freebusy")
"""The least that reading busy times and writing entries takes."""
LISTING: Final = (f"{_SCOPE}calendar.calendarlist.readonly",)
EARLY_S: Final = 120.0
"""A token is not used in its last minutes: clocks differ."""


@dataclass
class Tokens:
    """Of one account, for certain scopes, in one event loop. A signed-in person has those that they agreed to."""

    access: GoogleAccess
    scopes: tuple[str, ...] = BOOKING
    _token: str = field(default="", repr=False)
    _good_until: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def get(self, patience: Patience, refused: str = "") -> str:
        """A token that is good now. `refused`: the one that was just refused (401). Raises `CalendarDown`,
        `DiaryGone`."""
        try:
            async with asyncio.timeout(patience.left_s), self._lock:
                if self._token in ("", refused) or time.monotonic() >= self._good_until:
                    await self._fetch(patience)
                return self._token
        except TimeoutError:
            raise CalendarDown("Google did not answer in time when Leadline signed in.") from None

    async def _fetch(self, patience: Patience) -> None:
        form = urlencode(self._grant()).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        while (try_s := patience.try_s) is not None:
            try:
                answer = await ask("POST", self.access.tokens, headers, form, try_s)
            except NoAnswer as silent:
                log.info("Google gave no token for '%s': %s", self.access.name, silent.why)
                answer = None
            if answer is not None and answer.status == 200 and self._taken(answer):
                return
            if answer is not None and 400 <= answer.status < 500 and answer.status not in (408, 429):
                raise refusal(self.access, answer, self.scopes)
            if not await patience.rest(answer.headers.get("retry-after", "") if answer is not None else ""):
                break
        raise CalendarDown("Google did not answer when Leadline signed in. Try again in a minute.")

    def _taken(self, answer: Answer) -> bool:
        found = _json(answer)
        token, lasts = found.get("access_token"), found.get("expires_in", 3600)
        if not isinstance(token, str) or not token.isascii() or not token or not isinstance(lasts, int | float):
            return False
        # Of a token that lasts shorter than usual half its time is used.
        self._token, self._good_until = token, time.monotonic() + max(lasts - EARLY_S, lasts / 2)
        return True

    def _grant(self) -> dict[str, str]:
        who = self.access.who
        if isinstance(who, Person):
            return {
                "grant_type": "refresh_token",
                "client_id": who.client_id,
                "client_secret": who.client_secret,
                "refresh_token": who.refresh_token,
            }
        return {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": assertion(who, self.scopes, int(time.time())),
        }


def assertion(who: ServiceAccount, scopes: tuple[str, ...], now: int) -> str:
    """What a service account signs to get a token. Whoever answers it, it is addressed to Google. `now`: seconds since
    1970."""
    claims = {"iss": who.email, "scope": " ".join(scopes), "aud": TOKENS, "iat": now, "exp": now + 3600}
    if who.subject:
        claims["sub"] = who.subject
    signed: bytes = jwt.encode(crypt.RSASigner.from_string(who.private_key, who.key_id or None), claims)
    return signed.decode()


def refusal(access: GoogleAccess, answer: Answer, scopes: tuple[str, ...]) -> DiaryGone:
    """What Google's no to signing in means, and what to do."""
    found = _json(answer)
    code, told = str(found.get("error", "")), str(found.get("error_description", ""))
    connection = f"the connection '{access.name}'"
    if "timeframe" in told or "short-lived" in told:
        return DiaryGone(
            "Google does not believe this machine's clock. Set the clock (switch automatic time on), then test again."
        )
    if isinstance(access.who, Person):
        if code == "invalid_grant":
            return DiaryGone(
                f"The person of {connection} has withdrawn Leadline's access, or it has run out. Let them sign in "
                "again and enter the new refresh token."
            )
        return DiaryGone(f"Google does not know the client id or client secret of {connection}: copy them again.")
    if code == "unauthorized_client" or code == "access_denied":
        return DiaryGone(
            f"The service account may not act for {access.who.subject or 'anybody'}. In Google's Admin console, under "
            f"“Domain-wide delegation”, allow its client id these scopes: {', '.join(scopes)}. Or leave “Acts for” "
            "empty and share the calendar with the service account."
        )
    if code == "invalid_grant" and access.who.subject and "email" in told.lower():
        return DiaryGone(f"Your Google Workspace has nobody called {access.who.subject}. Correct “Acts for”.")
    return DiaryGone(
        f"Google does not accept the key of {connection}: it was deleted, or the service account was. Make a new key "
        "and enter it."
    )


def _json(answer: Answer) -> dict[str, object]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
