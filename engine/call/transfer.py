"""One try to put a caller through, as a machine without I/O: webhooks, keys and answers in; states and orders out.

    warm   dialling -> ringing -> whisper -(key 1)-> accepted -(put through)-> joining -> joined
    cold   joining -> ringing -> joined

and from anywhere but `joined` to `over`, with a typed outcome (field-lessons R21). Where the colleague's phone stands
is a `Progress` of its own, so webhooks may come late, twice or swapped. The caller is *away* from our media socket from
the order to join them until they are brought back.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from engine.sdk import TransferOutcome, TransferRequest, TransferState
from engine.telephony.events import LegStatus
from engine.telephony.progress import AnswererKnown, CallOver, Progress, Rank, RankReached, Transition

ACCEPTING_KEY: Final = "1"

SETTLE_S: Final = 1.0
"""So long after the join the colleague must still be there; a hang-up just before it is told this late at most."""

VERDICT_S: Final = 4.0
"""So long machine detection may take to say that a cold transfer has reached a voicemail."""


class Phase(StrEnum):
    DIALLING = "dialling"
    RINGING = "ringing"
    WHISPER = "whisper"
    ACCEPTED = "accepted"
    JOINING = "joining"
    JOINED = "joined"
    OVER = "over"


class Order(StrEnum):
    """What the shell is to do."""

    TELL_TALK = "tell the talk"  # the card wants to know
    DROP_COLLEAGUE = "drop the colleague"  # end their call, with a word if they have heard ours
    BRING_BACK = "bring the caller back"  # to our media socket
    SETTLE = "settle"  # call `settled` after a while


@dataclass(frozen=True, slots=True)
class Attempt:
    """`phase` and `outcome` are all that others read. `returning`: the caller is to come back to us but has not yet."""

    request: TransferRequest
    phase: Phase = Phase.DIALLING
    outcome: TransferOutcome | None = None
    leg: Progress = field(default_factory=Progress, repr=False)
    returning: bool = False
    settle_s: float = 0.0
    """With the order `SETTLE`: how long."""

    @property
    def warm(self) -> bool:
        return self.request.mode == "warm"

    @property
    def state(self) -> TransferState:
        """As the card sees it. Joined is told only once it is certain."""
        if self.outcome is not None:
            return TransferState("over", self.outcome)
        return TransferState("accepted" if self.phase in (Phase.ACCEPTED, Phase.JOINING) and self.warm else "ringing")

    @property
    def under_way(self) -> bool:
        return self.outcome is None

    @property
    def away(self) -> bool:
        """Whether the caller is, or may be, off our media socket because of this try."""
        return self.phase in (Phase.JOINING, Phase.JOINED) or (not self.warm and self._cold_away) or self.returning

    @property
    def _cold_away(self) -> bool:
        return self.phase is Phase.RINGING

    @property
    def colleague_on_line(self) -> bool:
        """Whether the colleague's phone rings or is in use, so that somebody has to end it."""
        return Rank.PLACED < self.leg.rank < Rank.OVER or (bool(self.leg.phone_uuid) and self.leg.rank < Rank.OVER)

    @property
    def colleague_listens(self) -> bool:
        """Whether they have picked up, and are owed a word before the line goes dead."""
        return self.leg.rank is Rank.ANSWERED

    # --- what happens ---

    def placed(self, uuid: str) -> tuple[Attempt, tuple[Order, ...]]:
        """The carrier has taken the colleague's call. If it was called off meanwhile, it is dropped at once."""
        after = replace(self, leg=replace(self.leg, phone_uuid=uuid))
        if self.phase is Phase.OVER:
            return after, (Order.DROP_COLLEAGUE,)
        return after, ()

    def refused(self, code: str) -> tuple[Attempt, tuple[Order, ...]]:
        """The carrier did not do what was ordered: no call, or no join. The caller is still with us."""
        return self._ended(TransferOutcome("failed", code), still_here=True)

    def in_doubt(self) -> tuple[Attempt, tuple[Order, ...]]:
        """Nobody knows whether the caller was taken off our socket: wherever they are, they are fetched."""
        return self._ended(TransferOutcome("failed", "carrier"))

    def ordered_away(self) -> tuple[Attempt, tuple[Order, ...]]:
        """The order to take the caller off our socket goes out now."""
        return replace(self, phase=Phase.JOINING), ()

    def moved(self) -> tuple[Attempt, tuple[Order, ...]]:
        """The carrier has taken the caller off our socket: to the colleague (warm), or to the ringing (cold)."""
        if self.phase is not Phase.JOINING:
            return self, ()  # the webhooks were faster
        if self.warm:
            return replace(self, settle_s=SETTLE_S), (Order.SETTLE,)
        return replace(self, phase=Phase.RINGING)._ranked(self.leg.rank)

    def leg_told(self, event: LegStatus) -> tuple[Attempt, tuple[Order, ...]]:
        """A webhook about the colleague's phone."""
        leg, steps = self.leg.receive(event)
        if not leg.phone_uuid:
            leg = replace(leg, phone_uuid=event.uuid)  # cold: the carrier names it only here
        after, orders = replace(self, leg=leg), tuple[Order, ...]()
        for step in steps:
            after, more = after._step(step)
            orders += more
        return after, orders

    def key(self, digit: str) -> tuple[Attempt, tuple[Order, ...]]:
        """The colleague has pressed a key, or none in time (`digit` empty)."""
        if self.phase not in (Phase.DIALLING, Phase.RINGING, Phase.WHISPER) or not self.warm:
            return self, ()
        if digit == ACCEPTING_KEY:
            return replace(self, phase=Phase.ACCEPTED), (Order.TELL_TALK,)
        outcome = TransferOutcome("declined" if digit else "no_answer")
        after, orders = self._ended(outcome)
        return after, orders

    def settled(self) -> tuple[Attempt, tuple[Order, ...]]:
        """The time of `SETTLE` has passed without a reason to doubt that the two are talking."""
        if self.phase is not Phase.JOINING and not (self.phase is Phase.RINGING and self.colleague_listens):
            return self, ()
        after = replace(self, phase=Phase.JOINED, outcome=TransferOutcome("answered"))
        return after, (Order.TELL_TALK,)

    def timed_out(self) -> tuple[Attempt, tuple[Order, ...]]:
        """Nothing was heard of the colleague for longer than their phone can ring and they can think about it."""
        if self.phase in (Phase.ACCEPTED, Phase.JOINING) and self.warm:
            return self, ()
        return self._ended(TransferOutcome("no_answer"))

    def connect_over(self) -> tuple[Attempt, tuple[Order, ...]]:
        """Cold: the carrier has gone past the colleague's phone. Unless the two have talked, nobody took the call, and
        why was not told, or not yet."""
        return self._ended(TransferOutcome("failed", "colleague_left" if self.leg.was_answered else "not_connected"))

    def called_off(self) -> tuple[Attempt, tuple[Order, ...]]:
        """The caller would rather not, or the talk went elsewhere."""
        return self._ended(TransferOutcome("failed", "called_off"))

    def caller_left(self) -> tuple[Attempt, tuple[Order, ...]]:
        """The caller has hung up."""
        after, orders = self._ended(TransferOutcome("failed", "caller_left"))
        return replace(after, returning=False), tuple(order for order in orders if order is not Order.BRING_BACK)

    def came_back(self) -> Attempt:
        """The caller is on a media socket of ours again."""
        return replace(self, returning=False)

    # --- what it means ---

    def _step(self, step: Transition) -> tuple[Attempt, tuple[Order, ...]]:
        match step:
            case RankReached(rank):
                return self._ranked(rank)
            case AnswererKnown("machine") if self.phase in _UNANSWERED or not self.warm:
                return self._ended(TransferOutcome("voicemail"))
            case AnswererKnown("human") if not self.warm and self.phase is Phase.RINGING:
                return self.settled()
            case CallOver(outcome, detail):
                return self._leg_over(outcome, detail)
            case _:
                return self, ()

    def _ranked(self, rank: Rank) -> tuple[Attempt, tuple[Order, ...]]:
        if self.phase is Phase.OVER:
            return self, ()
        if self.warm:
            forward = {Rank.RINGING: Phase.RINGING, Rank.ANSWERED: Phase.WHISPER}.get(rank)
            if forward is not None and self.phase in _UNANSWERED:
                return replace(self, phase=forward), ()
            return self, ()
        if rank is Rank.ANSWERED and self.phase in (Phase.JOINING, Phase.RINGING):
            if self.leg.answerer == "human":
                return replace(self, phase=Phase.RINGING).settled()
            return replace(self, phase=Phase.RINGING, settle_s=VERDICT_S), (Order.SETTLE,)
        return self, ()

    def _leg_over(self, outcome: str, detail: str) -> tuple[Attempt, tuple[Order, ...]]:
        if self.phase in (Phase.JOINED, Phase.OVER):
            return self, ()
        if outcome == "cancelled" and not self.warm:
            # We do not cancel a phone that the caller hears ringing: they have hung up, and it with them.
            return self._ended(TransferOutcome("failed", "caller_left"))
        if outcome == "completed" and not self.warm:
            # They were together for less than a verdict takes, which serves nobody; or the reason was not told.
            return self.connect_over()
        if outcome == "completed" and self.phase in (Phase.ACCEPTED, Phase.JOINING):
            return self._ended(TransferOutcome("failed", "colleague_left"))
        return self._ended(ended_as(outcome, detail))

    def _ended(self, outcome: TransferOutcome, still_here: bool = False) -> tuple[Attempt, tuple[Order, ...]]:
        if self.outcome is not None:
            return self, ()
        back = self.away and not still_here
        after = replace(self, phase=Phase.OVER, outcome=outcome, returning=back)
        orders = (Order.DROP_COLLEAGUE,) if after.colleague_on_line else ()
        # Away from us the talk hears of it when the caller is back.
        return after, (*orders, Order.BRING_BACK if back else Order.TELL_TALK)


_UNANSWERED: Final = (Phase.DIALLING, Phase.RINGING, Phase.WHISPER)


def ended_as(outcome: str, detail: str) -> TransferOutcome:
    """What the end of a colleague's call that was not accepted means. `outcome`, `detail`: the carrier's words."""
    match outcome, detail:
        case ("busy", _):
            return TransferOutcome("busy")
        case ("unanswered" | "timeout", _):
            return TransferOutcome("no_answer")
        case ("rejected", "" | "declined"):
            return TransferOutcome("declined")
        case ("completed", _):
            return TransferOutcome("declined")  # they picked up, listened, and hung up
        case _:
            return TransferOutcome("failed", detail or outcome)
