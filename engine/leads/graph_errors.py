"""What Graph's errors mean for a lead that is being fetched: when to ask again, or what a person must mend. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from engine.sdk import Json

NOT_YET_S: Final = (1.0, 3.0, 10.0, 60.0)
"""Pauses while a lead that was just announced cannot be read yet."""
RATE_PAUSE_S: Final = 60.0
LONGEST_PAUSE_S: Final = 3600.0
GIVE_UP_AFTER: Final = timedelta(hours=36)
"""As long as Meta itself tries to deliver what we have not taken."""

RATE_CODES: Final = frozenset({4, 17, 32, 613, 80005})
TOKEN_CODES: Final = frozenset({190, 102})

TroubleKind = Literal["not_yet", "rate", "token", "rights", "fields", "transient", "other"]

TOKEN: Final = "Meta refuses the page token: renew it in the connection, then press “Fetch again”."  # noqa: S105
RIGHTS: Final = (
    "Meta does not let the app read this lead. Give the app “leads_retrieval”, and access in Leads Access Manager of "
    "the business, then press “Fetch again”."
)
GONE: Final = (
    "Meta says that this lead does not exist. It keeps leads for 90 days and gives them only to the page they belong "
    "to: check the page id in the connection, then press “Fetch again”."
)
AWAY: Final = (
    "Meta has not given the answers of this lead for 36 hours. Nothing is lost: press “Fetch again” when Meta works."
)
ODD: Final = "Meta refuses to give this lead (error {code}). Press “Fetch again”, or look at the lead at Meta."


class GraphTrouble(Exception):
    """Graph gave no answer, or an error. `code`, `subcode`: Meta's own, 0 if there was none; `trace`: Meta's id of the
    request, for its support."""

    def __init__(self, kind: TroubleKind, code: int = 0, subcode: int = 0, trace: str = "") -> None:
        super().__init__(f"{kind} (code {code}/{subcode}, trace {trace or 'none'})")
        self.kind, self.code, self.subcode, self.trace = kind, code, subcode, trace


@dataclass(frozen=True, slots=True)
class Again:
    """Ask once more at `at`. `all`: no other lead of this page is to be asked for before. `why`: for people, if they
    can do something about it."""

    at: datetime
    all: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Park:
    """A person must do something; until then nobody asks. `why`: what is wrong and what to do."""

    why: str


def read_trouble(status: int, body: bytes) -> GraphTrouble:
    """The error in an answer that is no success."""
    try:
        data: Json = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return GraphTrouble("rate" if status == 429 else "transient")
    code, subcode = _number(error, "code"), _number(error, "error_subcode")
    trace = error.get("fbtrace_id")
    return GraphTrouble(_kind(status, code, subcode), code, subcode, trace[:40] if isinstance(trace, str) else "")


def what_next(trouble: GraphTrouble, tries: int, since: datetime, now: datetime) -> Again | Park:
    """`tries`: how often Graph was asked for this lead, this time included. `since`: when it was first asked for, or
    asked for anew by a person."""
    late = now - since >= GIVE_UP_AFTER
    match trouble.kind:
        case "token":
            return Park(TOKEN)
        case "rights":
            return Park(RIGHTS)
        case "other" | "fields":
            return Park(ODD.format(code=trouble.code))
        case "not_yet":
            if tries <= len(NOT_YET_S):
                return Again(now + timedelta(seconds=NOT_YET_S[tries - 1]))
            return Park(GONE) if late else Again(now + _growing(tries - len(NOT_YET_S)))
        case "rate":
            # Never given up: the wait ends by itself, however long the queue is.
            return Again(now + timedelta(seconds=min(RATE_PAUSE_S * tries, LONGEST_PAUSE_S)), all=True)
        case "transient":
            return Park(AWAY) if late else Again(now + _growing(tries))


def _growing(tries: int) -> timedelta:
    """2, 4, 8 s ... one hour."""
    return timedelta(seconds=min(2.0 ** min(tries, 20), LONGEST_PAUSE_S))


def _kind(status: int, code: int, subcode: int) -> TroubleKind:
    if code in RATE_CODES or status == 429:
        return "rate"
    if code in TOKEN_CODES:
        return "token"
    if code == 10 or 200 <= code <= 299:
        return "rights"
    if code == 100:
        return "not_yet" if subcode == 33 else "fields"
    if code in (1, 2) or status >= 500:
        return "transient"
    return "other"


def _number(error: Mapping[str, Json], name: str) -> int:
    value = error.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
