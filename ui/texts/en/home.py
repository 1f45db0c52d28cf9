"""The home page."""

from typing import Final

TEXTS: Final = {
    # home
    "home.title": "Today at a glance",
    "home.well": "All is well: leads that come in are called at once.",
    "home.unwell": "Calls cannot be placed right now.",
    "home.no_flow": "No flow is published yet, so nobody can be called. Publish one under Flows.",
    "home.calls": "Calls today",
    "home.talked": "Talked with",
    "home.booked": "Appointments booked",
    "home.speed": "From form to ring",
    "home.speed.help": "Half of today's leads were rung faster than this. Counted from the arrival of their form.",
    "home.talked.help": "Calls today in which a person was on the line.",
    "home.week": "How calls ended, last 7 days",
    "home.week.empty": "No calls in the last 7 days. Try one under Leads: it takes a minute.",
    "home.latest": "Latest calls",
    "home.latest.empty": "Calls appear here as soon as the first lead comes in.",
    "home.call_lead": "Call a lead",
    "home.all_calls": "All calls",
    "home.flows": "Flows",
    "home.all_flows": "All flows",
    "home.reasons": "Why leads did not qualify, last 7 days",
}
