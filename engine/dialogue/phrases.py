"""Wording that the engine itself needs, by name. A flow may give its own under `texts`; several are used in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.sdk import Json

DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "acknowledge": ("Got it.", "Okay.", "Thanks.", "All right."),
    "acknowledge_correction": ("Thanks for correcting that.", "No problem, I've changed that."),
    "read_back": ("Got it, {value}.", "Thanks, {value}."),
    "unclear": ("Sorry, I didn't catch that.", "I'm sorry, I didn't get that."),
    "refused": ("No problem.", "That's fine."),
    "once_more": ("Let me ask once more:", "Just to be sure:"),
    "appointment_again": ("It's {when}.",),
    "misheard": ("I'm sorry, I misheard you a moment ago: I have {value} now.",),
    "misheard_booking": ("I may have misheard you a moment ago. You're booked for {when}; just say if that's wrong.",),
    "misheard_words": ("I'm sorry, I misheard you a moment ago.",),
    "no_words": ("Sorry, I couldn't hear you well.", "I'm sorry, the line is a bit noisy."),
    "cannot_understand": ("I'm sorry, I'm having trouble understanding you.",),
    "still_there": ("Are you still there?", "Hello, can you hear me?", "I can't hear you at the moment."),
    "silence_goodbye": ("I can't hear you, so I'll hang up now. We'll try again another time. Goodbye.",),
    "time_is_up": ("I'm sorry, our time is up for this call. A colleague will get back to you. Goodbye.",),
    "unknown_answer": ("I don't want to tell you something wrong; a colleague will know.",),
    "short_opening": (
        "Hi, this is {assistant}, an AI assistant calling for {seller}. "
        "To stop these calls, say stop calling or press 9.",
    ),
    "disclosures_again": (
        "Just so you know: I'm an AI assistant for {seller}, this call is recorded, "
        "and you can say stop calling at any time.",
    ),
    "farewell": ("No problem. Goodbye.",),
    "failure": ("I'm sorry, something went wrong on our side. A colleague will call you back. Goodbye.",),
    "moment": ("One moment, please.",),
    "line_back": ("Sorry, the line dropped for a moment.", "I'm sorry, we lost the line for a moment."),
    "go_on": ("Please go on.", "You were saying?"),
}


class Phrases:
    """Hands out the wordings of a name in turn, so that no two agent turns sound the same (field-lessons R6)."""

    def __init__(self, own: Mapping[str, Sequence[str]]) -> None:
        self._own = own
        self._used: dict[str, int] = {}
        self._last_opening = ""

    def memory(self) -> dict[str, Json]:
        """What has been used so far, to go on from after a restart."""
        return {"used": dict(self._used), "opening": self._last_opening}

    def recall(self, memory: Mapping[str, Json]) -> None:
        used, opening = memory.get("used"), memory.get("opening")
        self._used = (
            {key: count for key, count in used.items() if isinstance(count, int)} if isinstance(used, dict) else {}
        )
        self._last_opening = opening if isinstance(opening, str) else ""

    def next(self, name: str) -> str:
        """The next wording of `name`."""
        return self.pick(name, self._own.get(name) or DEFAULTS[name])

    def own(self, name: str) -> str:
        """The flow's own next wording of `name`; empty if it has none."""
        return self.pick(name, own) if (own := self._own.get(name)) else ""

    def pick(self, key: str, choices: Sequence[str]) -> str:
        """The next of `choices`, counted under `key`; one that opens like the phrase before it ("Got it ... Got it")
        is passed over if there is another."""
        used = self._used.get(key, 0)
        if len(choices) > 1 and _opening(choices[used % len(choices)]) == self._last_opening:
            used += 1
        self._used[key] = used + 1
        chosen = choices[used % len(choices)]
        self._last_opening = _opening(chosen)
        return chosen


def _opening(phrase: str) -> str:
    return phrase.split(maxsplit=1)[0].strip(".,!").lower() if phrase.strip() else ""
