"""Where a call stands, told from webhooks that come late, twice, swapped, or not at all.

A `Progress` is a pure function of the *set* of statuses heard so far: each status is only ever added, so neither
order nor repetition can change the outcome.

    rank   0 placed -> 1 started -> 2 ringing -> 3 answered -> 4 over
    over   completed | busy | cancelled | timeout | unanswered | rejected | failed

`completed` follows most failures ("busy", then "completed"), and can overtake them; so a failure's own word wins,
unless the call was answered: then it was a completed call whatever else is said. The media socket is a leg of its
own with a `completed` of its own, which is not the call's end (vonage-voice.md, section 10, pitfall 4).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Final, Literal, get_args

from engine.telephony.events import LegStatus

Outcome = Literal["busy", "rejected", "failed", "cancelled", "unanswered", "timeout", "completed"]
"""How a call ended. In order of precedence, for the rare case that the carrier gives two reasons."""

_OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)


class Rank(IntEnum):
    PLACED = 0
    STARTED = 1
    RINGING = 2
    ANSWERED = 3
    OVER = 4


@dataclass(frozen=True, slots=True)
class RankReached:
    """The call got further: it rings, or it was answered. Steps whose webhook was lost are skipped."""

    rank: Rank


@dataclass(frozen=True, slots=True)
class AnswererKnown:
    """Machine detection has spoken. `beep`: a voicemail's beep was heard just now; `no_beep`: it waits no longer."""

    answerer: Literal["human", "machine"]
    beep: bool = False
    no_beep: bool = False


@dataclass(frozen=True, slots=True)
class MediaJoined:
    """The carrier has our media socket on the line."""

    uuid: str


@dataclass(frozen=True, slots=True)
class MediaLost:
    """Our media socket is off the line while the call may go on. The webhook's response may be a new NCCO.

    `status`: `disconnected` (it was closed on our side), `failed` or `unanswered` (it never came about).
    """

    uuid: str
    status: str


@dataclass(frozen=True, slots=True)
class OtherPhone:
    """A second phone that we had dialled into the call (a transfer) has got to `status`: `answered`, `busy` …"""

    uuid: str
    status: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CallOver:
    """The call has ended. Said once."""

    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeCorrected:
    """A late webhook tells better why the call ended."""

    outcome: Outcome
    detail: str = ""


Transition = RankReached | AnswererKnown | MediaJoined | MediaLost | OtherPhone | CallOver | OutcomeCorrected


@dataclass(frozen=True, slots=True)
class Progress:
    """All that is known about one call.

    `phone_uuid`: from the carrier's answer, empty if that was lost; `dialled`: the lead's number in E.164. Either tells
    the lead's phone from a colleague's whose leg of a transfer reports to the same address; give both if you can.
    """

    phone_uuid: str = ""
    dialled: str = field(default="", repr=False)
    statuses: frozenset[str] = frozenset()
    details: frozenset[tuple[str, str]] = frozenset()
    media: frozenset[tuple[str, str]] = frozenset()
    others: frozenset[tuple[str, str]] = frozenset()
    beeps: frozenset[str] = frozenset()
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float | None = None

    @property
    def outcome(self) -> Outcome | None:
        ends = [outcome for outcome in _OUTCOMES if outcome in self.statuses]
        if not ends:
            return None
        return "completed" if self.was_answered and "completed" in ends else ends[0]

    @property
    def detail(self) -> str:
        """The carrier's reason for the outcome, such as `declined`; empty if it gave none."""
        return min((text for status, text in self.details if status == self.outcome), default="")

    @property
    def was_answered(self) -> bool:
        return bool(self.statuses & {"answered", "human", "machine"}) or bool(self.duration_s)

    @property
    def answerer(self) -> Literal["human", "machine"] | None:
        """Machine wins over human: detection corrects itself in that direction, when a beep is heard."""
        if "machine" in self.statuses:
            return "machine"
        return "human" if "human" in self.statuses else None

    @property
    def rank(self) -> Rank:
        if self.outcome:
            return Rank.OVER
        if self.was_answered:
            return Rank.ANSWERED
        if "ringing" in self.statuses:
            return Rank.RINGING
        return Rank.STARTED if "started" in self.statuses else Rank.PLACED

    def receive(self, event: LegStatus) -> tuple[Progress, tuple[Transition, ...]]:
        """The progress after one more webhook, and what is new by it (nothing, for repeats and latecomers)."""
        if event.leg == "websocket":
            return self._receive_media(event)
        if self._is_other_phone(event):
            return self._receive_other(event)
        after = replace(
            self,
            statuses=self.statuses | {event.status},
            details=self.details | {(event.status, event.detail)} if event.detail else self.details,
            beeps=self.beeps | {event.sub_state} if event.sub_state else self.beeps,
        )
        if event.status == "answered":
            after = replace(after, answered_at=_earlier(self.answered_at, event.at))
        if event.status in _OUTCOMES:
            after = replace(
                after,
                ended_at=_earlier(self.ended_at, event.at),
                duration_s=max(self.duration_s or 0.0, event.duration_s or 0.0) or None,
            )
        return after, tuple(_steps(self, after))

    def _is_other_phone(self, event: LegStatus) -> bool:
        # Judged by the event alone, never by what came before, or the order would matter.
        if self.phone_uuid:
            return event.uuid != self.phone_uuid
        return bool(self.dialled and event.to) and event.to != self.dialled

    def _receive_other(self, event: LegStatus) -> tuple[Progress, tuple[Transition, ...]]:
        step = (event.uuid, event.status)
        if step in self.others:
            return self, ()
        after = replace(self, others=self.others | {step})
        return after, (OtherPhone(event.uuid, event.status, event.detail),)

    def _receive_media(self, event: LegStatus) -> tuple[Progress, tuple[Transition, ...]]:
        step = (event.uuid, event.status)
        if step in self.media:
            return self, ()
        after = replace(self, media=self.media | {step})
        if event.status in {"disconnected", "failed", "unanswered"}:
            return after, (MediaLost(event.uuid, event.status),)
        gone = any(uuid == event.uuid and status in _MEDIA_GONE for uuid, status in self.media)
        return after, (MediaJoined(event.uuid),) if event.status == "answered" and not gone else ()


_MEDIA_GONE: Final = frozenset({"disconnected", "failed", "unanswered", "completed"})


def _steps(before: Progress, after: Progress) -> list[Transition]:
    steps: list[Transition] = []
    if before.rank < after.rank < Rank.OVER:
        steps.append(RankReached(after.rank))
    new = after.beeps - before.beeps
    beep, no_beep = "beep_start" in new, "beep_timeout" in new
    if after.answerer and (after.answerer != before.answerer or beep or no_beep):
        steps.append(AnswererKnown(after.answerer, beep, no_beep))
    if after.outcome and before.outcome is None:
        steps.append(CallOver(after.outcome, after.detail))
    elif after.outcome and (after.outcome, after.detail) != (before.outcome, before.detail):
        steps.append(OutcomeCorrected(after.outcome, after.detail))
    return steps


def _earlier(known: datetime | None, new: datetime | None) -> datetime | None:
    return min((moment for moment in (known, new) if moment is not None), default=None)
