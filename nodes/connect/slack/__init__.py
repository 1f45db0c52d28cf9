"""Slack: the card, and beside it how a message is put together (`message`)."""

from nodes.connect.slack.card import Slack

__all__ = ["Slack"]
