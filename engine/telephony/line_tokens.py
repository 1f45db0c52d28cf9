"""One-time tokens by which a media socket proves whose call it carries, also to a process that never saw the call.

A call may have several media sockets, one after the other, when its line drops: line 1, 2, 3 ... The token of a line is
derived from the signature secret of the carrier's account, which every process has, so nothing must be handed over when
a process dies. That it works once is kept in the database: a line is taken only if its number is above the last one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

_PURPOSE: Final = b"leadline media line v1"
_FORM: Final = re.compile(r"(\d{1,6})\.([A-Za-z0-9_-]{32})")


class LineTokens:
    """`secret`: of the account, shared by all processes. It is never used itself, only a key derived from it."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)

    def __repr__(self) -> str:
        return "LineTokens()"

    def token(self, call_id: str, line: int) -> str:
        """About 35 characters. `line` counts from 1."""
        return f"{line}.{self._proof(call_id, line)}"

    def line(self, call_id: str, token: str) -> int | None:
        """Which line of the call the token is for; None for a token that we did not make. Constant time."""
        form = _FORM.fullmatch(token)
        if form is None:
            return None
        line = int(form[1])
        genuine = hmac.compare_digest(form[2].encode(), self._proof(call_id, line).encode())
        return line if genuine and line > 0 else None

    def _proof(self, call_id: str, line: int) -> str:
        proof = hmac.digest(self._key, f"{call_id}\x1f{line}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(proof[:24]).decode()
