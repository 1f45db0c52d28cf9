"""Meta Lead Ads: what it posts (`sender`), and its Graph API (`server`)."""

from tests.emulators.meta_graph.people import FormLead, a_lead
from tests.emulators.meta_graph.sender import MetaSender
from tests.emulators.meta_graph.server import MetaGraphEmulator

__all__ = ["FormLead", "MetaGraphEmulator", "MetaSender", "a_lead"]
