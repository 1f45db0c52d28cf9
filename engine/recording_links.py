"""Links to recordings for systems that cannot log in, such as a CRM: the address itself is the proof.

A link names one call and how its channels shall lie, and ends with `.wav`, because some systems go by that. It works
as long as the recording is kept and its time is not over; whoever has it can listen, so it is for https only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from engine.signed_claims import NotOurs, claims_of, sign

PATH: Final = "/recordings"
_PURPOSE: Final = "leadline recording links v1"
_PREFIX: Final = "rec-"
_CLAIMS: Final = TypeAdapter(tuple[str, Literal["lead", "assistant"], int])

Side = Literal["lead", "assistant"]
"""Who talks."""


@dataclass(frozen=True, slots=True)
class RecordingLink:
    """`left`: who shall be heard on the left channel; the other is on the right."""

    call_id: str
    left: Side


class RecordingLinks:
    """`public_url`: of this installation; without https no link is given. `derive`: gives the installation's keys for a
    purpose, asked when first needed; the first one signs, all of them prove. `days`: so long a link works."""

    def __init__(self, public_url: str, derive: Callable[[str], Sequence[bytes]], days: int) -> None:
        self._public_url = public_url.rstrip("/")
        self._derive = derive
        self._days = days
        self._known: Sequence[bytes] = ()

    def __repr__(self) -> str:
        return "RecordingLinks()"

    def link(self, call_id: str, left: Side, now: datetime) -> str:
        """The address; empty if the installation has none that the outside world may use."""
        if urlsplit(self._public_url).scheme != "https":
            return ""
        # To the day, so that a step that is tried again names the same address.
        until = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=self._days + 1)
        return f"{self._public_url}{PATH}/{sign(_PREFIX, [call_id, left, int(until.timestamp())], self._keys()[0])}.wav"

    def read(self, text: str, now: datetime) -> RecordingLink | None:
        """What the last part of an address stands for; None if it is not ours or its time is over."""
        try:
            claims = claims_of(_PREFIX, text.removesuffix(".wav"), self._keys())
            call_id, left, until = _CLAIMS.validate_python(tuple(claims), strict=True)
        except (NotOurs, ValidationError):
            return None
        return RecordingLink(call_id, left) if now.timestamp() < until else None

    def _keys(self) -> Sequence[bytes]:
        self._known = self._known or self._derive(_PURPOSE)
        return self._known
