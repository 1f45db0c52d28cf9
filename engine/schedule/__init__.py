"""Pure appointment arithmetic: which openings a calendar has, and who gets one.

No database, no network, no clock: the built-in calendar (engine.store.calendar) and the simulator's stand on it.
"""

from engine.schedule.hours import HoursProblem, Span, WorkingHours
from engine.schedule.memory import MemoryCalendar
from engine.schedule.openings import Taken, cut, is_free, within_hours
from engine.schedule.scratch import ScratchCalendar
from engine.schedule.team import Staff, Team

__all__ = [
    "HoursProblem",
    "MemoryCalendar",
    "ScratchCalendar",
    "Span",
    "Staff",
    "Taken",
    "Team",
    "WorkingHours",
    "cut",
    "is_free",
    "within_hours",
]
