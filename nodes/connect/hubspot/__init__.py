"""HubSpot: the card, and beside it what it says (`words`), whom it means (`contact`) and how it is said (`client`)."""

from nodes.connect.hubspot.card import HubSpot

__all__ = ["HubSpot"]
