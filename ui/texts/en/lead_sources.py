# ruff: noqa: E501 - sentences of a table, one a line
"""Where leads come from."""

from typing import Final

TEXTS: Final = {
    "sources.none": "No lead source yet. Add the one that you have; the address to paste appears here.",
    "sources.add": "Add a source",
    "sources.add.help": "Leads from {summary}.",
    "sources.added": "“{name}” is here. Copy its address to where your leads are.",
    "sources.name": "Name of the source",
    "sources.state.on": "On",
    "sources.state.off": "Off",
    "sources.on": "Switch on",
    "sources.off": "Switch off",
    "sources.settings": "Settings",
    "sources.close": "Close",
    "sources.address": "Send leads to this address. Whoever knows it may send them, so treat it like a key.",
    "sources.old_address": "An older address (it ends with {end}) works until {until}.",
    "sources.figure.received": "leads",
    "sources.figure.unusable": "cannot be called",
    "sources.figure.refused": "refused",
    "sources.figure.test": "test leads",
    "sources.figure.last": "last lead",
    "sources.never": "none yet",
    "sources.last_problem": "Last lead that cannot be called ({when}): {problem}",
    "sources.refused": "Refused {times} times, last {when}: {sentence}",
    "sources.move": "New address",
    "sources.move.help": "A new address is made. The old one can go on working for a week while websites and services are changed over. If a stranger knows it, end it now.",
    "sources.move.week": "New address, old one for a week",
    "sources.move.now": "New address, old one ends now",
    "sources.moved": "There is a new address. Paste it where the old one stands.",
    "sources.remove": "Remove",
    "sources.remove.help": "A source that leads have come through stays, as proof of where they came from: switch it off instead.",
    "sources.remove.do": "Remove it",
    "sources.save": "Save settings",
    "sources.saved": "“{name}” is saved.",
    "sources.unsaved": "Not saved yet",
}
