"""HubSpot's CRM API on loopback, for HubSpot's own SDK."""

from tests.emulators.hubspot.rules import Refusal
from tests.emulators.hubspot.server import HubSpotEmulator
from tests.emulators.hubspot.store import Stored

__all__ = ["HubSpotEmulator", "Refusal", "Stored"]
