"""Cal.com's API v2 on loopback: slots, reservations, bookings, event types."""

from tests.emulators.calcom.rules import Refusal
from tests.emulators.calcom.server import CalComEmulator
from tests.emulators.calcom.store import Booked, EventType

__all__ = ["Booked", "CalComEmulator", "EventType", "Refusal"]
