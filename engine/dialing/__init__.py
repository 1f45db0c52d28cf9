"""Calling leads: `policy` says whether we may (pure), `dialer` claims a lead, warms the call up and has it placed.
`reception` takes the calls that come in."""

from engine.dialing.dialer import Dialer, Dialled, Line, NotDialled
from engine.dialing.policy import Case, Decision, may_call
from engine.dialing.reception import Numbers, Reception

__all__ = ["Case", "Decision", "Dialer", "Dialled", "Line", "NotDialled", "Numbers", "Reception", "may_call"]
