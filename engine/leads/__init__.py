"""Where leads come from: reading what a source sends, putting it in order, keeping it once with its consent evidence.

Whether and when a lead is called is not decided here (see `engine.dialing`).
"""

from engine.leads.fields import FieldProblem, FormUnreadable, read_fields
from engine.leads.intake import Intake, take_in
from engine.leads.website import Arrival, Submission, read_submission

__all__ = [
    "Arrival",
    "FieldProblem",
    "FormUnreadable",
    "Intake",
    "Submission",
    "read_fields",
    "read_submission",
    "take_in",
]
