"""Calling leads: `policy` says whether we may (pure), `dialer` claims a lead, warms the call up and has it placed."""

from engine.dialing.dialer import Dialer, Dialled, Line, NotDialled
from engine.dialing.policy import Case, Decision, may_call

__all__ = ["Case", "Decision", "Dialer", "Dialled", "Line", "NotDialled", "may_call"]
