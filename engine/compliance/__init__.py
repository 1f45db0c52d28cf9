"""May we call this person, now? Pure: rules over a data file and a `Case`. Room of compliance.md's sections 2 to 4."""

from engine.compliance.case import Case, ConsentFact, ListedOn, Place, Terms
from engine.compliance.decision import Check, Decision, Duties
from engine.compliance.policy import may_call, warm_up

__all__ = ["Case", "Check", "ConsentFact", "Decision", "Duties", "ListedOn", "Place", "Terms", "may_call", "warm_up"]
