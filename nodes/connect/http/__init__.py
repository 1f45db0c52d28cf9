"""Asks another system in the middle of a call."""

from nodes.connect.http.card import HttpRequest

__all__ = ["HttpRequest"]
