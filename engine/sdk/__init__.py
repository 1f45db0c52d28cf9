"""What a node may use: node classes, exits, settings, contexts, domain values, and the test bench.

The ground floor of the house: it imports nothing else of ours, and `nodes` (ours and yours) import only this.
"""

from engine.sdk.calendar import (
    Attendee,
    Booking,
    BookingDetails,
    BookingRules,
    Calendar,
    CalendarDown,
    CalendarError,
    Hold,
    Opening,
    OpeningTaken,
)
from engine.sdk.connection_kinds import ConnectionField, ConnectionKind
from engine.sdk.contexts import (
    AfterCallContext,
    CallContext,
    Connection,
    ConnectionMissing,
    Heard,
    NotYet,
    Permanent,
    QuietContext,
    RateLimit,
    Recording,
    StepFailed,
    StepOutcome,
    TalkContext,
    TimeWish,
    Transient,
)
from engine.sdk.lead import Lead
from engine.sdk.marks import marks
from engine.sdk.node import NEXT, AfterCallNode, Effects, Exit, Naming, Node, NodeSettings, QuietNode, TalkNode
from engine.sdk.result import AppointmentPart, CallResult
from engine.sdk.steps import Ending, Line, Question, Step, Want, ask, leave, say, want
from engine.sdk.transfer import TransferOutcome, TransferRequest, TransferResult, TransferState
from engine.sdk.values import Evidence, Json, Scalar, SlotState, SlotType, SlotValue

__all__ = [
    "NEXT",
    "AfterCallContext",
    "AfterCallNode",
    "AppointmentPart",
    "Attendee",
    "Booking",
    "BookingDetails",
    "BookingRules",
    "Calendar",
    "CalendarDown",
    "CalendarError",
    "CallContext",
    "CallResult",
    "Connection",
    "ConnectionField",
    "ConnectionKind",
    "ConnectionMissing",
    "Effects",
    "Ending",
    "Evidence",
    "Exit",
    "Heard",
    "Hold",
    "Json",
    "Lead",
    "Line",
    "Naming",
    "Node",
    "NodeSettings",
    "NotYet",
    "Opening",
    "OpeningTaken",
    "Permanent",
    "Question",
    "QuietContext",
    "QuietNode",
    "RateLimit",
    "Recording",
    "Scalar",
    "SlotState",
    "SlotType",
    "SlotValue",
    "Step",
    "StepFailed",
    "StepOutcome",
    "TalkContext",
    "TalkNode",
    "TimeWish",
    "TransferOutcome",
    "TransferRequest",
    "TransferResult",
    "TransferState",
    "Transient",
    "Want",
    "ask",
    "leave",
    "marks",
    "say",
    "want",
]  # fmt: skip
