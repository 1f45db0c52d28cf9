# ruff: noqa: E501 - sentences of a table, one a line
"""Words of every page: small ones, navigation, trouble."""

from typing import Final

TEXTS: Final = {
    # small words
    "product": "Leadline",
    "staff": "Leadline screens",
    "nothing": "nothing",
    "yes": "yes",
    "no": "no",
    "and": " and ",
    "and_last": ", and ",
    "or": " or ",
    "day": "1 day",
    "days": "{count} days",
    "the": "the {name}",
    "either": "either {rule}",
    "today": "today",
    "tomorrow": "within 1 day",
    "in_days": "within {count} days",
    "at": "{date}, {time}",
    "seconds": "{value} s",
    "minutes": "{minutes} min {seconds} s",
    "just_now": "just now",
    "minutes_ago": "{count} min ago",
    "hours_ago": "{count} h ago",
    "back.calls": "All calls",
    "back.flows": "All flows",
    "nameless": "Name unknown",
    # who is at the screen
    "person.name": "Your name",
    "person.name.example": "Dana",
    "person.name.help": "It stands beside what you change and publish, so that colleagues know whom to ask.",
    # navigation
    "nav.home": "Home",
    "nav.leads": "Leads",
    "nav.calls": "Calls",
    "nav.flows": "Flows",
    "nav.about": "About",
    "nav.call": "Call",
    # trouble
    "trouble.title.unreachable": "The engine does not answer",
    "trouble.title.token": "The engine does not let this page in",
    "trouble.title.forbidden": "The engine answers only on its own machine",
    "trouble.title.missing": "Not found",
    "trouble.title.refused": "That could not be taken",
    "trouble.title.conflict": "Somebody else was quicker",
    "trouble.title.broken": "Something is not right",
    "trouble.unreachable": "There is no answer at {address}. Is it running? `make up` starts everything; if it runs elsewhere, set LEADLINE_API to its address.",
    "trouble.slow": "{address} took too long to answer. It may be busy; try again in a moment.",
    "trouble.token": "Set LEADLINE_API_TOKEN for these screens to the same token that the engine has, then start them again.",
    "trouble.status": "The engine answered with status {status}. Its log says more.",
    "trouble.other_version": "The engine's answer from {path} has an unexpected form. Are engine and screens of the same version?",
    "trouble.retry": "Try again",
}
