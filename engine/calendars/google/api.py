"""Requests to Google Calendar: signed in, tried again where that can help, refusals told apart."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from engine.calendars.google.access import GoogleAccess
from engine.calendars.google.token import Tokens
from engine.calendars.patience import Patience
from engine.calendars.web import Answer, NoAnswer, Unclear, ask
from engine.schedule.diary import DiaryGone
from engine.sdk import CalendarDown, Json

log = logging.getLogger(__name__)

RATE_REASONS: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"})
_SWITCHED_OFF: Final = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


class Refused(Exception):
    """Google's no, before it is known what it means here. `said`: Google's sentence, never shown: it may quote."""

    def __init__(self, status: int, reason: str, said: str) -> None:
        super().__init__(f"answer {status} ({reason or 'no reason'})")
        self.status, self.reason, self.said = status, reason, said


@dataclass(frozen=True, slots=True)
class Api:
    """Of one account. `json` bodies and answers are plain JSON objects."""

    access: GoogleAccess
    tokens: Tokens

    async def read(
        self,
        patience: Patience,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Json] | None = None,
    ) -> dict[str, Json]:
        """Ask; as often as there is time. With a body it is posted. Raises `Refused`, `CalendarDown`, `DiaryGone`."""
        method = "GET" if body is None else "POST"
        return await self._tried(patience, method, path, query or {}, body, {}, look_first=False)

    async def write(
        self,
        patience: Patience,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Json] | None = None,
        etag: str = "",
    ) -> dict[str, Json]:
        """Change something. Tried again only while it is certain that nothing was done. Raises `Unclear`, `Refused`,
        `CalendarDown`, `DiaryGone`."""
        headers = {"If-Match": etag} if etag else {}
        return await self._tried(patience, method, path, query, body, headers, look_first=True)

    async def _tried(
        self,
        patience: Patience,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Json] | None,
        headers: Mapping[str, str],
        *,
        look_first: bool,
    ) -> dict[str, Json]:
        url = f"{self.access.api}{path}?{urlencode({'alt': 'json', **query})}"
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        refused_token, why = "", "there was no time left"
        while (try_s := patience.try_s) is not None:
            token = await self.tokens.get(patience, refused_token)
            sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", **headers}
            if content is not None:
                sent["Content-Type"] = "application/json; charset=utf-8"
            try:
                answer = await ask(method, url, sent, content, try_s)
            except NoAnswer as silent:
                why, asked = silent.why, ""
                if look_first and silent.sent:
                    raise Unclear from None
            else:
                if answer.status == 204 or (200 <= answer.status < 300 and not answer.body.strip()):
                    return {}
                found = _json(answer)
                if 200 <= answer.status < 300 and found is not None:
                    return found
                refused = _refused(answer, found)
                if answer.status == 401 and not refused_token:
                    refused_token = token
                    continue
                why, asked = f"it answered {answer.status}", answer.headers.get("retry-after", "")
                if answer.status >= 500 or answer.status == 408 or 200 <= answer.status < 300:
                    if look_first:
                        raise Unclear
                elif not _too_many(refused):
                    raise refused
            if not await patience.rest(asked):
                break
        log.info("Google Calendar ('%s') is given up for now: %s", self.access.name, why)
        raise CalendarDown(f"Google Calendar cannot be used at this moment: {why}.")


def _refused(answer: Answer, found: dict[str, Json] | None) -> Refused:
    error = (found or {}).get("error")
    error = error if isinstance(error, dict) else {}
    errors = error.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    reason = first.get("reason", "") if isinstance(first, dict) else ""
    return Refused(answer.status, str(reason), str(error.get("message", "")))


def _too_many(refused: Refused) -> bool:
    return refused.status == 429 or (refused.status == 403 and refused.reason in RATE_REASONS)


def _json(answer: Answer) -> dict[str, Json] | None:
    """None for a web page, as proxies give."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def gone(access: GoogleAccess, calendar: str, refused: Refused) -> DiaryGone:
    """What a refusal means that stays one."""
    which = f"the Google calendar “{calendar}” (connection '{access.name}')"
    if refused.status in (404, 410):
        return DiaryGone(
            f"Leadline does not see {which}: it was deleted, or it is not shared with {access.known_as}. Share it in "
            "Google Calendar (“Settings and sharing”, “Make changes to events”), or choose another one."
        )
    if refused.status == 401:
        return DiaryGone(f"Google takes nothing from the connection '{access.name}' any more: enter a new key.")
    if refused.reason in _SWITCHED_OFF or "has not been used" in refused.said:
        return DiaryGone(
            "The Google Calendar API is switched off in the Google Cloud project of the key. Switch it on there "
            "(“APIs & Services”, “Enable APIs”), wait a minute, and test again."
        )
    if refused.reason == "insufficientPermissions" or "authentication scopes" in refused.said:
        return DiaryGone(
            f"The person of the connection '{access.name}' signed in without allowing Leadline to use the calendar. "
            "Let them sign in again, allow it, and enter the new refresh token."
        )
    if refused.status == 403:
        return DiaryGone(
            f"Leadline may not write into {which}. Share it with {access.known_as} so that they may “Make changes to "
            "events”."
        )
    return DiaryGone(
        f"Google refused what Leadline wanted to do in {which} (answer {refused.status}, "
        f"{refused.reason or 'without a reason'})."
    )
