"""Where leads come from: reading what a source sends, putting it in order, keeping it once with its consent evidence.

Whether and when a lead is called is not decided here (see `engine.dialing`).
"""

from engine.leads.arrived import Arrived
from engine.leads.fields import FieldProblem, FormUnreadable, read_fields
from engine.leads.intake import Inlet, Intake
from engine.leads.reading import Arrival
from engine.leads.website import read_submission

__all__ = [
    "Arrival",
    "Arrived",
    "FieldProblem",
    "FormUnreadable",
    "Inlet",
    "Intake",
    "read_fields",
    "read_submission",
]
