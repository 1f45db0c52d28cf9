"""HubSpot: the cards, what they say (`words`), whom they mean (`contact`), and how it is said (`client`)."""

from nodes.connect.hubspot.card import HubSpot
from nodes.connect.hubspot.look_up import HubSpotLookUp

__all__ = ["HubSpot", "HubSpotLookUp"]
