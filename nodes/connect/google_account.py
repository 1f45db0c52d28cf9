"""A Google service account: its key file, and access tokens for it, kept until shortly before they run out.

A key goes nowhere but to Google, or to an emulator on this machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from google.auth import crypt, jwt

from engine.sdk import Connection, Permanent, Transient
from nodes.connect.addresses import Reach, on_this_machine
from nodes.connect.asking import Reply, ask

TOKENS: Final = "https://oauth2.googleapis.com/token"
EARLY_S: Final = 120.0
"""A token is not used in its last minutes: clocks differ."""
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """`connection`: its name, for sentences. `tokens`: where access tokens come from."""

    connection: str
    email: str
    private_key: str = field(repr=False)
    key_id: str = ""
    tokens: str = TOKENS


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    good_until: float


_kept: dict[tuple[ServiceAccount, str], _Token] = {}


def service_account(connection: Connection, field_name: str = "key") -> ServiceAccount:
    """The account of a connection that holds a key file. Raises `Permanent`."""
    wrong = (
        f"The connection '{connection.name}' has no usable key file. Make a key (JSON) for the service account in "
        "Google Cloud, and paste the whole file."
    )
    try:
        found = json.loads(connection.settings.get(field_name, ""))
    except ValueError:
        raise Permanent(wrong) from None
    if not isinstance(found, Mapping) or found.get("type") != "service_account":
        raise Permanent(wrong)
    email, key, key_id = (str(found.get(name) or "") for name in ("client_email", "private_key", "private_key_id"))
    try:
        _signer(key, key_id)
    except (ValueError, TypeError):
        raise Permanent(wrong) from None
    if "@" not in email:
        raise Permanent(wrong)
    return ServiceAccount(connection.name, email, key, key_id, tokens_of(str(found.get("token_uri") or "")))


def tokens_of(named: str) -> str:
    """Google's own address, whatever the file says, unless it names an emulator on this machine."""
    return named if on_this_machine(named) else TOKENS


@lru_cache(maxsize=32)
def _signer(private_key: str, key_id: str) -> crypt.RSASigner:
    """Read once: to judge a key takes some 60 ms. Raises ValueError, TypeError."""
    return crypt.RSASigner.from_string(private_key, key_id or None)


async def access_token(account: ServiceAccount, scope: str, refused: str = "") -> str:
    """A token that is good now. `refused`: the one that was just refused. Raises `Permanent`, `Transient`."""
    kept = _kept.get((account, scope))
    if kept is not None and kept.text != refused and time.monotonic() < kept.good_until:
        return kept.text
    form = urlencode({"grant_type": _GRANT, "assertion": _assertion(account, scope, int(time.time()))}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    reach = Reach.INTERNET if account.tokens == TOKENS else Reach.INSIDE
    fresh = _read(account, await ask("Google's sign-in", "POST", account.tokens, form, headers, reach))
    _kept[account, scope] = fresh
    return fresh.text


def _assertion(account: ServiceAccount, scope: str, now: int) -> str:
    """What the account signs to get a token. `now`: seconds since 1970."""
    claims = {"iss": account.email, "scope": scope, "aud": TOKENS, "iat": now, "exp": now + 3600}
    signed: bytes = jwt.encode(_signer(account.private_key, account.key_id), claims)
    return signed.decode()


def _read(account: ServiceAccount, reply: Reply) -> _Token:
    reply.refuse_passing("Google's sign-in")
    found = reply.document
    answer = found if isinstance(found, dict) else {}
    if not reply.done:
        told = str(answer.get("error_description", ""))
        if "timeframe" in told or "short-lived" in told:
            raise Permanent(
                "Google does not believe this machine's clock. Set it (switch automatic time on), then try again."
            )
        raise Permanent(
            f"Google does not accept the key of the connection '{account.connection}': it was deleted, or the service "
            "account was. Make a new key and enter it."
        )
    token, lasts = answer.get("access_token"), answer.get("expires_in", 3600)
    if not isinstance(token, str) or not token or not token.isascii() or not isinstance(lasts, int | float):
        raise Transient("Google's sign-in gave an answer that cannot be read.")
    # Of a token that lasts shorter than usual half its time is used.
    return _Token(token, time.monotonic() + max(lasts - EARLY_S, lasts / 2))
