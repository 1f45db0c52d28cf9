"""Node types of Acme: a greeting, a fork by business hours, and a log of calls."""

from acme_nodes.business_hours import BusinessHours
from acme_nodes.call_log import CallLog
from acme_nodes.hello import Hello

__all__ = ["BusinessHours", "CallLog", "Hello"]
