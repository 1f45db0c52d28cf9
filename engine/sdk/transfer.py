"""Putting the caller through to a colleague: what a card asks for, how it stands, and how it ended.

Warm: the agent stays with the caller and talks while the colleague's phone rings; the colleague hears one sentence
about the caller and takes the call by a key, then the two are joined. Cold: the caller hears the ringing; who picks up
has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

TransferResult = Literal["answered", "busy", "no_answer", "declined", "voicemail", "failed"]

LONGEST_RING_S: Final = 60

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class TransferOutcome:
    """How a transfer ended. `code`: with `failed` only, what went wrong in one word (`number_out_of_service`,
    `called_off` when the caller no longer wanted it, `caller_left`)."""

    result: TransferResult
    code: str = ""

    def __post_init__(self) -> None:
        if (self.result == "failed") != bool(self.code):
            raise ValueError("A failed transfer has a code that says why; no other outcome has one.")

    def __str__(self) -> str:
        return f"{self.result} ({self.code})" if self.code else self.result


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """A colleague to put the caller through to.

    `number`: E.164; if empty, that of the connection called `connection`. `who`: what the colleague is called in
    reports ("front desk"). `ring_s`: how long their phone may ring. `summary`: the one sentence they hear about the
    caller before they take the call (warm only). Raises `ValueError` for what no carrier could carry out.
    """

    who: str
    number: str = field(default="", repr=False)
    connection: str = ""
    mode: Literal["warm", "cold"] = "warm"
    ring_s: int = 25
    summary: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.number and not self.connection:
            raise ValueError("A transfer needs the colleague's number, or the name of the connection that holds it.")
        if self.number and not _E164.fullmatch(self.number):
            raise ValueError("The colleague's number must be in the international form, such as +14155550150.")
        if not 5 <= self.ring_s <= LONGEST_RING_S:
            raise ValueError(f"A colleague's phone can ring for 5 to {LONGEST_RING_S} seconds.")


@dataclass(frozen=True, slots=True)
class TransferState:
    """How a transfer stands. `ringing`: the colleague has not taken the call yet. `accepted`: they have, and wait for
    the caller to be put through (warm). `over`: see `outcome`, which is None before."""

    stage: Literal["ringing", "accepted", "over"]
    outcome: TransferOutcome | None = None

    def __post_init__(self) -> None:
        if (self.stage == "over") != (self.outcome is not None):
            raise ValueError("A transfer has an outcome exactly when it is over.")


def over(result: TransferResult, code: str = "") -> TransferState:
    return TransferState("over", TransferOutcome(result, code))
