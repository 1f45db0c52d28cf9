"""Stand-ins of the catch hooks of Zapier and Make."""

from tests.emulators.catch_hooks.make import MakeEmulator
from tests.emulators.catch_hooks.zapier import ZapierEmulator

__all__ = ["MakeEmulator", "ZapierEmulator"]
