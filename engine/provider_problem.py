"""What went wrong with a hosted service, told apart so that a person knows what to do: one small type for all adapters.

An adapter turns its SDK's errors into a `ProviderProblem` at its own edge; nobody else looks at a vendor's exceptions.
The call goes on in any case (a fallback takes over); the problem is for the journal, for *test connection* and for
`leadline doctor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ProblemKind(StrEnum):
    """`value` stands in the journal and in the API, and does not change."""

    WRONG_KEY = "wrong_key"  # nobody is known by this key
    EXPIRED = "expired"  # it was good once
    CLOCK_SKEW = "clock_skew"  # this machine's clock is wrong, so nothing it signs is believed
    NOT_ALLOWED = "not_allowed"  # known, but may not do this (a service switched off, a role missing)
    WRONG_PROJECT = "wrong_project"
    WRONG_REGION = "wrong_region"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_VOICE = "unknown_voice"
    REFUSED = "refused"  # the request itself is wrong
    QUOTA = "quota"
    BUSY = "busy"  # overloaded, try again
    TOO_SLOW = "too_slow"
    UNREACHABLE = "unreachable"
    CUT = "cut"  # broke off in the middle
    UNREADABLE = "unreadable"  # it answered, but not what was agreed


PASSING: Final = frozenset(
    {
        ProblemKind.QUOTA,
        ProblemKind.BUSY,
        ProblemKind.TOO_SLOW,
        ProblemKind.UNREACHABLE,
        ProblemKind.CUT,
        ProblemKind.UNREADABLE,
    }
)
"""Kinds that may be gone at the next try. The others stay until a person changes something."""


@dataclass(frozen=True, slots=True)
class ProviderProblem:
    """`sentence`: what is wrong, in plain words; `fix`: what to do next. Neither holds a secret or a caller's words."""

    kind: ProblemKind
    sentence: str
    fix: str = ""

    @property
    def passing(self) -> bool:
        """Whether it may be gone at the next try."""
        return self.kind in PASSING

    def __str__(self) -> str:
        return f"{self.sentence} {self.fix}".strip()
