"""Calling leads: `dialer` looks for those that are due, `claiming` claims one if it may be called (`facts` are what
the policy of `engine.compliance` has to know), `placing` warms the call up and has it placed. `reception` takes the
calls that come in, `draft_calls` those that try out a draft on a phone, `browser_calls` in a browser."""

from engine.compliance import Case, Decision, may_call
from engine.dialing.browser_calls import BrowserCalls
from engine.dialing.dialer import Dialer
from engine.dialing.draft_calls import DraftCalls, TooMany, Tryout
from engine.dialing.facts import Telephones
from engine.dialing.placing import Dialled, Line, NotDialled, Placing
from engine.dialing.reception import Numbers, Reception

__all__ = [
    "BrowserCalls",
    "Case",
    "Decision",
    "Dialer",
    "Dialled",
    "DraftCalls",
    "Line",
    "NotDialled",
    "Numbers",
    "Placing",
    "Reception",
    "Telephones",
    "TooMany",
    "Tryout",
    "may_call",
]
