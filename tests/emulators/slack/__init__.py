"""A stand-in of Slack's incoming webhooks."""

from tests.emulators.slack.server import Posted, SlackEmulator

__all__ = ["Posted", "SlackEmulator"]
