"""What this installation is and has."""

from typing import Final

TEXTS: Final = {
    # about
    "about.title": "About this Leadline",
    "about.engine": "Engine",
    "about.address": "Address",
    "about.version": "Version",
    "about.screens": "Screens",
    "about.part.database": "Database",
    "about.part.models": "Speech models",
    "about.part.calls": "Taking calls",
    "about.part.dialling": "Calling leads",
    "about.ok": "ok",
    "about.cards": "Cards you can build with",
    "about.cards.intro": "From Leadline and from the packages that are installed beside it.",
    "about.kind.talk": "talks",
    "about.kind.quiet": "works silently",
    "about.kind.after_call": "after the call",
    "about.broken": "Packages that could not be loaded",
    "about.package": "from {package}",
    "about.api": "API description",
}
