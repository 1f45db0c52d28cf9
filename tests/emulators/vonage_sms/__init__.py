"""Vonage's SMS API on loopback, for Vonage's own SDK."""

from tests.emulators.vonage_sms.server import Text, VonageSmsEmulator

__all__ = ["Text", "VonageSmsEmulator"]
