"""Who may use the API: whoever has the token of the settings. Without a token: this machine only.

A browser on this machine also runs other people's pages. They are kept out by looking at whom the browser thinks it
talks to (`Host`, against rebound names) and for whom it asks (`Origin`).
"""

from __future__ import annotations

import hmac
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from engine.api.problems import Problem
from engine.api.services import services_of

_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_bearer = HTTPBearer(auto_error=False, description="The token of the setting LEADLINE_API_TOKEN.")


def same(given: str, expected: str) -> bool:
    """Compares secrets in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


async def _allowed(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    token = services_of(request).settings.api_token
    if token is None:
        if not _from_here(request):
            raise Problem(403, "Without LEADLINE_API_TOKEN the API answers this machine only. Set a token to open it.")
        return
    if given is None or not same(given.credentials, token.get_secret_value()):
        raise Problem(
            401,
            "The token is missing or wrong. Send the header 'Authorization: Bearer <LEADLINE_API_TOKEN>'.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _from_here(request: Request) -> bool:
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    origin = request.headers.get("origin")
    return host in _HERE and (origin is None or (urlsplit(origin).hostname or "") in _HERE)


NEEDS_TOKEN: Final = Depends(_allowed)
